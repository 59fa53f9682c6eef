"""Stripe by its official SDK: one PaymentIntent for an attempt, and only that one is confirmed.

What makes a charge happen at most once is the intent itself: Stripe captures it once however often
it is confirmed, and the table names the one that may be. So no promise about idempotency keys is
needed. Each request has a fresh key of the SDK's, which can replay nothing.
docs/guide/payment-stripe.md holds the whole contract.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import stripe

from checkout_runtime.adapters.http_exchange import HttpAnswer, exchange, usable_url
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailableError
from checkout_runtime.adapters.stripe_client import UNREADABLE, quieten_sdk, stripe_client
from checkout_runtime.adapters.stripe_intent import (
    CANCELED,
    EXPANDED_CHARGE,
    INTENT_ID,
    UnreadableIntentError,
    intent_in,
)
from checkout_runtime.adapters.stripe_refusals import (
    REFUSED,
    is_about_account,
    is_final,
    refusal_code,
    unknown_after,
)
from checkout_runtime.adapters.stripe_requests import (
    cancel_intent,
    hold_or_open,
    open_intent,
    outcome_of,
    refused_outcome,
    retrieve,
)
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Opened,
    Outcome,
    Unknown,
)
from checkout_runtime.domain.service_name import name_of_kind

if TYPE_CHECKING:
    from checkout_runtime.domain.refund import Refund
    from checkout_runtime.domain.refund_outcomes import RefundAnswer, RefundLookUp

__all__ = ["StripePaymentService"]

_log = logging.getLogger(__name__)
_KIND = "stripe"
_MODES = {"sk_test_": "test", "rk_test_": "test", "sk_live_": "live", "rk_live_": "live"}
"""https://docs.stripe.com/keys"""
T = TypeVar("T")


