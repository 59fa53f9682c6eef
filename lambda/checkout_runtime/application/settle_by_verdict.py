"""An operator's verdict on an order that no machine could decide.

What the payment service can say comes first: a verdict that it contradicts is refused. Nothing is
charged here, and what is captured is never dropped.
"""

from __future__ import annotations

import logging

from checkout_runtime.application.judge_verdict import JudgeVerdict
from checkout_runtime.application.known_attempts import KnownAttempts
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed, Verdict
from checkout_runtime.application.ports import Clock, PaymentService
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import Record

__all__ = ["Seen", "SettleByVerdict", "Settled"]

_log = logging.getLogger(__name__)


class Seen(Record):
    """The order as the operator saw it; the verdict counts for that order alone."""

    status: str
    attempt: int
    claim_epoch: int
    strays: tuple[str, ...]

    @classmethod
    def of(cls, order: Order) -> Seen:
        """Return what a verdict depends on."""
        strays = tuple(sorted(order.stray_charges))
        return cls(order.status.value, order.attempt, order.claim_epoch, strays)


class Settled(Record):
    """What came of a verdict."""

    order_id: str
    done: str
    """``settled``, ``would settle`` or ``refused``."""
    status: str | None
    detail: str
    seen: Seen | None = None


class SettleByVerdict(Record):
    """Settles single orders of one deployed checkout."""

    orders: Orders
    payment_service: PaymentService
    clock: Clock
    policy: ChargePolicy
    opens_attempts: bool = False
    """Whether the payment service charges nothing but what was opened before, under an id that the
    order then has."""

    def __call__(
        self, order_id: str, verdict: Verdict, *, seen: Seen | None, dry_run: bool
    ) -> Settled:
        """Carry a verdict out, or with ``dry_run`` say what would become of it.

        The real run is given what the dry run showed as ``seen``, and is refused where the order
        has changed since then.
        """
        self.payment_service.prepare()
        order = self.orders.get(order_id)
        if order is None:
            return Settled(order_id, "refused", None, "no such order")
        shown = Seen.of(order)

        def answer(done: str, detail: str) -> Settled:
            return Settled(order_id, done, order.status.value, detail, shown)

        if not dry_run and seen != shown:
            return answer("refused", "the order has changed since it was shown; look at it again")
        judge = JudgeVerdict(
            self.payment_service,
            self.policy,
            self.clock.now(),
            order,
            KnownAttempts(self.payment_service, self.policy)(order),
            opens_attempts=self.opens_attempts,
            dry_run=dry_run,
            remarks=[],
        )
        judgement = judge(verdict)
        if judgement.why_not is not None:
            return answer("refused", judgement.why_not)
        remarks = "; ".join(judgement.remarks)
        if dry_run:
            detail = remarks or "nothing speaks against it"
            return answer("would settle", f"{verdict.kind.value}: {detail}")
        result = self.orders.settle_by_verdict(
            order, verdict, self.clock.now(), proofs=judgement.proofs
        )
        if not isinstance(result, Changed):
            return answer("refused", "the order changed meanwhile; look at it again")
        event = "order_settled_by_verdict"
        extra = {"verdict": verdict.kind.value, "charge_id": verdict.charge_id, "remarks": remarks}
        _log.warning(event, extra={"event": event, **extra, **result.order.log_fields})
        detail = f"{verdict.kind.value}: {remarks}" if remarks else verdict.kind.value
        return Settled(order_id, "settled", result.order.status.value, detail)
