"""Give money back, cancel orders and take held money, from an application of your own.

>>> from checkout_runtime.desk import OrderDesk                       # doctest: +SKIP
>>> desk = OrderDesk.from_environment()                               # doctest: +SKIP
>>> placed = desk.refund(order_id, "rma-17", by="ada@shop", amount=500)  # doctest: +SKIP

For your shop's own back office: it does not ask whose order it is. The application needs the
environment variables of the construct's ``intake_environment``, and a grant for what it does:
``grant_refund_orders``, ``grant_capture_orders`` or ``grant_cancel_orders``. To cancel it also
needs the variables of ``cancel_environment``. What comes of a request is a value to match on;
nothing but a defect raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from checkout_runtime.adapters.botocore_aws import aws_service
from checkout_runtime.adapters.dynamodb_holds import DynamoDbHolds
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_refunds import DynamoDbRefunds
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.cancel_order import (
    CancelAsked,
    Cancellation,
    CancelOrder,
    CancelRefused,
    CancelReplayed,
    NoSuchOrder,
    OrderCancelled,
    WhyNotCancelled,
)
from checkout_runtime.application.capture_order import (
    CaptureAccepted,
    CaptureNotAccepted,
    CaptureOrder,
    CapturePlacement,
    CaptureReplayed,
    WhyNotCaptured,
)
from checkout_runtime.application.hold_ports import Holds
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.place_refund import (
    PlaceRefund,
    RefundAccepted,
    RefundMismatch,
    RefundPlacement,
    RefundRefused,
    RefundReplayed,
    WhyNotRefunded,
)
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.refund_ports import Refunds
from checkout_runtime.buyers_orders import (
    MisconfiguredError,
    StoreUnavailable,
    from_the_store,
    parsed_key,
)
from checkout_runtime.domain.capture_request import parse_capture_request
from checkout_runtime.domain.fields import FieldError, text_error, without_nulls
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import Refund, RefundRequest, RefundStatus
from checkout_runtime.domain.refund_request import parse_refund_request
from checkout_runtime.handlers.settings import Settings

__all__ = [
    "CancelAsked",
    "CancelRefused",
    "CancelReplayed",
    "CaptureAccepted",
    "CaptureNotAccepted",
    "CaptureReplayed",
    "InvalidCapture",
    "InvalidName",
    "InvalidRefund",
    "MisconfiguredError",
    "NoSuchOrder",
    "OrderCancelled",
    "OrderDesk",
    "Refund",
    "RefundAccepted",
    "RefundMismatch",
    "RefundRefused",
    "RefundReplayed",
    "RefundStatus",
    "StoreUnavailable",
    "WhyNotCancelled",
    "WhyNotCaptured",
    "WhyNotRefunded",
]


_T = TypeVar("_T")
_NO_HOLDS = (
    'CAPTURE is not set: give the payment service capture="later", or captures_holds=True while '
    "holds from before are open; until then `checkout orders capture ID --yes` captures one"
)


class InvalidRefund(Record):
    """Nothing was stored: the key or some fields are wrong."""

    errors: tuple[FieldError, ...]


class InvalidCapture(Record):
    """Nothing was stored: the amount, or who asks, is wrong."""

    errors: tuple[FieldError, ...]


class InvalidName(Record):
    """Nothing was stored: who asks is not named, or not in a way that can be kept."""

    detail: str


class OrderDesk:
    """Refunds, cancels and captures the orders of one deployed checkout."""

    def __init__(
        self,
        orders: Orders,
        refunds: Refunds | None,
        *,
        clock: Clock | None = None,
        quarantine_before: int | None = 0,
        holds: Holds | None = None,
    ) -> None:
        """Make a desk.

        Args:
            orders: The order table.
            refunds: Its refunds; None: this desk does not refund.
            clock: The time of day. Default: the system's.
            quarantine_before: Orders accepted before this time (ms UTC) came out of a backup.
                None: it is not known, and this desk does not cancel. Default: none did.
            holds: The table's holds. Default: this desk does not capture.
        """
        self._orders, self._refunds = orders, refunds
        clock = clock or SystemClock()
        self._place = None if refunds is None else PlaceRefund(orders, refunds, clock)
        self._cancel = (
            None if quarantine_before is None else CancelOrder(orders, clock, quarantine_before)
        )
        self._capture = None if holds is None else CaptureOrder(orders, holds, clock)

    @classmethod
    def from_environment(cls) -> OrderDesk:
        """Make the desk of the checkout that the environment names.

        Raises:
            KeyError: A variable of the construct's ``intake_environment`` is missing. Without
                ``PAYMENT_SERVICE_REFUNDS`` the payment service was not told how to refund, and only
                a desk that was given ``cancel_environment``, or whose payment service holds the
                money first, or still has holds (``CAPTURE``), is made.
        """
        settings, dynamodb = Settings(), aws_service("dynamodb")
        # Whether outcomes are announced is known only with the variables of cancel_environment.
        cancels = "QUARANTINE_BEFORE_MS" in settings.variables
        if not (settings.refunds_are_on or cancels or settings.captures_holds):
            # What is asked for there would be stored, and nobody would carry it out.
            raise KeyError("PAYMENT_SERVICE_REFUNDS")
        table, shards = settings.order_table_name, settings.unsettled_shards
        return cls(
            DynamoDbOrders(dynamodb, table, shards, announces=settings.announces),
            DynamoDbRefunds(dynamodb, table, shards) if settings.refunds_are_on else None,
            quarantine_before=settings.quarantine_before if cancels else None,
            holds=(DynamoDbHolds.of(dynamodb, table, shards) if settings.captures_holds else None),
        )

    def cancel(self, order_id: str, *, by: str) -> Cancellation | InvalidName | StoreUnavailable:
        """Give up an order that is not paid; asking again changes nothing.

        Needs ``grant_cancel_orders``. ``OrderCancelled``: it is. ``CancelAsked``: it may have been
        requested, so it becomes ``CANCELLED``, or ``PAID`` if the charge wins.

        Args:
            order_id: The order.
            by: Who asks, 1 to 128 characters; kept with the order.

        Raises:
            KeyError: The environment lacks the variables of ``cancel_environment``.
            MisconfiguredError: AWS refuses until the deployment is repaired.
        """
        cancel = self._cancel
        if cancel is None:
            raise KeyError("QUARANTINE_BEFORE_MS")
        wrong_name = text_error(by, instead="name who asks")
        if wrong_name:
            return InvalidName(wrong_name)
        return _of_order(order_id, lambda: cancel(order_id, by=by))

    def capture(
        self, order_id: str, *, by: str, amount: int | None = None
    ) -> CapturePlacement | InvalidCapture | StoreUnavailable:
        """Ask for money that is held, or find that it was asked for. A hold is captured once.

        Needs ``grant_capture_orders``. It is stored, and on its way when this returns; the order is
        ``PAID`` later. What is not captured is released.

        Args:
            order_id: The order.
            by: Who asks, 1 to 128 characters; kept with the order.
            amount: In minor units of the order's currency, 1 to what was ordered. Default: all.

        Raises:
            KeyError: The payment service does not hold money first, and was not told that there
                still are holds. The message says what to do.
            MisconfiguredError: AWS refuses until the deployment is repaired.
        """
        capture = self._capture
        if capture is None:
            raise KeyError(_NO_HOLDS)
        wanted = parse_capture_request(without_nulls({"amount": amount}))
        wrong_name = text_error(by, instead="name who asks")
        errors = [
            *([FieldError("by", wrong_name)] if wrong_name else []),
            *(wanted if isinstance(wanted, list) else []),
        ]
        if errors:
            return InvalidCapture(tuple(errors))
        return _of_order(order_id, lambda: capture(order_id, amount, asked_by=by))

    def refund(
        self,
        order_id: str,
        idempotency_key: str,
        *,
        by: str,
        amount: int | None = None,
        charge_id: str | None = None,
        reason: str | None = None,
    ) -> RefundPlacement | InvalidRefund | StoreUnavailable:
        """Ask for a refund, or find the one that this key already names.

        It is stored, and on its way when this returns; the money moves later.

        Args:
            order_id: The order.
            idempotency_key: One for each refund, 1 to 255 characters; a return's number is one.
            by: Who asks, 1 to 128 characters; kept with the refund.
            amount: In minor units of the order's currency, 1 to 999,999,999,999. Default: all that
                is left.
            charge_id: A stray charge of the order, which is refunded as a whole. Default: the
                charge that paid the order.
            reason: Why, 1 to 128 characters; kept with the refund. Default: not told.

        Raises:
            KeyError: The payment service was not told how to refund.
            MisconfiguredError: AWS refuses until the deployment is repaired.
        """
        place = self._place
        if place is None:
            raise KeyError("PAYMENT_SERVICE_REFUNDS")
        key = parsed_key("idempotency_key", idempotency_key)
        fields: dict[str, Any] = {"amount": amount, "charge_id": charge_id, "reason": reason}
        request = parse_refund_request(without_nulls(fields))
        wrong_name = text_error(by, instead="name who asks")
        errors = [
            *([key] if isinstance(key, FieldError) else []),
            *([FieldError("by", wrong_name)] if wrong_name else []),
            *(request if isinstance(request, list) else []),
        ]
        if errors or isinstance(key, FieldError) or not isinstance(request, RefundRequest):
            return InvalidRefund(tuple(errors))
        return _of_order(order_id, lambda: place(order_id, key, request, asked_by=by))

    def refunds(self, order_id: str) -> list[Refund] | NoSuchOrder | StoreUnavailable:
        """Return the refunds of an order, the oldest first.

        Raises:
            KeyError: The payment service was not told how to refund.
            MisconfiguredError: AWS refuses until the deployment is repaired.
        """
        refunds = self._refunds
        if refunds is None:
            raise KeyError("PAYMENT_SERVICE_REFUNDS")

        def listed() -> list[Refund] | NoSuchOrder:
            order = self._orders.get(order_id)
            return NoSuchOrder() if order is None else refunds.of(order)

        return _of_order(order_id, listed)


def _of_order(order_id: str, ask: Callable[[], _T]) -> _T | NoSuchOrder | StoreUnavailable:
    """Ask the store about an order, unless its id is none that an order can have."""
    return from_the_store(ask) if is_order_id(order_id) else NoSuchOrder()
