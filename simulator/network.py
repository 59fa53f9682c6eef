"""The network between execution environments, AWS and payment services, and its troubles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from checkout_runtime.adapters.aws import (
    AwsError,
    AwsNoAnswerError,
    AwsRefusedError,
    AwsService,
)
from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.lean_aws.tries import CALL_SECONDS
from simulator.boundaries import BEFORE, boundary_named
from simulator.cases import HOUR, MINUTE, SECOND, BusTrouble
from simulator.faults import (
    AT_BATCH_SEND,
    AT_HTTP_SERVICE,
    AT_WRITE,
    GATEWAY_ANSWERS,
    Fault,
)
from simulator.functions import Functions
from simulator.possible_faults import PossibleFaults
from simulator.runtimes import who_calls
from simulator.stripe_objects import LOCKED
from simulator.traits import PaymentModel
from simulator.world_state import WorldState

__all__ = ["Effect", "Network", "RemoteAws"]

LONG_SLEEP_MS = 2 * HOUR
"""A worker that oversleeps by more than its payment key's retention is outside the premises."""
LATE_MS = 3 * MINUTE
"""When the payment service carries out what it got and did not answer."""
LANDS_AFTER_MS = 3 * SECOND
"""When a write lands whose answers were both lost: it was under way all the time."""
OVERDUE_MS = 5 * SECOND
"""How much longer than its time-out a call into the user's module takes."""
Effect = Callable[[Mapping[str, Any]], dict[str, Any]]
Watch = Callable[[str, str, int], None]
"""Is told what is sent, about which payment key, and when its sender was invoked."""
CarryOut = Callable[[Effect, Mapping[str, Any]], dict[str, Any]]
_AFTER_A_DEADLINE = (Fault.NOT_PROCESSED, Fault.PROCESSED, Fault.PROCESSED_LATE)
_UNAUTHORIZED = HttpAnswer(401, b'{"error":{"type":"invalid_request_error"}}')


