"""Adapters that each break one promise of a payment service."""

from __future__ import annotations

import threading
from typing import Any

from checkout_runtime.domain.record import replace
from checkout_runtime.payment_service import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    NotRefunded,
    Order,
    Processing,
    Refund,
    Refunded,
    Unknown,
)
from tests.checkout_runtime.conformance.in_memory_payment_service import SECRET, Good


class FreshKeys(Good):
    """Sends another key with each request."""

    count = 0

    def charge(self, order: Order) -> Any:
        with self.books.lock:
            FreshKeys.count += 1
            number = FreshKeys.count
        return self.books.pay(
            f"{order.payment_key}-{number}", order.amount, order.currency, order.payment_method
        )

    def look_up(self, payment_key: str) -> Any:
        under = [each for each in self.books.answers if each.startswith(f"{payment_key}-")]
        return self.books.find(under[0]) if under else super().look_up(payment_key)

    def cancel(self, payment_key: str) -> Any:
        answer = self.look_up(payment_key)
        return answer if isinstance(answer, Captured) else Cancelled()


class OneKey(Good):
    """Sends the buyer as the key: two orders are one charge."""

    def key(self, order: Order) -> str:
        return order.customer


class SilenceIsNo(Good):
    """Takes silence for a decline."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        return Declined("no_answer") if isinstance(answer, Unknown) else answer


class SilenceIsNotFound(Good):
    """Takes a look-up without an answer for 'not found'."""

    def look_up(self, payment_key: str) -> Any:
        answer = super().look_up(payment_key)
        silent = isinstance(answer, Unknown) and not answer.without_word
        return NotFound() if silent else answer


class DeclineIsError(Good):
    """Raises where the payment service declines."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Declined):
            raise ValueError(answer.code)
        return answer


class ActionIsDecline(Good):
    """Takes 3-D Secure for a no."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        return Declined("3ds") if isinstance(answer, ActionRequired) else answer


class UnsafePage(Good):
    """Sends the buyer to a page without TLS."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        page = ActionRequired("http://bank.example/3ds")
        return page if isinstance(answer, ActionRequired) else answer


class MajorUnits(Good):
    """Rounds to whole units."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Captured):
            return Captured(answer.charge_id, answer.amount // 100 * 100, answer.currency)
        return answer


class CurrencySymbol(Good):
    """Names the currency as its payment service's page shows it."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Captured):
            return Captured(answer.charge_id, answer.amount, "€")
        return answer


class EchoesTheOrder(Good):
    """Says of an old key what was asked for, not what was charged."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Captured):
            return Captured(answer.charge_id, order.amount, order.currency)
        return answer


class LookUpCharges(Good):
    """Looks up by sending the charge again."""

    def look_up(self, payment_key: str) -> Any:
        if isinstance(found := super().look_up(payment_key), Captured):
            self.books.captures.append(payment_key)
        return found


class FindsAnything(Good):
    """Says that it knows every key."""

    def look_up(self, payment_key: str) -> Any:
        found = super().look_up(payment_key)
        return Declined("unknown") if isinstance(found, NotFound) else found


class SharedState(Good):
    """Keeps the request in the adapter, where the next thread finds it."""

    def charge(self, order: Order) -> Any:
        self.order = order
        threading.Event().wait(0.05)
        return super().charge(self.order)


class ShowsSecret(Good):
    """Shows the secret in its repr."""

    def __repr__(self) -> str:
        return f"Adapter({SECRET})"


class WaitsForEver(Good):
    """Has no deadline of its own."""

    def charge(self, order: Order) -> Any:
        if self.books.trouble == "holds":
            self.books.go_on.wait(30)
        return super().charge(order)


class CancelsNothing(Good):
    """Says that it cancelled, and did not."""

    def cancel(self, payment_key: str) -> Any:
        answer = super().cancel(payment_key)
        return Cancelled() if isinstance(answer, Captured) else answer


class BadRequestIsNotCharged(Good):
    """Takes a bare 400 for a request that was refused."""

    def wordless(self, asked: str, status: int) -> Any:
        refused = asked == "charge" and status == 400
        return NotCharged("http_400") if refused else super().wordless(asked, status)


class PaymentRequiredIsDecline(Good):
    """Takes a bare 402 for a decline."""

    def wordless(self, asked: str, status: int) -> Any:
        refused = asked == "charge" and status == 402
        return Declined("http_402") if refused else super().wordless(asked, status)


class MissingPageIsNotFound(Good):
    """Takes a bare 404 to a look-up for 'not found'."""

    def wordless(self, asked: str, status: int) -> Any:
        missing = asked == "look_up" and status == 404
        return NotFound() if missing else super().wordless(asked, status)


class MissingPageIsCancelled(Good):
    """Takes a bare 404 to a cancellation for 'cancelled'."""

    def wordless(self, asked: str, status: int) -> Any:
        missing = asked == "cancel" and status == 404
        return Cancelled() if missing else super().wordless(asked, status)


class FreshKeyAfterError(Good):
    """Sends another key once the service has failed under one."""

    def key(self, order: Order) -> str:
        retried = order.payment_key in self.books.failed
        return f"{order.payment_key}-again" if retried else order.payment_key

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if self.books.trouble == "fails after charge":
            self.books.failed.add(order.payment_key)
        return answer


class ErrorIsNotFound(Good):
    """Finds nothing under a key under which the service has failed."""

    def charge(self, order: Order) -> Any:
        if self.books.trouble == "fails after charge":
            self.books.failed.add(order.payment_key)
        return super().charge(order)

    def look_up(self, payment_key: str) -> Any:
        failed = payment_key in self.books.failed
        return NotFound() if failed else super().look_up(payment_key)


class ProcessingIsUnknown(Good):
    """Says nothing of a payment that settles later."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        return Unknown("processing") if isinstance(answer, Processing) else answer


