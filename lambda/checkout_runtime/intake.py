"""Place and pay orders in an application of your own, with the guarantees of the HTTP API.

>>> from checkout_runtime.intake import OrderIntake            # doctest: +SKIP
>>> intake = OrderIntake.from_environment()                    # doctest: +SKIP
>>> placed = intake.place(["https://issuer", "ada"], key, body)  # doctest: +SKIP

The application needs ``grant_place_orders``, ``grant_read_orders`` and, to pay again or resume,
``grant_start_payment_attempts`` of the construct, and the environment variables of its
``intake_environment``. What comes of a request is a value to match on;
nothing but a defect raises: of the application, or of the deployment (:class:`MisconfiguredError`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from checkout_runtime.adapters.botocore_aws import aws_service
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.limit_attempts import AttemptLimits, TooManyAttempts
from checkout_runtime.application.next_step import NextStep
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import CartTaken, OrderLimit
from checkout_runtime.application.place_order import (
    Created,
    Mismatch,
    PlaceOrder,
    Replayed,
    TooManyOrders,
)
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.resume_payment import NothingToResume, Resumed, ResumeReplayed
from checkout_runtime.application.shop_prices import NotForSale, PriceOrder, priced_by
from checkout_runtime.application.start_payment_attempt import (
    AttemptRefused,
    AttemptReplayed,
    AttemptStarted,
    NoSuchOrder,
)
from checkout_runtime.buyers_orders import (
    MISSING,
    BuyersOrders,
    InvalidOrder,
    MisconfiguredError,
    StoreUnavailable,
    from_the_store,
    guest_buyer,
    named_buyer,
    parsed_key,
)
from checkout_runtime.domain.correlation import MAX_CORRELATION_ID, is_correlation_id
from checkout_runtime.domain.fields import FieldError
from checkout_runtime.domain.idempotency_key import KEY_FORM
from checkout_runtime.domain.record import as_dict
from checkout_runtime.domain.signed_cart import cart_id_error
from checkout_runtime.domain.submission import (
    OrderSubmission,
    Price,
    UnpricedSubmission,
    parse_submission,
    parse_unpriced,
)
from checkout_runtime.handlers.environment import MalformedEnvironmentError, MissingEnvironmentError
from checkout_runtime.handlers.settings import Settings

__all__ = [
    "AttemptLimits",
    "AttemptRefused",
    "AttemptReplayed",
    "AttemptStarted",
    "CartTaken",
    "Created",
    "FieldError",
    "InvalidOrder",
    "MalformedEnvironmentError",
    "Misconfigured",
    "MisconfiguredError",
    "Mismatch",
    "MissingEnvironmentError",
    "NextStep",
    "NoSuchOrder",
    "NotForSale",
    "NothingToResume",
    "OrderIntake",
    "OrderLimit",
    "Placement",
    "Price",
    "PriceOrder",
    "Replayed",
    "ResumeReplayed",
    "Resumed",
    "StoreUnavailable",
    "TooManyAttempts",
    "TooManyOrders",
    "UnpricedSubmission",
    "guest_buyer",
]

_log = logging.getLogger(__name__)
_REQUEST_ID = (
    f"1 to {MAX_CORRELATION_ID} characters of A-Z a-z 0-9 . _ : = + / -, and no card number"
)


Misconfigured = MisconfiguredError
"""The earlier name of :class:`MisconfiguredError`, for applications that catch it by that name."""


Placement = (
    Created | Replayed | Mismatch | CartTaken | TooManyOrders | InvalidOrder | StoreUnavailable
)


class OrderIntake(BuyersOrders):
    """Places, reads and pays the orders of one deployed checkout."""

    def __init__(
        self,
        orders: Orders,
        *,
        namespace: str,
        price_order: PriceOrder | None = None,
        key_field: str | None = None,
        guards_carts: bool = False,
        clock: Clock | None = None,
        max_payment_attempts: int | None = None,
        limit_attempts: AttemptLimits | None = None,
        limit_orders: OrderLimit | None = None,
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
            max_payment_attempts: As the construct's. Default: unknown; then no attempt is started.
            limit_attempts: How often buyers may start attempts, for a transaction and a look in
                place of an update. Default: as their orders allow.
            limit_orders: How many orders a buyer may place within a time, for a transaction in
                place of a put and ``grant_start_payment_attempts``. Default: any number.
        """
        clock = clock or SystemClock()
        super().__init__(
            orders,
            namespace=namespace,
            clock=clock,
            max_payment_attempts=max_payment_attempts,
            limit_attempts=limit_attempts,
        )
        self._place = PlaceOrder(orders, clock, namespace, limit_orders)
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
        attempt_limits: AttemptLimits | None = None,
    ) -> OrderIntake:
        """Make the intake of the checkout that the environment names.

        The arguments are those of the class, and ``attempt_limits``: how often buyers may start
        payment attempts and place orders, by default as often as they like. Those of a
        ``CheckoutApi`` are not in the environment: give the same ones, with the same window.

        Raises:
            MissingEnvironmentError: Variables of the construct's ``intake_environment`` are
                missing; the message names all of them.
            MalformedEnvironmentError: One of them holds what the construct never writes.
            ValueError: One of ``attempt_limits`` is below 1.
        """
        given = {} if attempt_limits is None else as_dict(attempt_limits)
        wrong = [name for name, value in given.items() if value is not None and value < 1]
        if wrong:
            raise ValueError(f"attempt_limits: {', '.join(wrong)} must be at least 1")
        settings = Settings()
        settings.require("ORDER_TABLE_NAME", "UNSETTLED_SHARDS", "CHECKOUT_NAMESPACE")
        table, shards = settings.order_table_name, settings.unsettled_shards
        return cls(
            DynamoDbOrders(aws_service("dynamodb"), table, shards),
            namespace=settings.namespace,
            price_order=price_order,
            key_field=key_field,
            guards_carts=guards_carts,
            max_payment_attempts=settings.attempt_limit,
            limit_attempts=attempt_limits,
            limit_orders=None if attempt_limits is None else attempt_limits.of_orders,
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
        principal = named_buyer(buyer)
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
        if isinstance(key, FieldError) and key.detail != MISSING:
            return FieldError(key.field, f"cannot be the idempotency key, which is {KEY_FORM}")
        return key

    def _parse(
        self, fields: dict[str, Any]
    ) -> OrderSubmission | UnpricedSubmission | list[FieldError]:
        return parse_submission(fields) if self._price_order is None else parse_unpriced(fields)
