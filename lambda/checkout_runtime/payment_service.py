"""What a payment service of your own is to the checkout: a protocol, and its answers as values.

Write a class with :class:`PaymentService`'s two methods and a function that makes one, and name the
function in the construct: ``PaymentService.custom(factory="acme_payments:make_payment_service")``.
Hold it to its promises with ``checkout_runtime.conformance``.

Three rules decide whether a buyer can be charged twice:

1. A verdict is what the payment service said in its own words, never what you conclude from a
   status code. Gateways, load balancers and firewalls answer 402, 403, 404 and 499 too, while the
   money moves behind them. Silence, a page of HTML, a broken answer, a 5xx and a time-out are
   :class:`Unknown`: money may have moved. What a bare status means (a 404, a 409 without a word
   of the service) :func:`bare_answer` says.
2. One call is one try. Do not repeat a charge inside ``charge``; the checkout repeats it, under the
   same key, for as long as ``key_retention`` permits.
3. A call ends with its method. Start nothing that goes on afterwards: Lambda freezes the process
   and may thaw it hours later.

An exception, of whatever kind, an answer that is none of these values, and a call that takes longer
than the construct's ``timeout`` are read as :class:`Unknown`.

For a service behind HTTP there is :func:`exchange`: one request under one total deadline, without
redirects or retries. Time-outs of most clients are per read, and never end a slow answer. A URL to
which nothing can be sent is an :class:`UnusableUrlError`, which is a :class:`NoAnswerError`.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from checkout_runtime.adapters.bare_answers import bare_answer
from checkout_runtime.adapters.http_exchange import (
    HttpAnswer,
    NoAnswerError,
    UnusableUrlError,
    exchange,
)
from checkout_runtime.adapters.payment_module import PaymentServiceSetup, Secret
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.refund import Refund
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundAnswer,
    Refunded,
    RefundPending,
)

__all__ = [
    "ActionRequired",
    "Authorized",
    "CancellablePaymentService",
    "Cancelled",
    "Captured",
    "Charges",
    "Declined",
    "HoldingPaymentService",
    "HttpAnswer",
    "NoAnswer",
    "NoAnswerError",
    "NotCharged",
    "NotFound",
    "NotRefunded",
    "Order",
    "Outcome",
    "PaymentService",
    "PaymentServiceSetup",
    "Processing",
    "Refund",
    "RefundAnswer",
    "RefundPending",
    "Refunded",
    "RefundingPaymentService",
    "Secret",
    "Unknown",
    "UnusableUrlError",
    "WebhookVerifier",
    "bare_answer",
    "exchange",
]


NoAnswer = NoAnswerError
"""The earlier name of :class:`NoAnswerError`, for modules that catch it by that name."""


class Charges(Protocol):
    """The least that a payment service does; declare ``can_look_up=False`` for one like it."""

    def charge(self, order: Order) -> Outcome:
        """Request the current attempt of the order once, under ``order.payment_key``.

        Called from up to ten threads at a time. Send ``order.payment_key`` as the idempotency key:
        it is the same for every request of one attempt, and another one for the next attempt.
        ``order.amount`` is in minor units of ``order.currency``; ``order.payment_method`` is the
        payment service's own token.

        Returns:
            ``Captured(charge_id, amount, currency)``: money was taken, so much **as the answer
            says**; never echo the order, as the comparison is what finds a wrong amount. The
            amount is in minor units, 1 to 10**15; the currency an ISO 4217 code in any case.
            ``Declined(code)``: a known no to this payment method. The buyer may try another one.
            ``ActionRequired(action_url)``: the buyer has to act, for example confirm by 3-D Secure,
            at this ``https`` URL. An answer, not an error: the buyer is shown it, and the attempt
            is looked up, or requested again under its key, after they acted. Without an ``https``
            URL it is read as ``Unknown``.
            ``Processing()``: the payment was accepted and its money moves in hours or days (SEPA,
            ACH). The attempt is then only ever looked up, never requested again. Not for a request
            that the service is still busy with: that is ``Unknown``.
            ``NotCharged(code)``: the service says that it refused this request as a request (a
            malformed field) and that nothing was even tried. Counts only as the answer to an
            attempt's first request, as it says nothing of those before it; else it is read as
            ``Unknown``. Never for "you have asked this before", "too many requests" or "who are
            you".
            ``Unknown(reason, unavailable=..., without_word=..., later=...)``: everything else.
            ``unavailable=True`` where the service itself seems down: after several, fewer orders
            are tried. ``without_word=True`` where the answer was a definite status with no word
            of the service in it. Waiting does not mend that: it alarms at once, and the attempt is
            cancelled where that can be done. ``later=True`` where a status asks for patience (409,
            423): the same follows once such answers have lasted for a quarter of an hour.
            ``bare_answer(status, reason)`` sets all three by an HTTP status. ``reason`` is logged;
            put no data of a buyer or card into it.
        """
        ...


class PaymentService(Charges, Protocol):
    """A payment service that can also be asked what became of a payment key."""

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask what became of **all** requests under this key. It must charge nothing.

        Returns:
            ``Captured``, ``Declined``, ``ActionRequired``, ``Processing``: the payment's state
            now. A payment that was cancelled is ``Declined("cancelled")``.
            ``NotFound()``: the service says that there was no request so far. It permits nothing by
            itself, as one may still be on its way. Never for a page that is missing for another
            reason, a search that lags behind, or an account that is the wrong one.
            ``Unknown(reason)``: everything else, a request that the service is still busy with
            included. ``without_word=True`` as for ``charge``.
        """
        ...


