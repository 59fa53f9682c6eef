"""One deployed checkout in virtual time: its services, its functions, its buyers, its troubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError, ReadTimeoutError
from greenlet import GreenletExit

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswer
from checkout_runtime.adapters.secret import SecretUnavailable
from tests.simulation.buyers import Buyer
from tests.simulation.cases import DAY, HOUR, MINUTE, SECOND, Case
from tests.simulation.deployment import (
    DEAD_LETTERS,
    FUNCTION_TIMEOUTS_MS,
    ORDER_TABLE,
    PAYMENT_QUEUE,
    make_queues,
    make_table,
    settings_for,
)
from tests.simulation.event_sources import QueueMapping, StreamMapping
from tests.simulation.execution import HANDLERS, Environment, inside, who_calls
from tests.simulation.faults import (
    AT_BATCH_CALL,
    AT_CALL,
    AT_PAYMENT_SERVICE,
    Boundary,
    Fault,
    Plan,
)
from tests.simulation.invariants import Invariants, Violated
from tests.simulation.models.dynamodb import DynamoDbModel
from tests.simulation.models.secrets_manager import SecretsManagerModel
from tests.simulation.models.sqs import SqsModel
from tests.simulation.payment_service import PaymentServiceModel
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.stripe_service import StripeModel

__all__ = ["Outcome", "World", "run_schedule"]

T = TypeVar("T")

START_MS: Final = 1_750_000_000_000
"""Some day; no decision depends on it."""
HORIZON_MS = 40 * DAY
"""Long past every retention and every backoff: an order that is open then will stay open."""
LONG_SLEEP_MS = 2 * HOUR
"""A worker that oversleeps by more than its payment key's retention is outside the premises."""
LATE_TROUBLE_UNTIL_MS = 12 * HOUR
"""Until when workers oversleep and requests arrive late: every payment key is still remembered."""
LATE_MS = 3 * MINUTE
"""When the payment service carries out what it got and did not answer."""
_BATCHES = ("send_message_batch", "change_message_visibility_batch")
_RECONCILE = Boundary("schedule: reconcile_orders", (Fault.TWICE, Fault.LOST))
_RECONCILED_AFTER = (
    *(5 * MINUTE * 2**run for run in range(10)),
    *range(2 * DAY, HORIZON_MS, 2 * DAY),
)
"""When the schedule starts the reconciler: rarely, which only makes it harder, and often enough
that it runs on when the last fault of a schedule is over."""


class Context:
    """What Lambda hands to a handler beside the event."""

    def __init__(self, world: World, ends_at: int) -> None:
        self._world = world
        self._ends_at = ends_at

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda counts it: by its own clock, not by the environment's."""
        return max(self._ends_at - self._world.now(), 0)


