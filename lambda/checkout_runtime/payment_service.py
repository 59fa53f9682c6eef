"""What a payment service of your own is to the checkout: a protocol, and its answers as values.

Write a class with :class:`PaymentService`'s two methods and a function that makes one, and name the
function in the construct: ``PaymentService.custom(factory="acme_payments:make_payment_service")``.
Hold it to its promises with ``checkout_runtime.conformance``.

Three rules decide whether a buyer can be charged twice:

1. A *no* (:class:`Declined`, :class:`NotCharged`, :class:`NotFound`, :class:`Cancelled`) is what
   the payment service said, never what you conclude. Silence, a broken answer, a 5xx and a time-out
   are :class:`Unknown`: money may have moved.
2. One call is one try. Do not repeat a charge inside ``charge``; the checkout repeats it, under the
   same key, for as long as ``key_retention`` permits.
3. A call ends with its method. Start nothing that goes on afterwards: Lambda freezes the process
   and may thaw it hours later.

An exception, of whatever kind, an answer that is none of these values, and a call that takes longer
than the construct's ``timeout`` are read as :class:`Unknown`.

For a service behind HTTP there is :func:`exchange`: one request under one total deadline, without
redirects or retries. Time-outs of most clients are per read, and never end a slow answer.
"""

from typing import Protocol

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswer, exchange
from checkout_runtime.adapters.payment_module import PaymentServiceSetup, Secret
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)

__all__ = [
    "ActionRequired",
    "CancellablePaymentService",
    "Cancelled",
    "Captured",
    "Charges",
    "Declined",
    "HttpAnswer",
    "NoAnswer",
    "NotCharged",
    "NotFound",
    "Order",
    "Outcome",
    "PaymentService",
    "PaymentServiceSetup",
    "Secret",
    "Unknown",
    "exchange",
]


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
            currency in upper case.
            ``Declined(code)``: a known no to this payment method. The buyer may try another one.
            ``ActionRequired(action_url)``: the buyer has to act, for example confirm by 3-D Secure,
            at this ``https`` URL. An answer, not an error: the buyer is shown it, and the attempt
            is looked up, or requested again under its key, after they acted.
            ``NotCharged(code)``: this request was refused as a request (a malformed field) and
            nothing was even tried. Counts only as the answer to an attempt's first request, as it
            says nothing of those before it; else it is read as ``Unknown``. Never for "you have
            asked this before", "too many requests" or "who are you".
            ``Unknown(reason, unavailable=...)``: everything else. ``unavailable=True`` where the
            service itself seems down: after several, fewer orders are tried. ``reason`` is logged;
            put no data of a buyer or card into it.
        """
        ...


class PaymentService(Charges, Protocol):
    """A payment service that can also be asked what became of a payment key."""

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask what became of **all** requests under this key. It must charge nothing.

        Returns:
            ``Captured``, ``Declined``, ``ActionRequired``: how the payment stands now.
            ``NotFound()``: the service says that there was no request so far. It permits nothing by
            itself, as one may still be on its way. Never for a page that is missing for another
            reason, a search that lags behind, or an account that is the wrong one.
            ``Unknown(reason)``: everything else, a payment that is still being processed included.
        """
        ...


class CancellablePaymentService(PaymentService, Protocol):
    """One that can also be told to give an attempt up; declare ``can_cancel=True``."""

    def cancel(self, payment_key: str) -> Outcome | Cancelled:
        """Give up the attempt under this key, because its buyer did not act in time.

        Returns:
            ``Cancelled()``: nothing was and nothing ever will be captured under this key.
            ``Captured``, ``Declined``: too late; this is what happened.
            ``Unknown(reason)``: everything else.
        """
        ...
