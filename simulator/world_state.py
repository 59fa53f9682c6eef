"""What the parts of the world share: time, faults, AWS, payment services and stored orders.

A part imports this module, and never :mod:`simulator.world`, which puts the parts together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from greenlet import GreenletExit

from simulator.boundaries import BEFORE
from simulator.cases import SECOND, BusTrouble, Case
from simulator.deployment import (
    CART_SECRET,
    CART_SECRET_ARN,
    PAYMENT_SECRET_ARN,
    WEBHOOK_SECRET,
    WEBHOOK_SECRET_ARN,
    make_queues,
    make_table,
)
from simulator.execution import Environment
from simulator.faults import NO_FAULT_OF_THE_WORLD, Boundary, Fault, Plan
from simulator.models.dynamodb import DynamoDbModel
from simulator.models.event_bridge import EventBridgeModel
from simulator.models.secrets_manager import SecretsManagerModel
from simulator.models.sqs import SqsModel
from simulator.scheduler import Scheduler
from simulator.stored_orders import StoredOrders
from simulator.traits import Charge, PaymentModel

__all__ = ["START_MS", "Invoke", "WorldState"]

START_MS: Final = 1_750_000_000_000
"""Some day; no decision depends on it."""
Invoke = Callable[[str, dict[str, Any], Callable[[Any], None]], None]
"""Runs a function with an event, and calls back with its answer, or with None if it failed."""


class WorldState:
    """One schedule of one case under one plan of faults, as it stands."""

    def __init__(self, case: Case, plan: Plan, story: Callable[[str], None] | None = None) -> None:
        self.case = case
        self.plan = plan
        self.tell = story
        self.scheduler = Scheduler(START_MS)
        self.covered: set[str] = set()
        self.troubled: set[tuple[str, str]] = set()
        """Boundaries with the faults that happened there."""
        self.steps = 0
        self.busy = 0
        """Invocations, buyers and late requests under way."""
        self.last_news_at = START_MS
        self.when_news: Callable[[], None] = lambda: None
        """Called with each news; set by what sleeps for as long as there is none."""
        """When something last changed by which orders may settle: a fault that is over, an order
        that was accepted, an outcome, an operator's or a buyer's doing."""
        self.dynamodb = DynamoDbModel(self, index_lag_ms=case.index_lag_ms)
        make_table(self.dynamodb)
        self.sqs = SqsModel(self)
        make_queues(self.sqs, max_receives=case.max_receives)
        self.event_bus = EventBridgeModel()
        self.is_announcing = case.events is not None and not case.is_upgrade
        """Whether what is deployed announces outcomes."""
        self.waits_ms: list[int] = []
        """How long payments waited from being pending to being on the queue."""
        self.accepted_secret = "sk_test_1"
        self.secrets = SecretsManagerModel(
            {
                PAYMENT_SECRET_ARN: self.accepted_secret,
                CART_SECRET_ARN: CART_SECRET,
                WEBHOOK_SECRET_ARN: WEBHOOK_SECRET,
            }
        )
        self.services: dict[str, PaymentModel] = {}
        """The payment services, by their hosts."""
        self.refunded: set[str | None] = set()
        """Charges that an operator gave back by hand."""
        self.returns_told: set[str] = set()
        """Refunds that had succeeded, and of whose return a webhook told that was answered."""
        self.former_services: set[str] = set()
        """Names of the payment services that another one has replaced."""
        self.stored_orders = StoredOrders()

    def now(self) -> int:
        """The world's time, in milliseconds UTC."""
        return self.scheduler.now

    def since_start(self) -> int:
        """How long the schedule has been running, in milliseconds."""
        return self.scheduler.now - START_MS

    @property
    def bus_trouble(self) -> BusTrouble | None:
        """What is wrong with the event bus now."""
        events = self.case.events
        if events is None or self.since_start() >= events.trouble_until_ms:
            return None
        return events.trouble

    def environment(self) -> Environment:
        """The environment of the current task."""
        if self.scheduler.over:
            # A task that is buried runs its ``finally``, which no longer has an effect.
            raise GreenletExit
        # Only handlers ask, and they run in environments alone.
        return self.scheduler.current.process  # type: ignore[union-attr, return-value]

    def kept_charges(self) -> list[Charge]:
        """Every charge that was not given back."""
        return [charge for charge in self.ledger() if charge.charge_id not in self.refunded]

    def ledger(self) -> list[Charge]:
        """Every charge at every payment service."""
        return [charge for service in self.services.values() for charge in service.ledger]

    def news(self) -> None:
        """Something happened by which orders may settle."""
        self.last_news_at = max(self.last_news_at, self.now())
        self.when_news()

    def fault_at(self, boundary: Boundary) -> Fault | None:
        """Come to a boundary: count it, and learn what goes wrong there."""
        if self.scheduler.over:
            raise GreenletExit
        self.steps += 1
        if not boundary.name.startswith(BEFORE):
            self.covered.add(boundary.name)
        task = self.scheduler.current
        fault = self.plan.fault_at(
            boundary, others_are_due=task is not None and self.scheduler.others_are_due
        )
        if fault is not None:
            self.troubled.add((boundary.name, fault.name))
            if fault not in NO_FAULT_OF_THE_WORLD:
                self.news()
        if self.tell is not None:
            who = task.process.name if task is not None else "AWS"
            what = boundary.name.partition(": ")[2]
            self.say(who, what if fault is None else f"{what}  << {fault.value}")
        return fault

    def later(self, delay_ms: int, effect: Callable[[], object]) -> None:
        """Carry out a request whose answer nobody waits for any more."""

        def happen() -> None:
            self.busy -= 1
            self.say("network", "what was sent before is carried out")
            effect()
            self.news()

        self.busy += 1
        self.scheduler.at(self.now() + delay_ms, happen)

    def say(self, who: str, what: str) -> None:
        """Tell a step of the story."""
        if self.tell is not None:
            seconds = self.since_start() / SECOND
            self.tell(f"{seconds:>12.3f} s  {who:<22} {what}")