class Network:
    """Carries out calls, unless something goes wrong."""

    def __init__(
        self, world: WorldState, functions: Functions, carry_out: CarryOut, watch: Watch
    ) -> None:
        self._world = world
        self._watch = watch
        self._functions = functions
        self._carry_out = carry_out
        self._possible_faults = PossibleFaults(world)

    # AWS ---------------------------------------------------------------------------------------

    def call(
        self,
        model: AwsService,
        operation: str,
        parameters: Mapping[str, Any],
        call_seconds: float | None = None,
    ) -> Any:
        """Carry out one call of an AWS service."""
        world = self._world
        if model is world.event_bus:
            self._fail_if_the_bus_is_down(call_seconds)
        boundary = boundary_named(
            self._place(), AT_BATCH_SEND if "Entries" in parameters else AT_WRITE
        )
        may_leave_over = operation == "BatchGetItem"
        is_read = operation in ("GetItem", "BatchGetItem", "Query", "Scan")
        possible = self._possible_faults.at(
            boundary, leaves_keys_over=may_leave_over, is_read=is_read
        )
        fault = world.fault_at(possible)
        effect: Effect = partial(model.call, operation)
        if fault is None:
            return self._carry_out(effect, parameters)
        self._process_fault(fault)
        match fault:
            case Fault.REFUSED:
                raise AwsRefusedError("ThrottlingException")
            case Fault.CONFLICT:
                raise _conflict(operation)
            case Fault.ANSWER_LOST_ONCE | Fault.ANSWER_LOST:
                return self._losing_answers(effect, parameters, fault)
            case Fault.LANDS_LATE:
                world.later(LANDS_AFTER_MS, lambda: self._land(effect, parameters))
                raise AwsNoAnswerError("ReadTimeoutError")
            case Fault.PARTIAL if "Entries" in parameters:
                return self._all_but_the_first(operation, effect, parameters)
            case Fault.UNPROCESSED:
                return self._but_one_key(effect, parameters)
        answer = self._carry_out(effect, parameters)
        if fault is Fault.CRASH_AFTER:
            self._functions.crash()
        return answer

    def _losing_answers(self, effect: Effect, parameters: Mapping[str, Any], fault: Fault) -> Any:
        """The client repeats the call once; only the first answer is lost, or both are."""
        try:
            self._carry_out(effect, parameters)
        except AwsError:
            if fault is Fault.ANSWER_LOST:
                raise AwsNoAnswerError("ReadTimeoutError") from None
            raise
        if fault is Fault.ANSWER_LOST:
            raise AwsNoAnswerError("ReadTimeoutError")
        try:
            return self._carry_out(effect, parameters)
        except AwsRefusedError as error:
            error.retries = 1
            raise

    def _fail_if_the_bus_is_down(self, call_seconds: float | None) -> None:
        world = self._world
        if world.bus_trouble is BusTrouble.REFUSES:
            raise AwsRefusedError("AccessDeniedException")
        if world.bus_trouble is BusTrouble.HANGS:
            world.scheduler.pause(int((call_seconds or CALL_SECONDS) * SECOND))
            raise AwsNoAnswerError("TimeoutError")

    def _land(self, effect: Effect, parameters: Mapping[str, Any]) -> None:
        try:
            self._carry_out(effect, parameters)
        except AwsError:
            self._world.say("AWS", "refuses what landed late")

    def _all_but_the_first(
        self, operation: str, effect: Effect, parameters: Mapping[str, Any]
    ) -> Any:
        first, *others = parameters["Entries"]
        answer: dict[str, Any] = {"Successful": [], "Entries": []}
        if others:
            answer = self._carry_out(effect, {**parameters, "Entries": others})
        if operation == "PutEvents":
            refused = {"ErrorCode": "InternalFailure"}
            return {"FailedEntryCount": 1, "Entries": [refused, *answer["Entries"]]}
        failure = {"Id": first["Id"], "SenderFault": False, "Code": "InternalError"}
        return {**answer, "Failed": [*answer.get("Failed", ()), failure]}

    def _but_one_key(self, effect: Effect, parameters: Mapping[str, Any]) -> Any:
        ((table, wanted),) = parameters["RequestItems"].items()
        first, *others = wanted["Keys"]
        answer: dict[str, Any] = {"Responses": {table: []}}
        if others:
            rest = {"RequestItems": {table: {**wanted, "Keys": others}}}
            answer = self._carry_out(effect, rest)
        return {**answer, "UnprocessedKeys": {table: {**wanted, "Keys": [first]}}}

    # Payment services --------------------------------------------------------------------------

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer:
        """Send one HTTP request to a payment service."""
        world = self._world
        boundary = boundary_named(self._place(), AT_HTTP_SERVICE)
        fault = world.fault_at(self._possible_faults.at(boundary))
        self._process_fault(fault)
        service = world.services[urlsplit(url).netloc]
        asked, environment = who_calls().rpartition(".")[2], world.environment()
        if method == "POST" and asked in ("cancel", "capture") and environment.runtime.is_current:
            self._watch(asked, service.payment_key_in(url, body), environment.began_at)

        def done() -> HttpAnswer:
            return service.handle(method, url, headers, body)

        if self._is_refused(method, url):
            raise self._no_answer("ConnectionRefusedError")
        if fault in _AFTER_A_DEADLINE:
            if fault is Fault.PROCESSED:
                done()
            elif fault is Fault.PROCESSED_LATE:
                world.later(LATE_MS, done)
            world.scheduler.pause(int(timeout * SECOND))
            raise self._no_answer("TimeoutError")
        if not self._is_authorized(headers):
            return _UNAUTHORIZED
        answer = self._answer(fault, service, headers, done)
        if method == "GET" and service.traits.looks_up_in_ms:
            world.scheduler.pause(service.traits.looks_up_in_ms)
        if fault is Fault.OVERDUE:
            world.scheduler.pause(int(timeout * SECOND) + OVERDUE_MS)
        if b'"captured"' in answer.body:
            world.say("payment service", "answers: captured")
        return answer

    def _answer(
        self,
        fault: Fault | None,
        service: PaymentModel,
        headers: Mapping[str, str],
        done: Callable[[], HttpAnswer],
    ) -> HttpAnswer:
        if fault is Fault.ERROR:
            return HttpAnswer(500, b"{}")
        if fault is Fault.BUSY:
            return HttpAnswer(429, b"{}")
        if fault is Fault.LOCKED:
            return LOCKED
        gateway = GATEWAY_ANSWERS.get(fault) if fault is not None else None
        if fault is not None and gateway is not None and fault.name.endswith("BEFORE"):
            return gateway
        answer = done()
        if fault is Fault.CRASH_AFTER:
            self._functions.crash()
        if fault is Fault.STORED_ERROR:
            service.remember_failure(headers)
        if fault in (Fault.ERROR_AFTER, Fault.STORED_ERROR):
            return HttpAnswer(500, b"{}")
        return gateway or answer

    def _is_authorized(self, headers: Mapping[str, str]) -> bool:
        if self._world.case.rotated_at_ms is None:
            return True
        return headers.get("Authorization") == f"Bearer {self._world.accepted_secret}"

    def _is_refused(self, method: str, url: str) -> bool:
        outage, now = self._world.case.outage, self._world.since_start()
        if outage is None or not outage.from_ms <= now < outage.until_ms:
            return False
        moves_money = method == "POST" and not url.endswith("/cancel")
        return moves_money or not outage.charges_only

    def _no_answer(self, why: str) -> Exception:
        return self._world.environment().runtime.no_answer(why)

    def _place(self) -> str:
        environment = self._world.environment()
        version = "" if environment.runtime.is_current else BEFORE
        return f"{version}{environment.function}: {who_calls()}"

    # Both --------------------------------------------------------------------------------------

    def _process_fault(self, fault: Fault | None) -> None:
        world = self._world
        if fault is Fault.CRASH_BEFORE:
            self._functions.crash()
        elif fault is Fault.PAUSE:
            world.scheduler.pause(0)
        elif fault is Fault.OVERSLEEP:
            self._functions.oversleep(LONG_SLEEP_MS)


class RemoteAws:
    """A service of AWS as the runtime has it, with the network in between."""

    def __init__(
        self, network: Network, model: AwsService, call_seconds: float | None = None
    ) -> None:
        self._network = network
        self._model = model
        self._call_seconds = call_seconds

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation, as ``AwsService`` has it."""
        call: Callable[..., dict[str, Any]] = self._network.call
        return call(self._model, operation, parameters, self._call_seconds)


def _conflict(operation: str) -> AwsRefusedError:
    if operation != "TransactWriteItems":
        return AwsRefusedError("TransactionConflictException")
    reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    return AwsRefusedError("TransactionCanceledException", cancellation_reasons=reasons)
