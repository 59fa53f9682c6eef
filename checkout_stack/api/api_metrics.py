"""The metrics of an HTTP API as methods, its alarms, and its part of the checkout's dashboard."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from checkout_stack.api.attempt_limits import AttemptLimits
from checkout_stack.api.routes import PLACE_ORDER, Route
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.monitoring.api_alarms import api_alarms, decline_rate_alarm
from checkout_stack.monitoring.log_metrics import (
    CARTS_TAKEN,
    KEYS_REUSED,
    OF_EVERY_FUNCTION,
    OF_THE_INTAKE,
    PERIOD,
    PLACED,
    REPLAYED,
)


class ApiMetrics(Construct):
    """Counts the requests of an HTTP API, and raises its alarms."""

    #: The API itself.
    http_api: apigwv2.HttpApi
    #: Server errors of the API; errors and throttles of each function, if the checkout's
    #: ``observability`` has those; the share of declines, with ``attempt_limits``.
    alarms: tuple[cloudwatch.Alarm, ...]
    _checkout: IdempotentCheckout

    @property
    def checkout(self) -> IdempotentCheckout:
        """The checkout whose orders are placed."""
        return self._checkout

    def metric_orders_placed(self) -> cloudwatch.Metric:
        """New orders, a minute."""
        return self._checkout.log_metrics.metric(PLACED, label="placed")

    def metric_orders_replayed(self) -> cloudwatch.Metric:
        """Resubmissions that found their order, a minute: second orders that were prevented."""
        return self._checkout.log_metrics.metric(REPLAYED, label="resubmitted")

    def metric_keys_reused(self) -> cloudwatch.Metric:
        """Requests under another purchase's key, a minute; they were refused."""
        return self._checkout.log_metrics.metric(KEYS_REUSED, label="key reused")

    def metric_carts_taken(self) -> cloudwatch.Metric:
        """Carts that were another order already, a minute; they were refused."""
        return self._checkout.log_metrics.metric(CARTS_TAKEN, label="cart taken")

    def _show_on_dashboard(self) -> None:
        # Across stacks each would depend on the other.
        same_stack = cdk.Stack.of(self).node.path == cdk.Stack.of(self._checkout).node.path
        if self._checkout.dashboard is None or not same_stack:
            return
        self._checkout.dashboard.show_intake(
            answers=[
                self.metric_orders_placed(),
                self.http_api.metric_client_error(period=PERIOD, label="4xx"),
                self.http_api.metric_server_error(period=PERIOD, label="5xx"),
            ],
            prevented=[
                self.metric_orders_replayed(),
                self.metric_keys_reused(),
                self.metric_carts_taken(),
            ],
            latency=[
                self.http_api.metric_latency(
                    period=PERIOD, statistic=cloudwatch.Stats.percentile(99), label="API, p99"
                )
            ],
            alarms=self.alarms,
        )

    def _count_records(self, answering: Mapping[Route, RuntimeFunction]) -> None:
        counted = self._checkout.log_metrics
        counted.add_source(self, OF_THE_INTAKE, answering[PLACE_ORDER].log_group)
        for route, each in answering.items():
            of_function = Construct(self, f"{route.construct_id}Metrics")
            counted.add_source(of_function, OF_EVERY_FUNCTION, each.log_group)

    def _raise_alarms(
        self, answering: Mapping[Route, RuntimeFunction], attempt_limits: AttemptLimits | None
    ) -> tuple[cloudwatch.Alarm, ...]:
        checkout = self._checkout
        alarms = api_alarms(
            self,
            http_api=self.http_api,
            topic=checkout.alarm_topic,
            wishes={
                route.construct_id: (made.function, route.wish)
                for route, made in answering.items()
                if checkout.observability.each_function
            },
        )
        if attempt_limits is None:
            return alarms
        declines = decline_rate_alarm(
            self,
            log_metrics=checkout.log_metrics,
            rate=attempt_limits.decline_rate,
            fewest_payments=attempt_limits.fewest_payments,
            topic=checkout.alarm_topic,
        )
        return (*alarms, declines)
