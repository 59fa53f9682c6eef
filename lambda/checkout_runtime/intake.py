"""Place orders from an application of your own, in process, with the guarantees of the HTTP API.

>>> from checkout_runtime.intake import OrderIntake            # doctest: +SKIP
>>> intake = OrderIntake.from_environment()                    # doctest: +SKIP
>>> placed = intake.place(["https://issuer", "ada"], key, body)  # doctest: +SKIP

The application needs ``grant_place_orders`` and ``grant_read_orders`` of the construct, and the
environment variables of its ``intake_environment``. What comes of a request is a value to match on;
nothing but a defect raises: of the application, or of the deployment (:class:`MisconfiguredError`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from checkout_runtime.adapters.aws import AwsError
from checkout_runtime.adapters.botocore_aws import aws_service
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import CartTaken
from checkout_runtime.application.place_order import Created, Mismatch, PlaceOrder, Replayed
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.read_order import ReadOrder
from checkout_runtime.application.shop_prices import NotForSale, PriceOrder, priced_by
from checkout_runtime.domain.correlation import MAX_CORRELATION_ID, is_correlation_id
from checkout_runtime.domain.fields import FieldError
from checkout_runtime.domain.idempotency_key import (
    KEY_FORM,
    MalformedKeyError,
    parse_idempotency_key,
)
from checkout_runtime.domain.identity import is_order_id, principal_of
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.signed_cart import cart_id_error
from checkout_runtime.domain.submission import (
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
    "Misconfigured",
    "MisconfiguredError",
    "Mismatch",
    "NotForSale",
    "OrderIntake",
    "Placement",
    "Price",
    "PriceOrder",
    "Replayed",
    "StoreUnavailable",
    "UnpricedSubmission",
]

T = TypeVar("T")

_MISSING = "is required"
_log = logging.getLogger(__name__)
_REQUEST_ID = (
    f"1 to {MAX_CORRELATION_ID} characters of A-Z a-z 0-9 . _ : = + / -, and no card number"
)


class MisconfiguredError(Exception):
    """AWS refused for good: a permission or the table is missing.

    The same call fails again until the deployment is repaired. The cause is the error of AWS.
    """


Misconfigured = MisconfiguredError
"""The earlier name of :class:`MisconfiguredError`, for applications that catch it by that name."""


class InvalidOrder(Record):
    """Nothing was stored: the key or some fields are wrong."""

    errors: tuple[FieldError, ...]


class StoreUnavailable(Record):
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
            price_order: Computes the price, or says that there is none (:data:`PriceOrder`).
                Orders that name a price themselves are then refused. Default: ``amount`` and
                ``currency`` are taken from the order, which your application has to have computed.
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
    ) -> OrderIntake:
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
            DynamoDbOrders(aws_service("dynamodb"), table, shards),
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
            buyer: What identifies the buyer and stays the same at the next sign-in, as a list or
                tuple of texts, for example issuer and subject. Stored as a digest.
            idempotency_key: One for each purchase, 1 to 255 characters; None with ``key_field``.
            order: ``customer``, ``lines``, ``payment_method`` and, without ``price_order``,
                ``amount`` and ``currency``.
            cart_id: What your application calls the cart; wanted with ``guards_carts``.
            request_id: What this request is called in your logs: 1 to 64 of ``A-Za-z0-9._:=+/-``.
                That of the request that makes the order stands, as ``correlation_id``, in every
                log record up to the charge. Default: none.

        Raises:
            TypeError: ``buyer`` is a text, or holds something else than texts, or ``price_order``
                returned neither a price nor ``NotForSale``: defects of the application.
            ValueError: ``buyer`` names nobody, a cart is missing or not guarded, ``request_id`` is
                malformed, or ``price_order`` returned an invalid price: defects, too.
            MisconfiguredError: AWS refuses until the deployment is repaired.
            Exception: What ``price_order`` raised, unless the order was stored before.
        """
        principal = _principal(buyer)
        if self._guards_carts != (cart_id is not None):
            raise ValueError("guards_carts and cart_id go together: give both or neither")
        if request_id is not None and not is_correlation_id(request_id):
            # Not quoted: the caller may log it.
            raise ValueError(f"request_id is malformed; it must be {_REQUEST_ID}")
        fields = dict(order)
        key = self._key(idempotency_key, fields)
        wanted = self._parse(fields)
        wrong_cart = None if cart_id is None else cart_id_error(cart_id)
        errors = [
            *([key] if isinstance(key, FieldError) else []),
            *([FieldError("cart_id", wrong_cart)] if wrong_cart else []),
            *(wanted if isinstance(wanted, list) else []),
        ]
        if errors or isinstance(key, FieldError) or isinstance(wanted, list):
            return InvalidOrder(tuple(errors))
        return self._place_or_replay(principal, key, wanted, cart_id, request_id)

    def read(self, buyer: Sequence[str], order_id: str) -> Order | StoreUnavailable | None:
        """Return an order of this buyer; None if there is none, or if it is another buyer's.

        Raises:
            TypeError: As in :meth:`place`.
            ValueError: ``buyer`` names nobody: empty, blank, or of characters that do not show.
            MisconfiguredError: AWS refuses until the deployment is repaired.
        """
        principal = _principal(buyer)
        if not is_order_id(order_id):
            return None
        return from_the_store(lambda: self._read(principal, order_id))

    def _place_or_replay(
        self,
        principal: str,
        key: str,
        wanted: OrderSubmission | UnpricedSubmission,
        cart_id: str | None,
        request_id: str | None,
    ) -> Placement:
        names = {"cart_id": cart_id, "request_id": request_id}
        priced = self._priced(wanted)
        if isinstance(priced, OrderSubmission):
            return from_the_store(partial(self._place, principal, key, priced, **names))
        known = from_the_store(partial(self._place.replay, principal, key, wanted, **names))
        if isinstance(priced, NotForSale):
            return known or InvalidOrder((FieldError(priced.field, priced.detail),))
        if known is None:
            raise priced
        _log.warning("price_order_failed", exc_info=priced, extra={"event": "price_order_failed"})
        return known

    def _priced(
        self, wanted: OrderSubmission | UnpricedSubmission
    ) -> OrderSubmission | NotForSale | Exception:
        if isinstance(wanted, OrderSubmission):
            return wanted
        assert self._price_order is not None
        return priced_by(self._price_order, wanted)

    def _key(self, given: object, fields: dict[str, Any]) -> str | FieldError:
        if self._key_field is None:
            return parsed_key("idempotency_key", given)
        key = parsed_key(self._key_field, fields.pop(self._key_field, None))
        if isinstance(key, FieldError) and key.detail != _MISSING:
            return FieldError(key.field, f"cannot be the idempotency key, which is {KEY_FORM}")
        return key

    def _parse(
        self, fields: dict[str, Any]
    ) -> OrderSubmission | UnpricedSubmission | list[FieldError]:
        return parse_submission(fields) if self._price_order is None else parse_unpriced(fields)


def _principal(buyer: Sequence[str]) -> str:
    try:
        return principal_of(buyer)
    except TypeError as problem:
        raise TypeError(
            f"buyer: {problem}, such as ['https://issuer.example.com', 'ada']"
        ) from None
    except ValueError as problem:
        raise ValueError(f"buyer: {problem}, such as the subject") from None


def parsed_key(name: str, key: object) -> str | FieldError:
    """Return the key that was given under a name, or what is wrong with it."""
    if key is None:
        return FieldError(name, _MISSING)
    if not isinstance(key, str):
        return FieldError(name, "must be text")
    try:
        return parse_idempotency_key(key)
    except MalformedKeyError as problem:
        return FieldError(name, str(problem))


def from_the_store(ask: Callable[[], T]) -> T | StoreUnavailable:
    """Return what was asked of the table, or that it did not answer.

    Raises:
        MisconfiguredError: AWS refuses until the deployment is repaired.
    """
    try:
        return ask()
    except AwsError as error:
        if error.is_misconfiguration:
            raise MisconfiguredError("AWS refuses the call; see the cause") from error
        _log.exception("store_unavailable", extra={"event": "store_unavailable"})
        return StoreUnavailable()
