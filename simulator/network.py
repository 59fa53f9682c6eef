"""The network between execution environments, AWS and payment services, and its troubles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ReadTimeoutError

from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.boundaries import boundary_named
from simulator.cases import HOUR, MINUTE, SECOND, Carts
from simulator.faults import (
    AT_BATCH_SEND,
    AT_HTTP_SERVICE,
    AT_WRITE,
    GATEWAY_ANSWERS,
    Boundary,
    Fault,
)
from simulator.runtimes import who_calls
from simulator.stripe_service import LOCKED
from simulator.traits import PaymentModel

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["BEFORE", "AwsClient", "Network"]

BEFORE = "before the upgrade, "
"""Begins the name of a boundary that the previous version comes to."""

LONG_SLEEP_MS = 2 * HOUR
"""A worker that oversleeps by more than its payment key's retention is outside the premises."""
LATE_TROUBLE_UNTIL_MS: Final = 12 * HOUR
"""Until when workers oversleep and requests arrive late: every payment key is still remembered."""
LATE_MS = 3 * MINUTE
"""When the payment service carries out what it got and did not answer."""
LANDS_AFTER_MS = 3 * SECOND
"""When a write lands whose answers were both lost: it was under way all the time."""
OVERDUE_MS = 5 * SECOND
"""How much longer than its time-out a call into the user's module takes."""
_AFTER_A_DEADLINE = (Fault.NOT_PROCESSED, Fault.PROCESSED, Fault.PROCESSED_LATE)
_NOT_SURVIVED_BEFORE = frozenset(GATEWAY_ANSWERS)
"""What does not happen where the previous version runs: it took a gateway's 4xx for a no, which is
why there is a newer one."""
_UNAUTHORIZED = HttpAnswer(401, b'{"error":{"type":"invalid_request_error"}}')


