"""Stripe's lists by its official SDK: what was captured, only opened, or refunded.

Listed by the time at which an intent was made, which is when its attempt was opened: the capture
follows within ``charge_within``. Its charge's own time would take a permission on charges, too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import stripe

from checkout_runtime.adapters.answered_values import refunded_of
from checkout_runtime.adapters.http_charge_listing import exchange_page
from checkout_runtime.adapters.http_exchange import HttpAnswer, usable_url
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailableError
from checkout_runtime.adapters.stripe_amounts import from_stripe
from checkout_runtime.adapters.stripe_client import UNREADABLE, quieten_sdk, stripe_client
from checkout_runtime.adapters.stripe_intent import UNCONFIRMED, Intent, capture_of
from checkout_runtime.adapters.stripe_refusals import error_code, is_about_account
from checkout_runtime.application.audit_ports import ChargesNotListedError
from checkout_runtime.domain.charge_audit import ListedCharge, ListedOpening, Window
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.refund_audit import ListedRefund

__all__ = ["StripeChargeListing"]

INTENTS_A_PAGE = 100
"""The most that Stripe gives at once (https://docs.stripe.com/api/payment_intents/list)."""

T = TypeVar("T")


class StripeChargeListing:
    """Lists PaymentIntents and refunds; asks for nothing else and changes nothing."""

    def __init__(
        self,
        *,
        secret: CachedSecret,
        api_url: str,
        timeout_seconds: float,
        send: Callable[..., HttpAnswer] = exchange_page,
    ) -> None:
        """Take what is needed to ask Stripe.

        :param secret: The secret or restricted API key; it has to be able to read PaymentIntents,
            and Refunds where those are listed.
        :param api_url: ``https://api.stripe.com``, or the address of a test server.
        :param timeout_seconds: Total deadline of each page.
        :param send: Carries one request out.

        Raises:
            UnusableUrlError: no request can be sent to ``api_url``.
        """
        quieten_sdk()
        self._secret = secret
        self._api_url = usable_url(api_url)
        self._timeout_seconds = timeout_seconds
        self._send = send

    def pages(self, window: Window) -> Iterator[Sequence[ListedCharge]]:
        """Yield every captured intent that was made in the window, page by page.

        Raises:
            ChargesNotListedError: Stripe refuses, does not answer, or says what cannot be read.
        """
        for captured in self._listed(window, "succeeded", _charge):
            yield [each for each in captured if each.captured_at in window]

    def openings(self, window: Window) -> Iterator[Sequence[ListedOpening]]:
        """Yield every intent of a checkout that was made in the window and never confirmed.

        Raises:
            ChargesNotListedError: as above.
        """
        for opened in self._listed(window, UNCONFIRMED, _opening):
            yield [each for each in opened if is_order_id(each.order_id)]

    def refund_pages(self, window: Window) -> Iterator[Sequence[ListedRefund]]:
        """Yield every refund that was made in the window and succeeded, page by page.

        Raises:
            ChargesNotListedError: as above.
        """
        expand = ["data.payment_intent"]
        for made in self._listed(window, "succeeded", _refund, "refunds", expand=expand):
            yield [each for each in made if each.refunded_at in window]

    def _listed(
        self,
        window: Window,
        status: str,
        read: Callable[[Any], T],
        of: str = "payment_intents",
        **options: Any,
    ) -> Iterator[Sequence[T]]:
        # Stripe's times are whole seconds.
        made = {"gte": window.begin // 1000, "lt": -(-window.end // 1000)}
        asked: dict[str, Any] = {"created": made, "limit": INTENTS_A_PAGE, **options}
        while True:
            page = self._page(of, asked)
            try:
                listed, more = list(page["data"]), page["has_more"]
                if not isinstance(more, bool):
                    raise ChargesNotListedError("unreadable: has_more is neither true nor false")
                yield [read(each) for each in listed if each["status"] == status]
                if not more:
                    return
                asked = {**asked, "starting_after": listed[-1]["id"]}
            except UNREADABLE as problem:
                raise ChargesNotListedError(f"unreadable: {type(problem).__name__}") from problem

    def _page(self, of: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            client = stripe_client(
                self._secret.value(),
                api_url=self._api_url,
                timeout_seconds=self._timeout_seconds,
                send=self._send,
            )
            listed: Any = getattr(client.v1, of).list(dict(asked))
            page: Mapping[str, Any] = listed.to_dict()
        except SecretUnavailableError as problem:
            raise ChargesNotListedError(f"secret {problem}") from problem
        except stripe.APIConnectionError as problem:
            raise ChargesNotListedError(problem.user_message or "no answer") from problem
        except stripe.StripeError as problem:
            if is_about_account(problem):
                self._secret.drop()
            raise ChargesNotListedError(error_code(problem)) from problem
        except UNREADABLE as problem:
            raise ChargesNotListedError(f"unreadable: {type(problem).__name__}") from problem
        return page


def _charge(intent: Intent) -> ListedCharge:
    made = int(intent["created"]) * 1000
    order_id = _order_id(intent)
    if not is_order_id(order_id):
        # Somebody else's on the same account: counted, and its amount is not looked at.
        return ListedCharge(str(intent["id"]), None, 0, "", made)
    captured = capture_of(intent)
    if not isinstance(captured, Captured):
        raise ChargesNotListedError(f"unreadable: {captured.reason}")
    key = f"{order_id}:{intent['metadata'].get('attempt')}"
    return ListedCharge(captured.charge_id, key, captured.amount, captured.currency, made)


def _refund(made: Mapping[str, Any]) -> ListedRefund:
    """Return a refund; whose charge it is says the intent, which the list was asked to hold."""
    refund_id = (made.get("metadata") or {}).get("refund_id")
    intent = made.get("payment_intent")
    named = intent.get("metadata") if isinstance(intent, Mapping) else None
    charge_key = None if not named else f"{named.get('order_id')}:{named.get('attempt')}"
    said = refunded_of(made["id"], made.get("amount"), made.get("currency"))
    amount = None if said is None else from_stripe(said.amount, said.currency)
    if said is None or amount is None:
        raise ChargesNotListedError("unreadable: a refund without its amount")
    return ListedRefund(
        said.reference,
        None if refund_id is None else f"{refund_id}:1",
        str(made.get("charge")),
        charge_key,
        amount,
        said.currency,
        int(made["created"]) * 1000,
    )


def _opening(intent: Intent) -> ListedOpening:
    return ListedOpening(str(intent["id"]), _order_id(intent))


def _order_id(intent: Intent) -> str:
    return str((intent.get("metadata") or {}).get("order_id", ""))
