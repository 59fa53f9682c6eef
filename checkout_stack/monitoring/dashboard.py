"""The dashboard of a checkout: five questions, from the buyer's to the engineer's."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack.monitoring.checkout_metrics import CheckoutMetrics
from checkout_stack.monitoring.log_metrics import PERIOD

#: Columns of a dashboard's grid, and what one graph takes of them.
WIDTH, GRAPH_WIDTH, GRAPH_HEIGHT = 24, 8, 6


class CheckoutDashboard(Construct):
    """Alarms on top; then: are buyers served, is money moving, what is stuck, what was prevented,
    where is time spent."""

    #: The dashboard itself.
    dashboard: cloudwatch.Dashboard

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        checkout: CheckoutMetrics,
        payment_queue: sqs.IQueue,
        functions: dict[str, lambda_.IFunction],
        alarms: Sequence[cloudwatch.Alarm],
        with_events: bool,
    ) -> None:
        """Create the dashboard.

        :param checkout: Whose metrics are shown.
        :param payment_queue: The queue of payments to make.
        :param functions: What is timed, by the name to show.
        :param alarms: What is shown on top.
        :param with_events: Whether outcomes are announced.
        """
        super().__init__(scope, construct_id)
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard")
        self._alarms = cloudwatch.Row(_status("Alarms of the checkout", alarms))
        self._served = cloudwatch.Row(
            _graph(
                "How long payments wait, seconds",
                payment_queue.metric_approximate_age_of_oldest_message(
                    period=PERIOD, label="oldest message"
                ),
            )
        )
        self._prevented = cloudwatch.Row(
            _graph(
                "Repeated work that charged nothing",
                checkout.metric_duplicate_messages(),
                checkout.metric_orders_resent(),
            )
        )
        self._timed = cloudwatch.Row(
            _graph("Payment service, milliseconds", checkout.metric_charge_latency()),
            _graph(
                "Functions, p99 milliseconds",
                *(
                    function.metric_duration(
                        period=PERIOD, statistic=cloudwatch.Stats.percentile(99), label=name
                    )
                    for name, function in functions.items()
                ),
            ),
        )
        for question, row in (
            (None, self._alarms),
            ("Are buyers served?", self._served),
            ("Is money moving?", _money(checkout)),
            ("What is stuck?", _stuck(checkout, with_events=with_events)),
            ("What was prevented?", self._prevented),
            ("Where is time spent?", self._timed),
        ):
            if question is not None:
                self.dashboard.add_widgets(
                    cloudwatch.TextWidget(markdown=f"## {question}", width=WIDTH, height=1)
                )
            # jsii knows that a row is a widget; its Python types do not.
            self.dashboard.add_widgets(row)  # type: ignore[arg-type]

    def show_intake(
        self,
        *,
        answers: Sequence[cloudwatch.IMetric],
        prevented: Sequence[cloudwatch.IMetric],
        latency: Sequence[cloudwatch.IMetric],
        alarms: Sequence[cloudwatch.Alarm],
    ) -> None:
        """Add what an API in front of the checkout knows, each where its question is asked."""
        self._alarms.add_widget(_status("Alarms of the API", alarms))
        self._served.add_widget(_graph("Orders, and answers that were errors", *answers))
        self._prevented.add_widget(_graph("Second orders prevented", *prevented))
        self._timed.add_widget(_graph("API, milliseconds", *latency))


def _money(checkout: CheckoutMetrics) -> cloudwatch.Row:
    return cloudwatch.Row(
        _graph("Orders", checkout.metric_orders_paid(), checkout.metric_orders_declined()),
        _graph(
            "Unclear charges",
            checkout.metric_unclear_charges(),
            checkout.metric_answers_without_word(),
            checkout.metric_payment_account_refused(),
        ),
        _graph("Charges that no order asked for", checkout.metric_stray_charges()),
    )


def _stuck(checkout: CheckoutMetrics, *, with_events: bool) -> cloudwatch.Row:
    return cloudwatch.Row(
        _graph("Unsettled orders", checkout.metric_orders_unsettled()),
        _graph("Age of the oldest, seconds", checkout.metric_oldest_unsettled_age()),
        _graph(
            "Need an operator",
            checkout.metric_orders_in_review(),
            checkout.metric_orders_sent_to_review(),
            checkout.metric_dead_letters(),
        ),
        *(_announced(checkout) if with_events else ()),
    )


def _announced(checkout: CheckoutMetrics) -> Sequence[cloudwatch.IWidget]:
    return (
        _graph("Oldest outcome not announced, seconds", checkout.metric_oldest_announcement_age()),
        _graph("Times that the bus did not take events", checkout.metric_announcements_failed()),
    )


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title, left=list(metrics), width=GRAPH_WIDTH, height=GRAPH_HEIGHT
    )


def _status(title: str, alarms: Sequence[cloudwatch.Alarm]) -> cloudwatch.AlarmStatusWidget:
    return cloudwatch.AlarmStatusWidget(
        title=title, alarms=list(alarms), width=WIDTH // 2, height=3
    )