class Network:
    """Carries out calls, unless something goes wrong."""

    def __init__(self, world: World) -> None:
        self._world = world

    # AWS ---------------------------------------------------------------------------------------

    def call(self, model: Any, operation: str, request: dict[str, Any]) -> Any:
        """Carry out one call of a botocore client."""
        world = self._world
        boundary = boundary_named(
            self._place(), AT_BATCH_SEND if "Entries" in request else AT_WRITE
        )
        may_leave_over = operation == "batch_get_item"
        fault = world.fault_at(self._possible(boundary, leaves_keys_over=may_leave_over))
        effect = getattr(model, operation)
        if fault is None:
            return world.watched(effect, request)
        self._process_fault(fault)
        match fault:
            case Fault.REFUSED:
                raise _refused("ThrottlingException", operation)
            case Fault.CONFLICT:
                raise _conflict(operation)
            case Fault.ANSWER_LOST_ONCE | Fault.ANSWER_LOST:
                return self._losing_answers(effect, operation, request, fault)
            case Fault.LANDS_LATE:
                world.later(LANDS_AFTER_MS, lambda: self._land(effect, request))
                raise ReadTimeoutError(endpoint_url=operation)
            case Fault.PARTIAL:
                return self._all_but_the_first(effect, request)
            case Fault.UNPROCESSED:
                return self._but_one_key(effect, request)
        answer = world.watched(effect, request)
        if fault is Fault.CRASH_AFTER:
            world.crash()
        return answer

    def _losing_answers(
        self, effect: Callable[..., Any], operation: str, request: dict[str, Any], fault: Fault
    ) -> Any:
        """The client repeats the call once; only the first answer is lost, or both are."""
        try:
            self._world.watched(effect, request)
        except ClientError:
            if fault is Fault.ANSWER_LOST:
                raise ReadTimeoutError(endpoint_url=operation) from None
            raise
        if fault is Fault.ANSWER_LOST:
            raise ReadTimeoutError(endpoint_url=operation)
        return self._world.watched(effect, request)

    def _land(self, effect: Callable[..., Any], request: dict[str, Any]) -> None:
        try:
            self._world.watched(effect, request)
        except ClientError:
            self._world.say("AWS", "refuses what landed late")

    def _all_but_the_first(self, effect: Callable[..., Any], request: dict[str, Any]) -> Any:
        first, *others = request["Entries"]
        answer: dict[str, Any] = {"Successful": []}
        if others:
            answer = self._world.watched(effect, {**request, "Entries": others})
        failure = {"Id": first["Id"], "SenderFault": False, "Code": "InternalError"}
        return {**answer, "Failed": [*answer.get("Failed", ()), failure]}

    def _but_one_key(self, effect: Callable[..., Any], request: dict[str, Any]) -> Any:
        ((table, wanted),) = request["RequestItems"].items()
        first, *others = wanted["Keys"]
        answer: dict[str, Any] = {"Responses": {table: []}}
        if others:
            rest = {"RequestItems": {table: {**wanted, "Keys": others}}}
            answer = self._world.watched(effect, rest)
        return {**answer, "UnprocessedKeys": {table: {**wanted, "Keys": [first]}}}

    # Payment services --------------------------------------------------------------------------

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer:
        """Send one HTTP request to a payment service."""
        world = self._world
        boundary = boundary_named(self._place(), AT_HTTP_SERVICE)
        fault = world.fault_at(self._possible(boundary))
        self._process_fault(fault)
        service = world.services[urlsplit(url).netloc]

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
        if fault is Fault.OVERDUE:
            world.scheduler.pause(int(timeout * SECOND) + OVERDUE_MS)
        world.invariants.answered(answer)
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
            self._world.crash()
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

    def _possible(self, boundary: Boundary, *, leaves_keys_over: bool = False) -> Boundary:
        """What can go wrong here and now, inside the premises (docs/proof.md)."""
        case = self._world.case
        return _without(
            boundary,
            is_late=self._world.since_start() >= LATE_TROUBLE_UNTIL_MS,
            is_alone=case.carts is not Carts.GUARDED,
            is_known_before=case.is_upgrade,
            leaves_keys_over=leaves_keys_over,
        )

    def _process_fault(self, fault: Fault | None) -> None:
        world = self._world
        if fault is Fault.CRASH_BEFORE:
            world.crash()
        elif fault is Fault.PAUSE:
            world.scheduler.pause(0)
        elif fault is Fault.OVERSLEEP:
            world.oversleep(LONG_SLEEP_MS)


class AwsClient:
    """A botocore client as the adapters know it."""

    def __init__(self, network: Network, model: Any) -> None:
        self._network = network
        self._model = model

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        network, model = self._network, self._model

        def call(**request: Any) -> Any:
            return network.call(model, operation, request)

        self.__dict__[operation] = call
        return call


@cache
def _without(
    boundary: Boundary,
    *,
    is_late: bool,
    is_alone: bool,
    is_known_before: bool,
    leaves_keys_over: bool,
) -> Boundary:
    ruled_out = set(_NOT_SURVIVED_BEFORE) if is_known_before else set()
    if is_late:
        ruled_out |= {Fault.PROCESSED_LATE, Fault.OVERSLEEP}
    if is_alone:
        ruled_out.add(Fault.CONFLICT)
    if not leaves_keys_over:
        ruled_out.add(Fault.UNPROCESSED)
    possible = tuple(fault for fault in boundary.possible if fault not in ruled_out)
    return Boundary(boundary.name, possible)


def _refused(code: str, operation: str, **more: Any) -> ClientError:
    error = {"Error": {"Code": code, "Message": "Rate exceeded, or in conflict"}, **more}
    return ClientError(error, operation)  # type: ignore[arg-type]


def _conflict(operation: str) -> ClientError:
    if operation != "transact_write_items":
        return _refused("TransactionConflictException", operation)
    reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    return _refused("TransactionCanceledException", operation, CancellationReasons=reasons)
