"""Stripe's list of PaymentIntents by its official SDK: what was captured, and what was only opened.

Listed by the time at which an intent was made, which is when its attempt was opened: the capture
follows within ``charge_within``. Its charge's own time would take a permission on charges, too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import stripe

from checkout_runtime.adapters.http_charge_listing import exchange_page
from checkout_runtime.adapters.http_exchange import HttpAnswer, usable_url
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailableError
from checkout_runtime.adapters.stripe_client import UNREADABLE, quieten_sdk, stripe_client
from checkout_runtime.adapters.stripe_intent import UNCONFIRMED, Intent, capture_of
from checkout_runtime.adapters.stripe_refusals import error_code, is_about_account
from checkout_runtime.application.audit_ports import ChargesNotListedError
from checkout_runtime.domain.charge_audit import ListedCharge, ListedOpening, Window
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.outcomes import Captured

__all__ = ["StripeChargeListing"]

INTENTS_A_PAGE = 100
"""The most that Stripe gives at once (https://docs.stripe.com/api/payment_intents/list)."""

T = TypeVar("T")


class StripeChargeListing:
    """Lists PaymentIntents; asks for nothing else and changes nothing."""

    def __init__(
        self,
        *,
        secret: CachedSecret,
        api_url: str,
        timeout_seconds: float,
        send: Callable[..., HttpAnswer] = exchange_page,
    ) -> None:
        """Take what is needed to ask Stripe.

        :param secret: The secret or restricted API key; it has to be able to read PaymentIntents.
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

    def _listed(
        self, window: Window, status: str, read: Callable[[Intent], T]
    ) -> Iterator[Sequence[T]]:
        # Stripe's times are whole seconds.
        made = {"gte": window.begin // 1000, "lt": -(-window.end // 1000)}
        asked: dict[str, Any] = {"created": made, "limit": INTENTS_A_PAGE}
        while True:
            page = self._page(asked)
            try:
                intents, more = list(page["data"]), page["has_more"]
                if not isinstance(more, bool):
                    raise ChargesNotListedError("unreadable: has_more is neither true nor false")
                yield [read(each) for each in intents if each["status"] == status]
                if not more:
                    return
                asked = {**asked, "starting_after": intents[-1]["id"]}
            except UNREADABLE as problem:
                raise ChargesNotListedError(f"unreadable: {type(problem).__name__}") from problem

    def _page(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            client = stripe_client(
                self._secret.value(),
                api_url=self._api_url,
                timeout_seconds=self._timeout_seconds,
                send=self._send,
            )
            listed: Any = client.v1.payment_intents.list(dict(asked))  # type: ignore[arg-type]
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


def _opening(intent: Intent) -> ListedOpening:
    return ListedOpening(str(intent["id"]), _order_id(intent))


def _order_id(intent: Intent) -> str:
    return str((intent.get("metadata") or {}).get("order_id", ""))