class World:
    """Runs one schedule of one case under one plan of faults."""

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
        self.settings: Mapping[str, str] = settings_for(
            case.service, quarantine_before=START_MS + DAY if case.quarantine else 0
        )
        self.dynamodb = DynamoDbModel(self)
        make_table(self.dynamodb)
        self.sqs = SqsModel(self)
        make_queues(self.sqs, max_receives=case.max_receives)
        self.invariants = Invariants(self)
        model = StripeModel if case.service.opens_attempts else PaymentServiceModel
        self.payments = model(case.service, self.now, self.invariants.charged)
        self._clients = {
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "secretsmanager": SecretsManagerModel({"arn:secret": "sk_test"}),
        }
        self._idle: dict[str, list[Environment]] = {}
        self._environments = 0
        self._ids = 0
        self._oversleeping: set[Environment] = set()
        self._down = range(START_MS + case.down_from_ms, START_MS + case.down_until_ms)
        self.aws = Process("AWS")
        self.stream_mapping = StreamMapping(self)
        self.queue_mapping = QueueMapping(self)
        self.buyers = [Buyer(self, purchase) for purchase in case.purchases]

    # What happens ------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until nothing is left to do, then hold the ledger against the table."""
        with inside(self):
            for buyer in self.buyers:
                buyer.begin()
            for body in self.case.garbage:
                self.sqs.send_message(
                    QueueUrl=PAYMENT_QUEUE, MessageBody=body, MessageGroupId=f"garbage {body[:9]}"
                )
                self.queue_mapping.wake()
            for after in self.case.person.redrives_at_ms:
                self.scheduler.at(START_MS + after, self._redrive)
            if self.case.deployed_at_ms is not None:
                self.scheduler.at(START_MS + self.case.deployed_at_ms, self._idle.clear)
            self._reconcile_at(0)
            try:
                self.scheduler.run(START_MS + HORIZON_MS, self._finished)
                self.invariants.ended()
            finally:
                self.scheduler.end()

    def _finished(self) -> bool:
        return (
            self.busy == 0
            and self.now() >= START_MS + self._last_planned_ms
            and not self.invariants.open_orders
            and self.queue_mapping.is_quiet
            and self.stream_mapping.is_quiet
        )

    @property
    def _last_planned_ms(self) -> int:
        return max((0, *self.case.person.redrives_at_ms, self.case.deployed_at_ms or 0))

    def _reconcile_at(self, run: int) -> None:
        def begin() -> None:
            # A run that has nothing to find takes steps and shows nothing.
            if self.invariants.open_orders:
                fault = self.fault_at(_RECONCILE)
                for _ in range({Fault.TWICE: 2, Fault.LOST: 0}.get(fault, 1) if fault else 1):
                    self.invoke("reconcile_orders", {}, lambda _result: None)
            self._reconcile_at(run + 1)

        if run < len(_RECONCILED_AFTER):
            self.scheduler.at(START_MS + _RECONCILED_AFTER[run], begin)

    def _redrive(self) -> None:
        """A person releases every order in review, and puts the dead letters back."""
        in_review = self.invariants.orders_in("NEEDS_REVIEW")
        if in_review:
            self.invoke("reconcile_orders", {"release": in_review}, lambda _result: None)
        self.sqs.redrive(DEAD_LETTERS)
        self.queue_mapping.wake()

    # Functions ---------------------------------------------------------------------------------

    def invoke(
        self, function: str, event: Mapping[str, Any], on_end: Callable[[Any], None]
    ) -> None:
        """Run a handler in an execution environment; ``on_end`` gets its answer, or None."""
        environment = self._free_environment(function)
        ends_at = self.now() + FUNCTION_TIMEOUTS_MS[function]
        ended = False
        self.busy += 1

        def end(result: Any) -> None:
            nonlocal ended
            if not ended:
                ended = True
                self.busy -= 1
                on_end(result)

        def work() -> None:
            try:
                result = HANDLERS[function](event, Context(self, ends_at))
            except (ClientError, ReadTimeoutError, SecretUnavailable) as problem:
                self._say(environment.name, f"fails: {type(problem).__name__}")
                result = None
            if not ended:
                self._idle.setdefault(function, []).append(environment)
            self._oversleeping.discard(environment)
            end(result)

        def time_out() -> None:
            if not ended:
                if environment not in self._oversleeping:
                    environment.alive = False
                end(None)

        environment.made["on death"] = lambda: self.scheduler.at(self.now(), lambda: end(None))
        self.scheduler.spawn(environment, work)
        self.scheduler.at(ends_at, time_out)

    def _free_environment(self, function: str) -> Environment:
        idle = self._idle.get(function)
        if idle:
            return idle.pop()
        skews = self.case.skews_ms
        self._environments += 1
        number = self._environments
        return Environment(function, number, skews[number % len(skews)])

    # What execution environments see -----------------------------------------------------------

    def now(self) -> int:
        """The world's time, in milliseconds UTC."""
        return self.scheduler.now

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

    def aws_client(self, service: str) -> Any:
        """A botocore client's face on a model, with everything that may go wrong in between."""
        return _Client(self, self._clients[service])

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer:
        """Send one HTTP request to the payment service."""
        name = f"{self.environment().function}: {who_calls(2)}"
        fault = self.fault_at(Boundary(name, self._possible(AT_PAYMENT_SERVICE)))
        self._process_fault(fault)

        def done() -> HttpAnswer:
            answer: HttpAnswer = self.payments.handle(method, url, headers, body)
            return answer

        if self.now() in self._down:
            raise NoAnswer("ConnectionRefusedError")
        if fault in (Fault.NOT_PROCESSED, Fault.PROCESSED, Fault.PROCESSED_LATE):
            if fault is Fault.PROCESSED:
                done()
            elif fault is Fault.PROCESSED_LATE:
                self._later(LATE_MS, done)
            self.scheduler.pause(int(timeout * SECOND))
            raise NoAnswer("TimeoutError")
        if fault is Fault.ERROR:
            return HttpAnswer(500, b"{}")
        if fault is Fault.BUSY:
            return HttpAnswer(429, b"{}")
        answer = done()
        if fault is Fault.CRASH_AFTER:
            self.crash()
        if fault is Fault.ERROR_AFTER:
            return HttpAnswer(500, b"{}")
        self.invariants.answered(answer)
        return answer

    # Boundaries --------------------------------------------------------------------------------

    def fault_at(self, boundary: Boundary) -> Fault | None:
        """Come to a boundary: count it, and learn what goes wrong there."""
        if self.scheduler.over:
            raise GreenletExit
        self.steps += 1
        self.covered.add(boundary.name)
        task = self.scheduler.current
        fault = self.plan.fault_at(
            boundary, others_are_due=task is not None and self.scheduler.others_are_due
        )
        if fault is not None:
            self.troubled.add((boundary.name, fault.name))
        if self.tell is not None:
            who = task.process.name if task is not None else "AWS"
            what = boundary.name.partition(": ")[2]
            self._say(who, what if fault is None else f"{what}  << {fault.value}")
        return fault

    def crash(self) -> None:
        """End the current environment at once."""
        environment = self.environment()
        environment.made["on death"]()
        self.scheduler.die()

    def _possible(self, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """What can go wrong here and now, inside the premises on time (docs/proof.md)."""
        if self.now() >= START_MS + LATE_TROUBLE_UNTIL_MS:
            return tuple(fault for fault in faults if fault is not Fault.PROCESSED_LATE)
        if self.environment().function in ("process_payments", "reconcile_orders"):
            return (*faults, Fault.OVERSLEEP)
        return faults

    def _process_fault(self, fault: Fault | None) -> None:
        if fault is Fault.CRASH_BEFORE:
            self.crash()
        elif fault is Fault.PAUSE:
            self.scheduler.pause(0)
        elif fault is Fault.OVERSLEEP:
            self._oversleeping.add(self.environment())
            self.scheduler.pause(LONG_SLEEP_MS)

    def call(self, model: Any, operation: str, request: dict[str, Any]) -> Any:
        """Carry out one call of a botocore client."""
        name = f"{self.environment().function}: {who_calls(3)}"
        possible = AT_BATCH_CALL if operation in _BATCHES else AT_CALL
        fault = self.fault_at(Boundary(name, self._possible(possible)))
        effect = getattr(model, operation)
        if fault is None:
            return self._watched(effect, request)
        self._process_fault(fault)
        match fault:
            case Fault.REFUSED:
                raise _throttled(operation)
            case Fault.ANSWER_LOST_ONCE | Fault.ANSWER_LOST:
                try:
                    self._watched(effect, request)
                except ClientError:
                    if fault is Fault.ANSWER_LOST:
                        raise ReadTimeoutError(endpoint_url=operation) from None
                    raise
                if fault is Fault.ANSWER_LOST:
                    raise ReadTimeoutError(endpoint_url=operation)
                return self._watched(effect, request)
            case Fault.PARTIAL:
                return self._all_but_the_first(effect, request)
        answer = self._watched(effect, request)
        if fault is Fault.CRASH_AFTER:
            self.crash()
        return answer

    def _watched(self, effect: Callable[..., Any], request: dict[str, Any]) -> Any:
        try:
            return effect(**request)
        finally:
            if self.dynamodb.has_changes(ORDER_TABLE):
                self.invariants.look()
                self.stream_mapping.wake()
            self.queue_mapping.wake()

    def _all_but_the_first(self, effect: Callable[..., Any], request: dict[str, Any]) -> Any:
        first, *others = request["Entries"]
        answer: dict[str, Any] = {"Successful": []}
        if others:
            answer = self._watched(effect, {**request, "Entries": others})
        failure = {"Id": first["Id"], "SenderFault": False, "Code": "InternalError"}
        return {**answer, "Failed": [*answer.get("Failed", ()), failure]}

    def _later(self, delay_ms: int, effect: Callable[[], object]) -> None:
        def happen() -> None:
            self.busy -= 1
            self._say("payment service", "carries out what it got before")
            effect()

        self.busy += 1
        self.scheduler.at(self.now() + delay_ms, happen)

    def _say(self, who: str, what: str) -> None:
        if self.tell is not None:
            seconds = (self.now() - START_MS) / SECOND
            self.tell(f"{seconds:>12.3f} s  {who:<22} {what}")

    say = _say


class _Client:
    """A botocore client as the adapters know it."""

    def __init__(self, world: World, model: Any) -> None:
        self._world = world
        self._model = model

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        world, model = self._world, self._model

        def call(**request: Any) -> Any:
            return world.call(model, operation, request)

        self.__dict__[operation] = call
        return call


def _throttled(operation: str) -> ClientError:
    error = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
    return ClientError(error, operation)  # type: ignore[arg-type]


class Outcome:
    """What came of one schedule."""

    def __init__(self, world: World, problem: BaseException | None) -> None:
        self.problem = problem
        self.covered = world.covered
        self.troubled = world.troubled
        self.steps = world.steps
        self.final_states = Counter(world.invariants.statuses())
        self.charges = len(world.payments.ledger)


def run_schedule(case: Case, plan: Plan, story: Callable[[str], None] | None = None) -> Outcome:
    """Run one schedule; a violated invariant, or an error that nothing caught, is its problem."""
    world = World(case, plan, story)
    try:
        world.run()
    except (Exception, Violated) as problem:  # noqa: BLE001 - what nothing caught is a finding
        return Outcome(world, problem)
    return Outcome(world, None)