class StripePaymentService:
    """Opens, confirms, looks up and cancels PaymentIntents."""

    def __init__(
        self,
        *,
        secret: CachedSecret,
        api_url: str,
        return_url: str | None,
        timeout_seconds: float,
        name: str | None = None,
        captures_later: bool = False,
        can_refund: bool = True,
        send: Callable[..., HttpAnswer] = exchange,
    ) -> None:
        """Take what is needed to call Stripe.

        :param secret: The secret or restricted API key.
        :param api_url: ``https://api.stripe.com``, or the address of a test server.
        :param return_url: Where the buyer's bank sends the buyer after acting; None where the
            buyer's page acts by Stripe's JavaScript.
        :param timeout_seconds: Total deadline of each method here, however many requests it needs.
        :param name: What the account is called on orders, behind ``stripe:live`` or
            ``stripe:test``, by the key; None: nothing more.
        :param captures_later: Whether intents are opened to hold the money. Holds of before are
            looked up, captured and cancelled either way. Default: not.
        :param can_refund: Whether the key may write refunds, and somebody looks after them.
        :param send: Carries one request out.

        Raises:
            UnusableUrlError: no request can be sent to ``api_url``.
        """
        quieten_sdk()
        self._secret = secret
        self._api_url = usable_url(api_url)
        self._captures_later = captures_later
        self._can_refund = can_refund
        self._confirmation: dict[str, Any] = {"expand": EXPANDED_CHARGE} if captures_later else {}
        if return_url is not None:
            self._confirmation["return_url"] = return_url
        self._timeout_seconds = timeout_seconds
        self._name = name
        self._name_by_key: str | None = None
        self._send = send

    @property
    def name(self) -> str:
        """The key's mode, then the configured name: an intent of one mode is unknown to the other.

        Once :meth:`prepare` has returned this never raises: while the secret cannot be read again
        the mode is that of the key that was read last.

        Raises:
            SecretUnavailableError: no key has been read so far.
        """
        try:
            self._name_by_key = _name_by(self._secret.value())
        except SecretUnavailableError:
            if self._name_by_key is None:
                raise
        by_key = self._name_by_key
        return name_of_kind(by_key, self._name) if self._name else by_key

    @property
    def can_look_up(self) -> bool:
        """Always: an intent is retrieved by its id."""
        return True

    @property
    def can_cancel(self) -> bool:
        """Always: an intent that was cancelled can never be confirmed again."""
        return True

    @property
    def captures_later(self) -> bool:
        """Whether intents are opened to hold the money."""
        return self._captures_later

    def prepare(self) -> None:
        """Read the secret before any order is claimed, so that its absence costs no try."""
        self._name_by_key = _name_by(self._secret.value())

    def open(self, order: Order) -> Opened | NotCharged | Unknown:
        """Make an intent with the order's payment method, unconfirmed."""
        method = "manual" if self._captures_later else "automatic"
        return self._ask(lambda intents: open_intent(intents, order, capture_method=method))

    def abandon(self, reference: str) -> None:
        """Try to cancel an intent that no claim stored. Nobody will ever confirm it anyway."""
        answer = self.cancel(reference)
        if not isinstance(answer, Cancelled):
            extra = {"event": "intent_left_open", "payment_reference": reference}
            _log.warning("intent_left_open", extra=extra)

    def charge(self, order: Order) -> Outcome:
        """Confirm the intent that the order's claim stored, once."""
        reference = order.payment_reference
        if reference is None:
            return Unknown("not_opened")

        def confirm(intents: Any) -> Outcome:
            try:
                intent = intent_in(intents.confirm(reference, dict(self._confirmation)), reference)
            except REFUSED as refusal:
                if not is_final(refusal):
                    raise
                # Also where it was confirmed before. The intent knows, not the error.
                return refused_outcome(intents, reference, refusal_code(refusal))
            outcome = outcome_of(intents, intent)
            return Unknown("not_confirmed") if isinstance(outcome, NotFound) else outcome

        return self._ask(confirm)

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Retrieve the intent, of this attempt or of an earlier one.

        One that was refused is cancelled before that is an answer; nothing else is changed.
        ``Declined`` means that nothing was captured and nothing can be. ``NotFound`` means that
        nobody has confirmed it so far: only cancelling it keeps a slow worker from it.
        """
        if not payment_key.startswith(INTENT_ID):
            return NotFound()
        return self._ask(lambda intents: outcome_of(intents, retrieve(intents, payment_key)))

    def cancel(self, payment_key: str) -> Outcome | Cancelled:
        """Cancel the intent; where it is too late, learn what happened."""
        if not payment_key.startswith(INTENT_ID):
            return Unknown("not_opened")

        def give_up(intents: Any) -> Outcome | Cancelled:
            intent = cancel_intent(intents, payment_key)
            if intent["status"] == CANCELED:
                return Cancelled()
            outcome = hold_or_open(intents, intent)
            if isinstance(outcome, (NotFound, ActionRequired)):
                return Unknown("not_cancelled", later=True)
            return outcome

        return self._ask(give_up)

    def capture(self, order: Order, amount: int) -> Captured | Declined | NotCharged | Unknown:
        """Capture so much of the intent's hold, once."""
        from checkout_runtime.adapters.stripe_holds import capture_hold

        reference = order.payment_reference
        if reference is None:
            return Unknown("not_opened")
        return self._ask(lambda intents: capture_hold(intents, reference, amount, order.currency))

    @property
    def can_refund(self) -> bool:
        """Whether the construct was told so; a charge of Stripe's is refunded by its id."""
        return self._can_refund

    @property
    def can_look_up_refunds(self) -> bool:
        """Whether it refunds: the refunds of a charge can be listed."""
        return self._can_refund

    def refund(self, refund: Refund) -> RefundAnswer:
        """Request the refund under its payment key, once."""
        from checkout_runtime.adapters.stripe_refunds import request_refund

        return self._with_client(lambda client: request_refund(client.v1.refunds, refund))

    def look_up_refund(self, refund: Refund) -> RefundLookUp:
        """Find the refund among those of its charge."""
        from checkout_runtime.adapters.stripe_refunds import look_up_refund

        return self._with_client(lambda client: look_up_refund(client.v1.refunds, refund))

    def order_of(self, reference: str) -> str | Unknown | None:
        """Return which order an intent was opened for; None where it says of none.

        Unknown where Stripe did not answer, and may later.
        """
        if not reference.startswith(INTENT_ID):
            return None

        def retrieved(intents: Any) -> Any:
            return (retrieve(intents, reference).get("metadata") or {}).get("order_id")

        order_id = self._ask(retrieved)
        if isinstance(order_id, Unknown) and order_id.unavailable:
            return order_id
        return order_id if isinstance(order_id, str) and is_order_id(order_id) else None

    def _ask(self, requests: Callable[[Any], T]) -> T | Unknown:
        """Carry requests about intents out, as :meth:`_with_client` does."""
        return self._with_client(lambda client: requests(client.v1.payment_intents))

    def _with_client(self, requests: Callable[[stripe.StripeClient], T]) -> T | Unknown:
        """Carry requests out under one deadline; whatever went wrong is unknown, not a no."""
        try:
            client = stripe_client(
                self._secret.value(),
                api_url=self._api_url,
                timeout_seconds=self._timeout_seconds,
                send=self._send,
            )
            return requests(client)
        except SecretUnavailableError as problem:
            return Unknown(f"secret {problem}", unavailable=True)
        except stripe.StripeError as problem:
            if is_about_account(problem):
                self._secret.drop()
            return unknown_after(problem)
        except UnreadableIntentError as problem:
            return Unknown(str(problem), without_word=True)
        except UNREADABLE as problem:
            return Unknown(f"unreadable:{type(problem).__name__}", later=True)


def _name_by(key: str) -> str:
    mode = next((mode for prefix, mode in _MODES.items() if key.startswith(prefix)), None)
    return _KIND if mode is None else f"{_KIND}:{mode}"