class ProcessingIsNotFound(Good):
    """Finds no payment until it has settled."""

    def look_up(self, payment_key: str) -> Any:
        found = super().look_up(payment_key)
        return NotFound() if isinstance(found, Processing) else found


class ProcessingChargesAgain(Good):
    """Charges at each request for a payment that settles later."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Processing):
            self.books.captures.append(order.payment_key)
        return answer


class RefundsUnderFreshKeys(Good):
    """Sends another key with each request for a refund."""

    count = 0

    def refund(self, refund: Refund) -> Any:
        RefundsUnderFreshKeys.count += 1
        key = f"{refund.payment_key}-{self.count}"
        return self.books.give_back(key, refund.charge_id, refund.amount, refund.currency)


class RefundsByAmount(Good):
    """Makes the key of charge and amount: two equal refunds are one."""

    def refund_key(self, refund: Refund) -> str:
        return f"{refund.charge_id}:{refund.amount}"


class LostRefundIsNo(Good):
    """Takes silence about a refund for a no."""

    def refund(self, refund: Refund) -> Any:
        answer = super().refund(refund)
        return NotRefunded("no_answer") if isinstance(answer, Unknown) else answer


class LostRefundIsNotFound(Good):
    """Looks refunds up under another key than they are made under."""

    def look_up_refund(self, refund: Refund) -> Any:
        return self.books.find_refund(refund.refund_id)


class RefundsAnything(Good):
    """Says that it refunded whatever it was asked for."""

    def refund(self, refund: Refund) -> Any:
        answer = super().refund(refund)
        if isinstance(answer, NotRefunded):
            return Refunded("re_none", refund.amount, refund.currency)
        return answer


class HoldIsCharge(Good):
    """Takes a hold for a capture."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        if isinstance(answer, Authorized):
            return Captured(answer.charge_id, answer.amount, answer.currency)
        return answer


class HoldsInThePast(Good):
    """Says when a hold was made, not when it lapses."""

    def charge(self, order: Order) -> Any:
        answer = super().charge(order)
        return replace(answer, capture_before=1) if isinstance(answer, Authorized) else answer


class CapturesAll(Good):
    """Captures the whole hold, and says what was asked for."""

    def capture(self, order: Order, amount: int) -> Any:
        answer = super().capture(order, order.amount)
        return replace(answer, amount=amount) if isinstance(answer, Captured) else answer


class CapturesAgain(Good):
    """Captures at each request."""

    def capture(self, order: Order, amount: int) -> Any:
        was_captured = order.payment_key in self.books.captures
        answer = super().capture(order, amount)
        if was_captured and isinstance(answer, Captured):
            self.books.captures.append(order.payment_key)
        return answer


class LostCaptureIsNo(Good):
    """Takes silence about a capture for a no."""

    def capture(self, order: Order, amount: int) -> Any:
        answer = super().capture(order, amount)
        silent = isinstance(answer, Unknown) and not answer.without_word
        return NotCharged("no_answer") if silent else answer


class LostHoldIsNotFound(Good):
    """Finds nothing of money that is held."""

    def look_up(self, payment_key: str) -> Any:
        found = super().look_up(payment_key)
        return NotFound() if isinstance(found, Authorized) else found


class GoneIsUnknown(Good):
    """Has no word for a hold that is gone."""

    def capture(self, order: Order, amount: int) -> Any:
        answer = super().capture(order, amount)
        return Unknown("gone") if isinstance(answer, Declined) else answer


class GoneIsCaptured(Good):
    """Says that it captured a hold that is gone."""

    def capture(self, order: Order, amount: int) -> Any:
        answer = super().capture(order, amount)
        return Captured("ch_0", amount, order.currency) if isinstance(answer, Declined) else answer


class VoidsWhatIsCaptured(Good):
    """Says that it voided a hold, and did not."""

    def cancel(self, payment_key: str) -> Any:
        answer = super().cancel(payment_key)
        return Cancelled() if self.captures_later else answer


class MissingPageIsGone(Good):
    """Takes a bare 404 to a capture for a hold that is gone."""

    def wordless(self, asked: str, status: int) -> Any:
        gone = asked == "capture" and status == 404
        return Declined("http_404") if gone else super().wordless(asked, status)
