"""Shops and buyers who ask for refunds, captures and cancellations of stored orders."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from simulator.cases import CancelWish, CaptureWish, RefundWish
from simulator.requests import Requests
from simulator.world_state import START_MS, Invoke, WorldState

__all__ = ["Asker", "Cancellers", "Capturers", "Wish", "request_by"]

_MAY_BE_AFTER_CANCEL = {
    200: {"CANCELLED", "DECLINED", "PAID"},
    202: {"PENDING", "CHARGING", "UNKNOWN", "ACTION_REQUIRED", "PROCESSING"},
    409: {"PAID", "NEEDS_REVIEW", "AUTHORIZED"},
}
"""What an order may be after each answer. A charge may have won since an earlier one."""
_MAY_BE_AFTER_CAPTURE = {200: {"PAID"}, 202: {"UNKNOWN", "CHARGING"}}
"""The same of captures."""
_CAPTURE_REFUSALS = {
    *("not_held_yet", "not_held", "cancelled", "in_review", "more_than_held"),
    *("another_amount", "busy"),
}

Wish = RefundWish | CancelWish | CaptureWish
W = TypeVar("W", bound=Wish)


class Asker(Generic[W]):
    """Asks what each wish of the case says, at its time, of every order that there is by then."""

    function: str
    """Which function of the API is asked."""

    def __init__(self, world: WorldState, invoke: Invoke, wishes: Sequence[W]) -> None:
        self._world = world
        self._requests = Requests(world, invoke)
        self._wishes = wishes

    def begin(self) -> None:
        """Plan everything."""
        for wish in self._wishes:
            self._world.scheduler.at(START_MS + wish.at_ms, partial(self._ask_of_all, wish))

    def ask(self, wish: W, order_id: str, order: dict[str, Any]) -> None:
        """Ask it of one order."""
        raise NotImplementedError

    def _ask_of_all(self, wish: W) -> None:
        for order_id, order in list(self._world.stored_orders.by_id.items()):
            self.ask(wish, order_id, order)

    def _send(
        self, event: dict[str, Any], learn: Callable[[dict[str, Any]], None], times: int
    ) -> None:
        """Send a request so many times at once."""
        for _ in range(times):
            self._requests.at(0, self.function, event, learn)


class Cancellers(Asker[CancelWish]):
    """Asks to cancel every order that there is by then, in its buyer's name."""

    function = "cancel_order"

    def ask(self, wish: CancelWish, order_id: str, order: dict[str, Any]) -> None:
        """Ask to cancel one."""
        buyer = order["customer"]["S"].partition("/")[0]
        self._send(request_by(buyer, order_id), partial(self._learn, order_id), wish.times)

    def _learn(self, order_id: str, answer: dict[str, Any]) -> None:
        status, body = answer["statusCode"], json.loads(answer["body"])
        if status == 404:
            is_erased = self._world.stored_orders.has_erased
            assert is_erased, f"I8: {order_id} is not its buyer's any more"
            return
        assert status in (*_MAY_BE_AFTER_CANCEL, 503), (
            f"the API answered {status}: {answer['body']}"
        )
        if status != 503:
            told = body.get("order_status", body.get("status"))
            may_be = _MAY_BE_AFTER_CANCEL[status]
            is_busy = status == 409 and "Retry-After" in answer["headers"]
            assert told in may_be or is_busy, (
                f"I8: {order_id} is {told}, which was told as {status}"
            )


class Capturers(Asker[CaptureWish]):
    """Asks for the money of every order that there is by then."""

    function = "capture_order"

    def ask(self, wish: CaptureWish, order_id: str, _order: dict[str, Any]) -> None:
        """Ask for the money of one."""
        wanted = {} if wish.amount is None else {"amount": wish.amount}
        event = request_by("shop", order_id, wanted)
        self._send(event, self._learn, wish.times)

    @staticmethod
    def _learn(answer: dict[str, Any]) -> None:
        status, body = answer["statusCode"], json.loads(answer["body"])
        if status in _MAY_BE_AFTER_CAPTURE:
            assert body["status"] in _MAY_BE_AFTER_CAPTURE[status], (
                f"I8: {body} was told as {status}"
            )
        elif status == 409:
            assert body["why"] in _CAPTURE_REFUSALS, f"a capture was refused for {body['why']}"
        else:
            assert status == 503, f"the API answered {status}: {answer['body']}"


def request_by(subject: str, order_id: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a request about an order, as API Gateway passes it on for this subject."""
    event = {
        "headers": {},
        "requestContext": {"authorizer": {"jwt": {"claims": {"sub": subject}}}},
        "pathParameters": {"order_id": order_id},
    }
    if body is None:
        return event
    return {**event, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
