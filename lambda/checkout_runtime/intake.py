"""Place orders from an application of your own, in process, with the guarantees of the HTTP API.

>>> from checkout_runtime.intake import OrderIntake            # doctest: +SKIP
>>> intake = OrderIntake.from_environment()                    # doctest: +SKIP
>>> placed = intake.place(["https://issuer", "ada"], key, body)  # doctest: +SKIP

The application needs ``grant_place_orders`` and ``grant_read_orders`` of the construct, and the
environment variables of its ``intake_environment``. What comes of a request is a value to match on;
nothing but a defect raises.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from checkout_runtime.adapters.aws_clients import aws_client
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.place_order import Created, Mismatch, PlaceOrder, Replayed
from checkout_runtime.application.ports import CartTaken, Clock, Orders
from checkout_runtime.application.read_order import ReadOrder
from checkout_runtime.domain.correlation import MAX_CORRELATION_ID, is_correlation_id
from checkout_runtime.domain.idempotency_key import MalformedKey, parse_idempotency_key
from checkout_runtime.domain.identity import is_order_id, principal_of
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.submission import (
    FieldError,
    OrderSubmission,
    Price,
    UnpricedSubmission,
    parse_submission,
    parse_unpriced,
)
from checkout_runtime.handlers.settings import Settings

__all__ = [
    "CartTaken",
    "Created",
    "FieldError",
    "InvalidOrder",
    "Mismatch",
    "OrderIntake",
    "Placement",
    "Price",
    "PriceOrder",
    "Replayed",
    "StoreUnavailable",
    "UnpricedSubmission",
]

_log = logging.getLogger(__name__)
_REQUEST_ID = f"1 to {MAX_CORRELATION_ID} characters of A-Z a-z 0-9 . _ : = + / -"

PriceOrder = Callable[[UnpricedSubmission], Price]
"""The shop's own price of a purchase. Asked at every submission; the first answer stands."""


@dataclass(frozen=True, slots=True)
class InvalidOrder:
    """Nothing was stored: the key or some fields are wrong."""

    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class StoreUnavailable:
    """DynamoDB did not answer. The same call with the same key is safe."""


Placement = Created | Replayed | Mismatch | CartTaken | InvalidOrder | StoreUnavailable


class OrderIntake:
    """Places and reads the orders of one deployed checkout."""

    def __init__(
        self,
        orders: Orders,
        *,
        namespace: str,
        price_order: PriceOrder | None = None,
        key_field: str | None = None,
        guards_carts: bool = False,
        clock: Clock | None = None,
    ) -> None:
        """Make an intake over ``orders``.

        Args:
            orders: The order table.
            namespace: The construct's ``namespace``: part of every order's id.
            price_order: Computes the price. Orders that name a price themselves are then refused.
                Default: ``amount`` and ``currency`` are taken from the order, which your
                application has to have computed.
            key_field: The field of the order that is its idempotency key, such as ``cart_id``. It
                is taken out of the order before that is read. Default: the key is given.
            guards_carts: One cart becomes one order, also under a fresh key: ``place`` then wants
                a ``cart_id``. Costs a transaction in place of a put.
            clock: Default: the system's.
        """
        self._place = PlaceOrder(orders, clock or SystemClock(), namespace)
        self._read = ReadOrder(orders)
        self._price_order = price_order
        self._key_field = key_field
        self._guards_carts = guards_carts

    @classmethod
    def from_environment(
        cls,
        *,
        price_order: PriceOrder | None = None,
        key_field: str | None = None,
        guards_carts: bool = False,
    ) -> "OrderIntake":
        """Make the intake of the checkout that the environment names.

        Raises:
            KeyError: A variable of the construct's ``intake_environment`` is missing.
        """
        settings = Settings()
        table, shards, namespace = (
            settings.order_table_name,
            settings.unsettled_shards,
            settings.namespace,
        )
        return cls(
            DynamoDbOrders(aws_client("dynamodb"), table, shards),
            namespace=namespace,
            price_order=price_order,
            key_field=key_field,
            guards_carts=guards_carts,
        )

    def place(
        self,
        buyer: Sequence[str],
        idempotency_key: str | None,
        order: Mapping[str, Any],
        *,
        cart_id: str | None = None,
        request_id: str | None = None,
    ) -> Placement:
        """Store a purchase as an order, or find the order that it already is.

        Args:
            buyer: What identifies the buyer and stays the same at the next sign-in, for example
                issuer and subject. Stored as a digest.
            idempotency_key: One for each purchase, 1 to 255 characters; None with ``key_field``.
            order: ``customer``, ``lines``, ``payment_method`` and, without ``price_order``,
                ``amount`` and ``currency``.
            cart_id: What your application calls the cart; wanted with ``guards_carts``.
            request_id: What this request is called in your logs: 1 to 64 of ``A-Za-z0-9._:=+/-``.
                That of the request that makes the order stands, as ``correlation_id``, in every
                log record up to the charge. Default: none.

        Raises:
            ValueError: ``buyer`` is empty, a cart is missing or not guarded, ``request_id`` is
                malformed, or ``price_order`` gave a price that is none: defects of the
                application.
        """
        if not buyer or not all(buyer):
            raise ValueError("buyer is empty; give what identifies a person, such as the subject")
        if self._guards_carts != (cart_id is not None):
            raise ValueError("guards_carts and cart_id go together: give both or neither")
        if request_id is not None and not is_correlation_id(request_id):
            raise ValueError(f"request_id is {request_id!r}; it must be {_REQUEST_ID}")
        fields = dict(order)
        key = self._key(idempotency_key, fields)
        submission = self._submission(fields)
        errors = [*([key] if isinstance(key, FieldError) else []), *_errors(submission)]
        if errors or isinstance(key, FieldError) or not isinstance(submission, OrderSubmission):
            return InvalidOrder(tuple(errors))
        try:
            return self._place(
                principal_of(buyer), key, submission, cart_id=cart_id, request_id=request_id
            )
        except (BotoCoreError, ClientError):
            _log.exception("store_unavailable", extra={"event": "store_unavailable"})
            return StoreUnavailable()

    def read(self, buyer: Sequence[str], order_id: str) -> Order | StoreUnavailable | None:
        """Return an order of this buyer; None if there is none, or if it is another buyer's."""
        if not is_order_id(order_id):
            return None
        try:
            return self._read(principal_of(buyer), order_id)
        except (BotoCoreError, ClientError):
            _log.exception("store_unavailable", extra={"event": "store_unavailable"})
            return StoreUnavailable()

    def _key(self, given: str | None, fields: dict[str, Any]) -> str | FieldError:
        name = self._key_field or "idempotency_key"
        key = given if self._key_field is None else fields.pop(self._key_field, None)
        if not isinstance(key, str):
            return FieldError(name, "is required")
        try:
            return parse_idempotency_key(key)
        except MalformedKey as problem:
            return FieldError(name, str(problem))

    def _submission(self, fields: dict[str, Any]) -> OrderSubmission | list[FieldError]:
        if self._price_order is None:
            return parse_submission(fields)
        unpriced = parse_unpriced(fields)
        if isinstance(unpriced, list):
            return unpriced
        return unpriced.at(self._price_order(unpriced))


def _errors(submission: OrderSubmission | list[FieldError]) -> list[FieldError]:
    return submission if isinstance(submission, list) else []
