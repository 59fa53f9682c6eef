"""A buyer's orders, in process: read them, find them again, pay them by other means.

What :class:`~checkout_runtime.intake.OrderIntake` does once an order is placed. What comes of a
request is a value to match on; nothing but a defect raises.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from checkout_runtime.adapters.aws import AwsError
from checkout_runtime.application.limit_attempts import AttemptLimits, TooManyAttempts
from checkout_runtime.application.next_step import NextStep, attempts_left, next_step
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.ports import Clock
from checkout_runtime.application.read_order import ReadOrder
from checkout_runtime.application.resume_payment import (
    NothingToResume,
    Resumed,
    ResumePayment,
    ResumeReplayed,
)
from checkout_runtime.application.start_payment_attempt import (
    AttemptRefused,
    AttemptReplayed,
    AttemptStarted,
    NoSuchOrder,
    StartPaymentAttempt,
)
from checkout_runtime.domain.fields import ATTEMPT, FieldError, check_fields
from checkout_runtime.domain.idempotency_key import MalformedKeyError, parse_idempotency_key
from checkout_runtime.domain.identity import (
    guest_claims,
    is_order_id,
    order_id_for,
    principal_of,
)
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.submission import PAYMENT_METHOD

__all__ = [
    "MISSING",
    "BuyersOrders",
    "InvalidOrder",
    "MisconfiguredError",
    "StoreUnavailable",
    "from_the_store",
    "guest_buyer",
    "named_buyer",
    "parsed_key",
]

T = TypeVar("T")

MISSING = "is required"
"""What a field is told that has to be there."""
_log = logging.getLogger(__name__)


class MisconfiguredError(Exception):
    """AWS refused for good: a permission or the table is missing.

    The same call fails again until the deployment is repaired. The cause is the error of AWS.
    """


class InvalidOrder(Record):
    """Nothing was stored: the key or some fields are wrong."""

    errors: tuple[FieldError, ...]


class StoreUnavailable(Record):
    """DynamoDB did not answer. The same call with the same key is safe."""


class BuyersOrders:
    """The orders of the buyers of one deployed checkout."""

    def __init__(
        self,
        orders: Orders,
        *,
        namespace: str,
        clock: Clock,
        max_payment_attempts: int | None,
        limit_attempts: AttemptLimits | None = None,
    ) -> None:
        """Read and pay the orders of a table.

        Args:
            orders: The order table.
            namespace: The construct's ``namespace``.
            clock: The time of day.
            max_payment_attempts: The construct's property of that name; None where it is not
                known: no attempt can then be started.
            limit_attempts: How often buyers may start attempts. Default: as their orders allow.
        """
        self._read = ReadOrder(orders)
        self._namespace = namespace
        self._resume = ResumePayment(orders, clock)
        self._max_payment_attempts = max_payment_attempts
        self._start_attempt = StartPaymentAttempt(
            orders, clock, max_payment_attempts or 0, limit_attempts
        )

    def read(self, buyer: Sequence[str], order_id: str) -> Order | StoreUnavailable | None:
        """Return an order of this buyer; None if there is none, or if it is another buyer's.

        Needs ``grant_read_orders``.

        Args:
            buyer: As given to ``place``.
            order_id: As ``place`` returned it.

        Raises:
            TypeError: ``buyer`` is a text, or holds something else than texts.
            ValueError: ``buyer`` names nobody: empty, blank, or of characters that do not show.
            MisconfiguredError: AWS refuses until the deployment is repaired.
        """
        principal = named_buyer(buyer)
        if not is_order_id(order_id):
            return None
        return from_the_store(lambda: self._read(principal, order_id))

    def find(self, buyer: Sequence[str], idempotency_key: str) -> Order | StoreUnavailable | None:
        """Return the order that this buyer placed under a key, or None.

        For a buyer who lost the order's id. Needs ``grant_read_orders``; raises as :meth:`read`.
        """
        principal = named_buyer(buyer)
        key = parsed_key("idempotency_key", idempotency_key)
        if isinstance(key, FieldError):
            return None
        return self.read(buyer, order_id_for(self._namespace, principal, key))

    def start_attempt(
        self, buyer: Sequence[str], order_id: str, *, replaces: int, payment_method: str
    ) -> (
        AttemptStarted
        | AttemptReplayed
        | AttemptRefused
        | NoSuchOrder
        | TooManyAttempts
        | InvalidOrder
        | StoreUnavailable
    ):
        """Pay a declined order by another payment method, once for each attempt it replaces.

        Needs ``grant_start_payment_attempts``; raises as :meth:`read`.

        Args:
            buyer: As given to ``place``.
            order_id: The order.
            replaces: The declined attempt, as ``Order.attempt`` showed it to the buyer. A second
                click names the same one, and is the same attempt.
            payment_method: The payment service's token.

        Raises:
            ValueError: ``max_payment_attempts`` is not known, besides :meth:`read`'s reasons.
        """
        if self._max_payment_attempts is None:
            raise ValueError("max_payment_attempts is not given; nor is MAX_PAYMENT_ATTEMPTS set")
        principal = named_buyer(buyer)
        given = {"replaces": replaces, "payment_method": payment_method}
        wrong = check_fields(given, {"replaces": ATTEMPT, "payment_method": PAYMENT_METHOD})
        if wrong:
            return InvalidOrder(tuple(wrong))
        if not is_order_id(order_id):
            return NoSuchOrder()
        start = partial(self._start_attempt, principal, order_id)
        return from_the_store(partial(start, replaces=replaces, payment_method=payment_method))

    def resume(
        self, buyer: Sequence[str], order_id: str, *, attempt: int
    ) -> Resumed | ResumeReplayed | NothingToResume | InvalidOrder | StoreUnavailable:
        """Go on with a payment after the buyer acted, for example confirmed by 3-D Secure.

        Needs ``grant_start_payment_attempts``; raises as :meth:`read`.

        Args:
            buyer: As given to ``place``.
            order_id: The order.
            attempt: The attempt for which they acted, as ``Order.attempt``.
        """
        principal = named_buyer(buyer)
        wrong = check_fields({"attempt": attempt}, {"attempt": ATTEMPT})
        if wrong:
            return InvalidOrder(tuple(wrong))
        if not is_order_id(order_id):
            return NothingToResume(None)
        return from_the_store(partial(self._resume, principal, order_id, attempt))

    def next_step(self, order: Order) -> NextStep:
        """Return what the buyer can do next about an order."""
        return next_step(order, self._max_payment_attempts)

    def attempts_left(self, order: Order) -> int | None:
        """Return how many more payment attempts the order may have; None where it is not known."""
        limit = self._max_payment_attempts
        return None if limit is None else attempts_left(order, limit)


def guest_buyer(cart_id: str) -> tuple[str, ...]:
    """Return the ``buyer`` of a cart whose buyer does not sign in.

    It is the same buyer as at the HTTP API with ``GUESTS_BY_CART``.

    Args:
        cart_id: What your shop calls the cart, as the buyer proved that they have it: by your own
            session, or by :func:`~checkout_runtime.domain.signed_cart.read_signed_cart`. One
            buyer's, and never a number that others can guess.
    """
    return tuple(guest_claims(cart_id))


def named_buyer(buyer: Sequence[str]) -> str:
    """Return the principal of a buyer.

    Raises:
        TypeError: As :meth:`BuyersOrders.read`.
        ValueError: As :meth:`BuyersOrders.read`.
    """
    try:
        return principal_of(buyer)
    except TypeError as problem:
        raise TypeError(
            f"buyer: {problem}, such as ['https://issuer.example.com', 'ada']"
        ) from None
    except ValueError as problem:
        raise ValueError(f"buyer: {problem}, such as the subject") from None


def parsed_key(name: str, key: object) -> str | FieldError:
    """Return an idempotency key, or what is wrong with it in the field ``name``."""
    if key is None:
        return FieldError(name, MISSING)
    if not isinstance(key, str):
        return FieldError(name, "must be text")
    try:
        return parse_idempotency_key(key)
    except MalformedKeyError as problem:
        return FieldError(name, str(problem))


def from_the_store(ask: Callable[[], T]) -> T | StoreUnavailable:
    """Return what the table answered.

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
