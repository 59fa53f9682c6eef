"""One deployed checkout in virtual time: its services, its functions, its buyers, its troubles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from greenlet import GreenletExit

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.buyers import Buyer
from simulator.cases import DAY, SECOND, Case
from simulator.deployment import (
    CART_SECRET,
    CART_SECRET_ARN,
    ORDER_TABLE,
    PAYMENT_QUEUE,
    PAYMENT_SECRET_ARN,
    make_queues,
    make_table,
    settings_for,
)
from simulator.event_sources import QueueMapping, StreamMapping
from simulator.execution import Environment, inside
from simulator.faults import NO_FAULT_OF_THE_WORLD, Boundary, Fault, Plan
from simulator.functions import Context, Functions
from simulator.invariants import Invariants, ViolatedInvariantError
from simulator.models.dynamodb import DynamoDbModel
from simulator.models.secrets_manager import SecretsManagerModel
from simulator.models.sqs import SqsModel
from simulator.network import BEFORE, Effect, Network, RemoteAws
from simulator.operators import Operators
from simulator.outcome import Outcome
from simulator.payment_service import PaymentServiceModel
from simulator.promises import check_settled_in_time
from simulator.reconciling import ReconcilerSchedule
from simulator.runtimes import CURRENT, PREVIOUS
from simulator.scheduler import Process, Scheduler
from simulator.stripe_service import StripeModel
from simulator.traits import Charge, PaymentModel, Traits

__all__ = ["Context", "Outcome", "World", "run_schedule"]

T = TypeVar("T")

START_MS: Final = 1_750_000_000_000
"""Some day; no decision depends on it."""
HORIZON_MS = 40 * DAY
"""Long past every retention and every backoff: an order that is open then will stay open."""
_HOSTS = {"http": "payments.example", "custom": "custom.example", "stripe": "api.stripe.com"}
_OTHER_HOST = "other.example"


class World:
    """Runs one schedule of one case under one plan of faults."""

    start_ms: Final = START_MS

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
        """When something last changed by which orders may settle: a fault that is over, an order
        that was accepted, an outcome, an operator's or a buyer's doing."""
        self.dynamodb = DynamoDbModel(self, index_lag_ms=case.index_lag_ms)
        make_table(self.dynamodb)
        self.sqs = SqsModel(self)
        make_queues(self.sqs, max_receives=case.max_receives)
        self.accepted_secret = "sk_test_1"
        self.secrets = SecretsManagerModel(
            {PAYMENT_SECRET_ARN: self.accepted_secret, CART_SECRET_ARN: CART_SECRET}
        )
        self.invariants = Invariants(self)
        self.services: dict[str, PaymentModel] = {}
        self.refunded: set[str | None] = set()
        """Charges that an operator gave back by hand."""
        self._aws: dict[str, AwsService] = {
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "secretsmanager": self.secrets,
        }
        self._functions = Functions(
            self, PREVIOUS if case.is_upgrade else CURRENT, self._settings_at(case.service)
        )
        self._network = Network(self)
        self._ids = 0
        self.aws = Process("AWS")
        self.stream_mapping = StreamMapping(self)
        self.queue_mapping = QueueMapping(self)
        self.buyers = [Buyer(self, purchase) for purchase in case.purchases]

    # What happens ------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until nothing is left to do, then hold the ledger against the table."""
        with inside(self, (CURRENT, PREVIOUS) if self.case.is_upgrade else (CURRENT,)):
            for buyer in self.buyers:
                buyer.begin()
            for body in self.case.garbage:
                message = {"MessageBody": body, "MessageGroupId": f"garbage {body[:9]}"}
                self.sqs.call("SendMessage", {"QueueUrl": PAYMENT_QUEUE, **message})
                self.queue_mapping.wake()
            Operators(self).begin()
            if self.case.outage is not None:
                self.scheduler.at(START_MS + self.case.outage.until_ms, self.news)
            if self.case.deployed_at_ms is not None:
                self.scheduler.at(START_MS + self.case.deployed_at_ms, self._redeploy)
            ReconcilerSchedule(self).begin()
            try:
                self.scheduler.run(START_MS + HORIZON_MS, self._finished)
                self.invariants.ended()
            finally:
                self.scheduler.end()

    def _finished(self) -> bool:
        return (
            self.busy == 0
            and self.since_start() >= self._last_planned_ms
            and not self.invariants.open_orders
            and self._functions.are_awake
            and self.queue_mapping.is_quiet
            and self.stream_mapping.is_quiet
        )

    @property
    def _last_planned_ms(self) -> int:
        return max(self.case.operator.last_at_ms, self.case.deployed_at_ms or 0)

    def check_open_orders(self) -> None:
        """Hold each open order to the time in which it has to settle."""
        check_settled_in_time(self)

    def news(self) -> None:
        """Something happened by which orders may settle."""
        self.last_news_at = max(self.last_news_at, self.now())

    # Deployments -------------------------------------------------------------------------------

    def _settings_at(self, service: Traits) -> dict[str, str]:
        """Open a payment service; return the settings of functions that charge there."""
        host = _HOSTS[service.kind]
        if host in self.services:
            host = _OTHER_HOST
        model = StripeModel if service.opens_attempts else PaymentServiceModel
        self.services[host] = model(service, self)
        return settings_for(
            service,
            quarantine_before=START_MS + DAY if self.case.quarantine else 0,
            host=host,
            carts=self.case.carts,
        )

    def _redeploy(self) -> None:
        if self.case.replaced_by is None:
            self._functions.redeploy(CURRENT)
        else:
            self._functions.deploy(CURRENT, self._settings_at(self.case.replaced_by))
        self.news()

    # Payment services --------------------------------------------------------------------------

    def at(self, time_ms: int, action: Callable[[], None]) -> None:
        """Let a payment service do something at a time."""
        self.scheduler.at(time_ms, action)

    def charged(self, charge: Charge) -> None:
        """Money moved."""
        self.invariants.charged(charge)

    def kept_charges(self) -> list[Charge]:
        """Every charge that was not given back."""
        return [charge for charge in self.ledger() if charge.charge_id not in self.refunded]

    def ledger(self) -> list[Charge]:
        """Every charge at every payment service."""
        return [charge for service in self.services.values() for charge in service.ledger]

    # Functions ---------------------------------------------------------------------------------

    def invoke(self, function: str, event: dict[str, Any], on_end: Callable[[Any], None]) -> None:
        """Run a handler in an execution environment; ``on_end`` gets its answer, or None."""
        self._functions.invoke(function, event, on_end)

    def crash(self) -> None:
        """End the current environment at once."""
        self._functions.crash(self.environment())

    def oversleep(self, milliseconds: int) -> None:
        """Let the current environment sleep past its function's timeout, and go on afterwards."""
        self._functions.oversleep(self.environment(), milliseconds)

    # What execution environments see -----------------------------------------------------------

    def now(self) -> int:
        """The world's time, in milliseconds UTC."""
        return self.scheduler.now

    def since_start(self) -> int:
        """How long the schedule has been running, in milliseconds."""
        return self.scheduler.now - START_MS

    @property
    def settings(self) -> Mapping[str, str]:
        """The environment variables of the current environment."""
        return self.environment().settings

    def pause(self, seconds: float) -> None:
        """Let the current task wait."""
        self.scheduler.pause(int(seconds * SECOND))

    def environment(self) -> Environment:
        """The environment of the current task."""
        if self.scheduler.over:
            # A task that is buried runs its ``finally``, which no longer has an effect.
            raise GreenletExit
        # Only handlers ask, and they run in environments alone.
        return self.scheduler.current.process  # type: ignore[union-attr, return-value]

    def unique_id(self) -> str:
        """An id that nothing else has."""
        self._ids += 1
        return f"id{self._ids}"

    def run_side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run tasks of the current environment side by side."""
        return self.scheduler.run_all(tasks)

    def aws_service(self, name: str) -> AwsService:
        """A model of a service of AWS, with everything that may go wrong in between."""
        return RemoteAws(self._network, self._aws[name])

    def exchange(self, *request: Any) -> HttpAnswer:
        """Send one HTTP request to a payment service."""
        return self._network.exchange(*request)

    # Boundaries --------------------------------------------------------------------------------

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

    def watched(self, effect: Effect, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Let a call have its effect, and look at what it changed."""
        try:
            return effect(parameters)
        finally:
            if self.dynamodb.has_changes(ORDER_TABLE):
                self.invariants.look()
                self.stream_mapping.wake()
            self.queue_mapping.wake()

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


def run_schedule(case: Case, plan: Plan, story: Callable[[str], None] | None = None) -> Outcome:
    """Run one schedule; a violated invariant, or an error that nothing caught, is its problem."""
    world = World(case, plan, story)
    try:
        world.run()
    except (Exception, ViolatedInvariantError) as problem:  # noqa: BLE001 - what nothing caught is a finding
        return Outcome(world, problem)
    return Outcome(world, None)
