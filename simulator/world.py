"""One deployed checkout in virtual time: its services, its functions, its buyers, its troubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.askers import Cancellers, Capturers, Wish
from simulator.buyers import Buyer
from simulator.cases import DAY, SECOND, BusTrouble, Case
from simulator.deployment import ORDER_TABLE, PAYMENT_QUEUE, settings_for
from simulator.event_sources import QueueMapping, StreamMapping
from simulator.execution import inside
from simulator.faults import Plan
from simulator.functions import Context, Functions
from simulator.invariants import Invariants, ViolatedInvariantError
from simulator.network import Effect, Network, RemoteAws
from simulator.operators import Operators
from simulator.payment_service import PaymentServiceModel
from simulator.reconciling import ReconcilerSchedule
from simulator.refunders import Refunders
from simulator.runtimes import CURRENT, PREVIOUS
from simulator.stripe_service import StripeModel
from simulator.traits import Charge, Hold, MadeRefund, Traits
from simulator.webhooks import WebhookSender
from simulator.world_state import START_MS, WorldState

__all__ = ["Context", "Outcome", "World", "run_schedule"]

T = TypeVar("T")

HORIZON_MS = 40 * DAY
"""Long past every retention and every backoff: an order that is open then will stay open."""
_HOSTS = {"http": "payments.example", "custom": "custom.example", "stripe": "api.stripe.com"}
_OTHER_HOST = "other.example"


class World(WorldState):
    """Puts the parts together, and runs one schedule of one case under one plan of faults."""

    def __init__(
        self,
        case: Case,
        plan: Plan,
        story: Callable[[str], None] | None = None,
        *,
        invariants: type[Invariants] = Invariants,
    ) -> None:
        super().__init__(case, plan, story)
        self.buyers = [Buyer(self, purchase, self.invoke) for purchase in case.purchases]
        self._askers = (
            Refunders(self, self.invoke, case.refunds),
            Cancellers(self, self.invoke, case.cancels),
            Capturers(self, self.invoke, case.captures),
        )
        self.invariants = invariants(self, self.buyers)
        self.event_bus.is_gone = lambda: self.bus_trouble is BusTrouble.GONE
        self._aws: dict[str, AwsService] = {
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "secretsmanager": self.secrets,
            "events": self.event_bus,
        }
        self.functions = Functions(
            self, PREVIOUS if case.is_upgrade else CURRENT, self._settings_at(case.service)
        )
        self._network = Network(self, self.functions, self._carry_out, self.invariants.sent)
        self._ids = 0
        self._stream_mapping = StreamMapping(self, self.invoke)
        self._queue_mapping = QueueMapping(self, self.invariants, self.invoke)
        self._webhooks = WebhookSender(self, self.invariants, self.invoke)

    # What happens ------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until nothing is left to do, then hold the ledger against the table."""
        with inside(self, (CURRENT, PREVIOUS) if self.case.is_upgrade else (CURRENT,)):
            for buyer in self.buyers:
                buyer.begin()
            for body in self.case.garbage:
                message = {"MessageBody": body, "MessageGroupId": f"garbage {body[:9]}"}
                self.sqs.call("SendMessage", {"QueueUrl": PAYMENT_QUEUE, **message})
                self._queue_mapping.wake()
            Operators(self, self._queue_mapping, self.invariants, self.invoke).begin()
            for asker in self._askers:
                asker.begin()
            if self.case.outage is not None:
                self.scheduler.at(START_MS + self.case.outage.until_ms, self.news)
            if self.case.deployed_at_ms is not None:
                self.scheduler.at(START_MS + self.case.deployed_at_ms, self._redeploy)
            ReconcilerSchedule(self, self.invoke).begin()
            try:
                self.scheduler.run(START_MS + HORIZON_MS, self._finished)
                self.invariants.ended()
            finally:
                self.scheduler.end()

    def _finished(self) -> bool:
        return (
            self.busy == 0
            and self.since_start() >= self._last_planned_ms
            and not self.stored_orders.open_orders
            and not self.stored_orders.open_refunds
            and not self.stored_orders.expiring
            and not self._is_owing
            and self.functions.are_awake
            and self._queue_mapping.is_quiet
            and self._stream_mapping.is_quiet
        )

    @property
    def _is_owing(self) -> bool:
        """Whether somebody may still announce something."""
        found = self.stored_orders.to_be_announced
        if self.case.is_upgrade:
            # What the previous version settled is in no partition: nobody comes back to it.
            return any("unsettled_since" in item for item in found)
        return bool(found)

    @property
    def _last_planned_ms(self) -> int:
        case = self.case
        wishes: tuple[Wish, ...] = (*case.refunds, *case.cancels, *case.captures)
        times = [wish.at_ms for wish in wishes]
        return max(case.operator.last_at_ms, case.deployed_at_ms or 0, *times)

    def _carry_out(self, effect: Effect, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Let a call have its effect, and look at what it changed."""
        put = len(self.event_bus.events)
        try:
            return effect(parameters)
        finally:
            if len(self.event_bus.events) > put:
                self.invariants.put(self.event_bus.events[put:])
            if self.dynamodb.has_changes(ORDER_TABLE):
                self.invariants.look()
                self._stream_mapping.wake()
            if "QueueUrl" in parameters:
                self.invariants.queued(parameters)
                self._queue_mapping.wake()

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
            refunds=bool(self.case.refunds),
            announces=self.case.events is not None,
            expires_after_ms=self.case.expires_after_ms,
        )

    def _redeploy(self) -> None:
        events, settings = self.case.events, self.functions.settings
        self.is_announcing = events is not None and events.is_always_on
        if self.case.replaced_by is not None:
            names = map(self.stored_orders.service_of, self.stored_orders.by_id)
            self.former_services.update(name for name in names if name is not None)
            settings = self._settings_at(self.case.replaced_by)
        if not self.is_announcing:
            settings = {name: settings[name] for name in settings if name != "EVENT_BUS_NAME"}
        self.functions.deploy(CURRENT, settings)
        self.news()

    # What payment services see -----------------------------------------------------------------

    def at(self, time_ms: int, action: Callable[[], None]) -> None:
        """Let a payment service do something at a time."""
        self.scheduler.at(time_ms, action)

    def charged(self, charge: Charge) -> None:
        """Money moved."""
        self.invariants.charged(charge)

    def held(self, hold: Hold) -> None:
        """Money is held."""
        self.invariants.held(hold)

    def released(self, hold: Hold) -> None:
        """It is free again."""
        self.invariants.released(hold)

    def gave_back(self, refund: MadeRefund) -> None:
        """Money goes back."""
        self.invariants.gave_back(refund)

    def took_back(self, refund: MadeRefund) -> None:
        """Money that went back is kept after all."""
        self.invariants.took_back(refund)

    def refund_changed(self, service: Traits, refund_key: str, reference: str) -> None:
        """A refund came into another state."""
        self._webhooks.refund_changed(service, refund_key, reference)

    def changed(
        self, service: Traits, payment_key: str, intent: Mapping[str, Any] | None = None
    ) -> None:
        """A payment came into another state."""
        self._webhooks.changed(service, payment_key, intent)

    # Functions, and what their environments see ------------------------------------------------

    def invoke(self, function: str, event: dict[str, Any], on_end: Callable[[Any], None]) -> None:
        """Run a handler in an execution environment; ``on_end`` gets its answer, or None."""
        self.functions.invoke(function, event, on_end)

    @property
    def settings(self) -> Mapping[str, str]:
        """The environment variables of the current environment."""
        return self.environment().settings

    def pause(self, seconds: float) -> None:
        """Let the current task wait."""
        self.scheduler.pause(int(seconds * SECOND))

    def unique_id(self) -> str:
        """An id that nothing else has."""
        self._ids += 1
        return f"id{self._ids}"

    def run_side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run tasks of the current environment side by side."""
        return self.scheduler.run_all(tasks)

    def aws_service(self, name: str, *, call_seconds: float | None = None) -> AwsService:
        """A model of a service of AWS, with everything that may go wrong in between."""
        return RemoteAws(self._network, self._aws[name], call_seconds)

    def exchange(self, *request: Any) -> HttpAnswer:
        """Send one HTTP request to a payment service."""
        return self._network.exchange(*request)


class Outcome:
    """What came of one schedule."""

    def __init__(self, world: World, problem: BaseException | None) -> None:
        self.problem = problem
        self.covered = world.covered
        self.troubled = world.troubled
        self.steps = world.steps
        self.final_states = Counter(world.stored_orders.statuses())
        self.reviews = Counter(world.stored_orders.review_reasons())
        self.charges = len(world.ledger())
        self.refunds = Counter(world.stored_orders.refund_statuses())
        self.events = len(world.event_bus.events)
        self.waits_ms = world.waits_ms


def run_schedule(case: Case, plan: Plan, story: Callable[[str], None] | None = None) -> Outcome:
    """Run one schedule; a violated invariant, or an error that nothing caught, is its problem."""
    world = World(case, plan, story)
    try:
        world.run()
    except (Exception, ViolatedInvariantError) as problem:  # noqa: BLE001 - what nothing caught is a finding
        return Outcome(world, problem)
    return Outcome(world, None)
