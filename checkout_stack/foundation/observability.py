"""Alarms, metrics and dashboard of a checkout, chosen by one name: minimal, standard or full."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checkout_stack.foundation.property_types import FLAG, type_requirements
from checkout_stack.foundation.requirements import Requirement


@dataclass(frozen=True, kw_only=True)
class Observability:
    """Which alarms a checkout has, and whether it has a dashboard.

    Make it with :meth:`minimal`, :meth:`standard` or :meth:`full`. Alarms on money and on stuck
    orders are in all three. A metric exists where an alarm, the dashboard or your own code asks for
    it, so that each choice has the metrics that it needs and pays for no other.

    Prices are list prices of one checkout with its API, without a free tier. Where charges are
    audited, two more alarms and two more metrics add 0.80 dollars to each of them. With
    ``order_events`` an alarm on outcomes that are not announced adds 0.40 dollars to the first, and
    with the one on its cause 0.80 dollars to the others.
    """

    #: Alarms on what delays orders before any is stuck: functions that fail or are throttled, a
    #: stream that lags, a payment service that refuses the account or says nothing.
    causes: bool
    #: Alarms on errors and throttles of each function of the API. A buyer sees both as a server
    #: error of the API, which has an alarm in every choice; these say which function it was.
    each_function: bool
    #: A CloudWatch dashboard, and the metrics that it draws.
    dashboard: bool
    #: Whether a topic that is made here has a key of its own. A notice names an alarm, a buyer
    #: never; rule packs such as PCI DSS ask for the key.
    topic_key: bool

    @classmethod
    def minimal(cls) -> Observability:
        """Return the alarms on money and stuck orders, and nothing else: 1.40 dollars a month.

        Orders in review or unsettled too long, dead letters, orders that were not relayed, a
        payment that waits too long, a relay that fails, a reconciler that is silent, charges that
        do not match where they are audited, and server errors of the API. A topic that is made here
        has no key of its own.
        """
        return cls(causes=False, each_function=False, dashboard=False, topic_key=False)

    @classmethod
    def standard(cls) -> Observability:
        """Return those and the alarms on causes, with a key for the topic: 4.20 dollars a month.

        An operator hears of a cause before orders are stuck by it.
        """
        return cls(causes=True, each_function=False, dashboard=False, topic_key=True)

    @classmethod
    def full(cls) -> Observability:
        """Return those, alarms on each function of the API, and the dashboard: 12.10 dollars a
        month."""
        return cls(causes=True, each_function=True, dashboard=True, topic_key=True)

    def type_requirements(self) -> list[Requirement]:
        """Return that each of them is true or false."""
        return type_requirements(dict.fromkeys(vars(self), FLAG), vars(self), of="observability")

    def but_with(self, *, dashboard: bool | None) -> Observability:
        """Return the same with a dashboard or without one; ``None`` leaves that as it is."""
        return self if dashboard is None else replace(self, dashboard=dashboard)