class CancellablePaymentService(PaymentService, Protocol):
    """One that can also be told to cancel an attempt; declare ``can_cancel=True``."""

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        """Cancel the attempt under this key.

        Asked where a buyer did not act in time, where requests were refused without a word, and
        before the next attempt of an order is charged.

        Returns:
            ``Cancelled()``: nothing was and nothing ever will be captured under this key.
            ``Captured``, ``Declined``: too late; this is what happened.
            ``Processing()``: it can no longer be cancelled, and is not decided yet.
            ``NotFound()``: the service says that it knows no such attempt. It promises nothing: a
            request may still be on its way.
            ``Unknown(reason)``: everything else. ``without_word=True`` as for ``charge``.
        """
        ...


class HoldingPaymentService(CancellablePaymentService, Protocol):
    """One that can hold the money first; declare ``capture="later"``.

    ``setup.captures_later`` tells whether ``charge`` has to ask for a hold. It then answers
    ``Authorized(charge_id, amount, currency, capture_before)`` where it would have answered
    ``Captured``: so much is held **as the answer says**, under the service's own id, until
    ``capture_before`` (ms UTC). ``look_up`` answers it too, while the hold stands; a hold that was
    voided or lapsed is ``Declined("cancelled")``. ``cancel`` voids a hold.
    """

    def capture(self, order: Order, amount: int) -> Captured | Declined | NotCharged | Unknown:
        """Request so much of the order's hold once, under ``order.capture_key``.

        Send the key as the idempotency key: it is the same for every request of one capture.
        ``order.charge_id`` is the hold's id as ``Authorized`` named it; ``amount`` is in minor
        units of ``order.currency``, and may be a part. The rest is released.

        Returns:
            ``Captured(charge_id, amount, currency)``: so much was taken **as the answer says**.
            Also where an earlier request did it: a hold is captured once.
            ``Declined(code)``: the hold is gone, voided or lapsed. Nothing can be captured.
            ``NotCharged(code)``: the service refused this request, and nothing was captured by it.
            ``Unknown(reason, ...)``: everything else, as for ``charge``.
        """
        ...


class RefundingPaymentService(Charges, Protocol):
    """One that can give money back; declare ``can_refund=True``.

    The rules for charges hold: one call is one try, a verdict is what the service said in its own
    words, and everything else is ``Unknown``.
    """

    def refund(self, refund: Refund) -> RefundAnswer:
        """Request the refund once, under ``refund.payment_key``.

        Send the key as the idempotency key: it is the same for every request of one refund.
        ``refund.charge_id`` is the charge that ``Captured`` named; ``refund.amount`` is in minor
        units of ``refund.currency``, and may be a part of it.

        Returns:
            ``Refunded(reference, amount, currency)``: so much went back **as the answer says**,
            under the service's own id.
            ``RefundPending(reference)``: accepted, and decided in hours or days. It is then only
            ever looked up.
            ``NotRefunded(code)``: a known no, for good. ``already_refunded=True`` where the reason
            is that the whole charge had been refunded before.
            ``Unknown(reason, ...)``: everything else, as for ``charge``.
        """
        ...

    def look_up_refund(self, refund: Refund) -> RefundAnswer | NotFound:
        """Ask what became of **all** requests under ``refund.payment_key``. It refunds nothing.

        Called only with ``can_look_up=True``, which then promises both look-ups.

        Returns:
            As ``refund``, and ``NotFound()``: the service says that there was no request so far.
            It permits nothing by itself, as one may still be on its way.
        """
        ...


class WebhookVerifier(Protocol):
    """What a payment service also has whose webhooks are signed in a way of its own."""

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> str | Sequence[str] | None:
        """Say whether a webhook is the payment service's, and which attempts it names.

        Called only where ``PaymentWebhook`` is given no secret. Verify the signature over ``body``,
        the bytes as they were sent, before you read any of it; compare by ``hmac.compare_digest``;
        refuse what was signed more than five minutes ago.

        Args:
            headers: Of the request; their names are in lower case.
            body: At most 256 KiB.

        Returns:
            The payment key that it names (``order.payment_key``, under which the attempt was
            charged), or a list of keys; an empty list where it is about something else. ``None``
            where it is not the payment service's: it is refused with status 400. The attempt is
            then looked up, as nothing else that a webhook says is believed. An exception, any other
            answer and a call that takes longer than ``timeout`` are answered with a 500, so that it
            is sent again.
        """
        ...
