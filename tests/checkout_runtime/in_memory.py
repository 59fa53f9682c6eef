"""The application's ports without AWS: they obey the same contract as the adapters do.

``adapters/test_orders_contract.py`` holds the orders here and those on DynamoDB to one another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from checkout_runtime.application.ports import (
    CaptureRecord,
    CartTaken,
    Changed,
    IndexKey,
    NotChanged,
    Page,
)
from checkout_runtime.domain.identity import unsettled_shard
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.transitions import (
    CAPTURE,
    CLAIM,
    CLAIM_TO_LOOK_UP,
    DECLINE,
    NEW_ATTEMPT,
    RECORD_UNKNOWN,
    RELEASE,
    REQUIRE_ACTION,
    RESUME,
    REVIEW,
    Transition,
)


class InMemoryOrders:
    """Orders, their outcomes, and the index of those not settled."""

    def __init__(self, shards: int = 1) -> None:
        self.shards = shards
        self.by_id: dict[str, Order] = {}
        self.in_review: set[str] = set()
        self.carts: dict[str, str] = {}
        self.writes: list[str] = []
        self._bookmark: dict[int, IndexKey | None] = {}

    # Orders

    def accept(self, order: Order, cart: str | None = None) -> Order | CartTaken | None:
        existing = self.by_id.get(order.order_id)
        if existing is None and cart is not None:
            holder = self.carts.setdefault(cart, order.order_id)
            if holder != order.order_id:
                return CartTaken(holder)
        if existing is None:
            self.writes.append("accept")
            self.by_id[order.order_id] = order
        return existing

    def get(self, order_id: str) -> Order | None:
        return self.by_id.get(order_id)

    def start_attempt(
        self,
        order_id: str,
        principal: str,
        *,
        replaces: int,
        payment_method: str,
        max_attempts: int,
        now: int,
    ) -> Changed | NotChanged:
        return self._take(
            order_id,
            NEW_ATTEMPT,
            lambda order: (
                order.principal == principal
                and order.attempt == replaces < max_attempts
                and not order.stray_charges
            ),
            lambda order: replace(
                order,
                attempt=order.attempt + 1,
                payment_method=payment_method,
                attempt_claims=0,
                resend=0,
                unsettled_since=now,
                decline_code=None,
                first_claimed_at=None,
                resent_at=None,
                claim_id=None,
                action_url=None,
                action_deadline=None,
                payment_reference=None,
            ),
        )

    def resume(self, order_id: str, principal: str, attempt: int, now: int) -> Changed | NotChanged:
        return self._take(
            order_id,
            RESUME,
            lambda order: (
                order.principal == principal
                and order.attempt == attempt
                and not order.stray_charges
            ),
            lambda order: replace(order, resend=order.resend + 1, resent_at=now, action_url=None),
        )

    def release(self, order_id: str, now: int) -> Changed | NotChanged:
        result = self._take(
            order_id,
            RELEASE,
            lambda order: not order.stray_charges,
            lambda order: replace(
                order, resend=order.resend + 1, resent_at=now, review_reason=None
            ),
        )
        if isinstance(result, Changed):
            self.in_review.discard(order_id)
        return result

    def claim(
        self,
        order_id: str,
        attempt: int,
        *,
        claim_id: str,
        now: int,
        lease_expires_at: int,
        first_received_at: int | None = None,
        to_look_up: bool = False,
        only_opened: bool = False,
        opened_as: str | None = None,
    ) -> Changed | NotChanged:
        counted = 0 if to_look_up else 1
        first = None if to_look_up else min(now, first_received_at or now)
        beyond_any_lease = 2 * lease_expires_at - now

        def is_free(order: Order) -> bool:
            opened = order.payment_reference is not None or not only_opened
            return order.attempt == attempt and not order.stray_charges and opened

        result = self._take(
            order_id,
            CLAIM_TO_LOOK_UP if to_look_up else CLAIM,
            is_free,
            lambda order: replace(
                order,
                claim_epoch=order.claim_epoch + 1,
                attempt_claims=order.attempt_claims + counted,
                claim_id=claim_id,
                lease_expires_at=lease_expires_at,
                first_claimed_at=order.first_claimed_at or first,
                payment_reference=order.payment_reference or opened_as,
            ),
            or_leaves=lambda order: (
                order.status is OrderStatus.CHARGING
                and not now < (order.lease_expires_at or 0) <= beyond_any_lease
            ),
        )
        order = result.order
        if order and order.status is OrderStatus.CHARGING and order.claim_id == claim_id:
            return Changed(order)
        return result

    # Outcomes

    def record_capture(self, order: Order, captured: Captured, now: int) -> CaptureRecord:
        def pay(stands: Order) -> Order:
            paid = replace(
                stands,
                charge_id=captured.charge_id,
                lease_expires_at=None,
                claim_id=None,
                action_url=None,
            )
            if stands.stray_charges:
                self.in_review.add(order.order_id)
                return paid
            self.in_review.discard(order.order_id)
            return replace(paid, unsettled_since=None, review_reason=None)

        result = self._take(order.order_id, CAPTURE, lambda o: o.attempt == order.attempt, pay)
        stands = result.order
        if isinstance(result, Changed) or (
            stands is not None
            and (stands.status, stands.charge_id) == (OrderStatus.PAID, captured.charge_id)
        ):
            return CaptureRecord(stray=False)
        self._keep_stray(order, captured, now, "stray_charge")
        return CaptureRecord(stray=True)

    def record_mismatch(self, order: Order, captured: Captured, now: int) -> None:
        self._keep_stray(order, captured, now, "capture_mismatch")

    def record_decline(self, order: Order, code: str, now: int) -> bool:
        return self._under_claim(
            order,
            DECLINE,
            lambda o: replace(o, decline_code=code, unsettled_since=None, lease_expires_at=None),
        )

    def record_unknown(self, order: Order, now: int) -> bool:
        return self._under_claim(order, RECORD_UNKNOWN, lambda o: replace(o, lease_expires_at=None))

    def record_action_required(
        self, order: Order, action_url: str | None, deadline: int, now: int
    ) -> bool:
        return self._under_claim(
            order,
            REQUIRE_ACTION,
            lambda o: replace(
                o,
                action_url=action_url,
                action_deadline=o.action_deadline or deadline,
                lease_expires_at=None,
            ),
        )

    def record_review(self, order: Order, reason: str, now: int) -> bool:
        stored = self._under_claim(
            order, REVIEW, lambda o: replace(o, review_reason=reason, lease_expires_at=None)
        )
        if stored:
            self.in_review.add(order.order_id)
        return stored

    # The index of unsettled orders

    def oldest_open(self, shard: int) -> int | None:
        return min((order.unsettled_since or 0 for order in self._open(shard)), default=None)

    def open_before(self, shard: int, before: int, limit: int, after: IndexKey | None) -> Page:
        start = (after.unsettled_since, after.order_id) if after else (-1, "")
        due = sorted(
            (order.unsettled_since or 0, order.order_id)
            for order in self._open(shard)
            if (order.unsettled_since or 0) <= before
        )
        page = [each for each in due if each > start][:limit]
        more = bool(page) and page[-1] != due[-1]
        return Page(
            [self.by_id[order_id] for _, order_id in page],
            IndexKey(page[-1][1], page[-1][0]) if more else None,
        )

    def count_open(self, shard: int) -> int:
        return len(self._open(shard))

    def count_in_review(self, shard: int) -> int:
        return sum(
            1 for order_id in self.in_review if unsettled_shard(order_id, self.shards) == shard
        )

    def bookmark(self) -> dict[int, IndexKey | None]:
        return dict(self._bookmark)

    def leave_bookmark(self, places: Mapping[int, IndexKey | None]) -> None:
        self._bookmark = dict(places)

    def begin_resend(self, order: Order, now: int) -> Order | None:
        stands = self.by_id.get(order.order_id)
        if stands is None or any(
            getattr(stands, name) != getattr(order, name)
            for name in ("attempt", "status", "claim_epoch")
        ):
            return None
        if (stands.resend, stands.resent_at) == (order.resend + 1, now):
            return stands
        if stands.resend != order.resend:
            return None
        resent = replace(stands, resend=stands.resend + 1, resent_at=now)
        self.by_id[order.order_id] = resent
        return resent

    # What they are made of

    def _open(self, shard: int) -> list[Order]:
        return [
            order
            for order in self.by_id.values()
            if order.unsettled_since is not None
            and order.order_id not in self.in_review
            and unsettled_shard(order.order_id, self.shards) == shard
        ]

    def _take(
        self,
        order_id: str,
        transition: Transition,
        condition: Callable[[Order], bool],
        change: Callable[[Order], Order],
        or_leaves: Callable[[Order], bool] = lambda order: False,
    ) -> Changed | NotChanged:
        order = self.by_id.get(order_id)
        if (
            order is None
            or not condition(order)
            or not (order.status in transition.leaves or or_leaves(order))
        ):
            return NotChanged(order)
        self.writes.append(transition.to.value)
        self.by_id[order_id] = replace(change(order), status=transition.to)
        return Changed(self.by_id[order_id])

    def _under_claim(
        self, order: Order, transition: Transition, change: Callable[[Order], Order]
    ) -> bool:
        def holds(stands: Order) -> bool:
            return (stands.attempt, stands.claim_epoch) == (order.attempt, order.claim_epoch)

        stands = self._take(order.order_id, transition, holds, change).order
        return stands is not None and stands.status is transition.to and holds(stands)

    def _keep_stray(self, order: Order, captured: Captured, now: int, reason: str) -> None:
        stands = self.by_id.get(order.order_id)
        if stands is None:
            return
        proof = f"{order.attempt}:{captured.charge_id}:{captured.amount}:{captured.currency}"
        paid = stands.status is OrderStatus.PAID
        self.in_review.add(order.order_id)
        self.by_id[order.order_id] = replace(
            stands,
            status=OrderStatus.PAID if paid else OrderStatus.NEEDS_REVIEW,
            review_reason=reason,
            unsettled_since=now if stands.unsettled_since is None else stands.unsettled_since,
            stray_charges=stands.stray_charges | {proof},
        )


class InMemoryQueue:
    """Remembers every body it took, as a queue deduplicates them, and what was handed back."""

    def __init__(self) -> None:
        self.sent: list[PaymentMessage] = []
        self.refused: set[str] = set()
        self.delays: dict[str, int] = {}

    def send(self, messages: Sequence[PaymentMessage]) -> list[PaymentMessage]:
        taken = [message for message in messages if message.order_id not in self.refused]
        self.sent += [message for message in taken if message not in self.sent]
        return [message for message in messages if message.order_id in self.refused]

    def make_visible_after(self, delays: Mapping[str, int]) -> None:
        self.delays.update(delays)
