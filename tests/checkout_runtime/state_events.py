"""The events of docs/states.md, carried out on the real application and adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.adapters.order_item import refusal_of
from checkout_runtime.application.cancel_order import BY_BUYER, CancelOrder
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.follow_hint import FollowHint
from checkout_runtime.application.order_records import Verdict, VerdictKind
from checkout_runtime.application.place_order import PlaceOrder
from checkout_runtime.application.process_payments import ProcessPayments, ReceivedMessage
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.application.resume_payment import ResumePayment
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.application.settle_by_verdict import SettleByVerdict
from checkout_runtime.application.start_payment_attempt import StartPaymentAttempt
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview, PaidEarlier
from checkout_runtime.domain.hint import Hint
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderLine
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Opened,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.reconciliation import MAX_RESENDS, ReconcilePolicy
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.submission import OrderSubmission
from tests.checkout_runtime.factories import DEADLINE, SERVICE

BUYER = "buyer"
CHARGE = Captured("ch_1", 4200, "EUR")
OTHER_CHARGE = replace(CHARGE, charge_id="ch_2")
HOUR = 60 * 60 * 1000
HOLD = Authorized("hold_1", 4200, "EUR", 1_800_000_000_000 + 7 * 24 * HOUR)
LEASE_SECONDS = 40
SUBMISSION = OrderSubmission(4200, "EUR", "cus_1", (OrderLine("mug", 2),), "pm_1")
POLICY = ChargePolicy(
    lease_seconds=LEASE_SECONDS,
    payment_timeout_seconds=10,
    key_retention_seconds=24 * 60 * 60,
    first_retry_seconds=5,
    longest_retry_seconds=120,
    action_seconds=4 * 60 * 60,
)
MAX_ATTEMPTS = 5


@dataclass
class ScriptedPayments:
    """A payment service that says what it is told to say."""

    charged: Outcome = CHARGE
    looked_up: Outcome | NotFound | None = field(default_factory=NotFound)
    earlier: Outcome | NotFound = field(default_factory=NotFound)
    """What a look-up of the attempt before the current one says."""
    cancelled: Outcome | NotFound | Cancelled | None = None
    opened: Opened | NotCharged | Unknown | None = None
    """What comes of opening an attempt; None where the service does not need it."""
    captured: Captured | Declined | NotCharged | Unknown = field(
        default_factory=lambda: Unknown("no_capture")
    )
    captures_later: bool = False
    name: str = SERVICE

    def open(self, order: Order) -> Opened | NotCharged | Unknown:
        assert self.opened is not None
        return self.opened

    def abandon(self, reference: str) -> None:
        """Nothing was charged, and nothing will be."""

    @property
    def can_look_up(self) -> bool:
        return self.looked_up is not None

    @property
    def can_cancel(self) -> bool:
        return self.cancelled is not None

    def prepare(self) -> None:
        """Nothing to prepare."""

    def charge(self, order: Order) -> Outcome:
        return self.charged

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        assert self.looked_up is not None
        return self.earlier if payment_key.endswith(":1") else self.looked_up

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        assert self.cancelled is not None
        return self.cancelled

    def capture(self, order: Order, amount: int) -> Captured | Declined | NotCharged | Unknown:
        return self.captured


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 1_800_000_000_000

    def now(self) -> int:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += int(seconds * 1000)


class InOrder:
    """Runs tasks one after the other."""

    def run_all(self, tasks: Any) -> list[Any]:
        return [task() for task in tasks]


class NoQueue:
    """Takes everything; what is sent is no matter of states."""

    def send(self, messages: Any) -> list[Any]:
        return []

    def make_visible_after(self, delays: Any) -> None:
        """Nothing is returned to this queue."""


@dataclass(frozen=True)
class Seen:
    """What matters of an order: its stored state, and whether an operator is called."""

    status: str
    in_review: bool
    attempt: int
    charge_id: str | None
    stray_charges: frozenset[str]


class World:
    """One order on its way, on an order table, at its second payment attempt."""

    def __init__(self, client: Any, table_name: str, key: str) -> None:
        self.clock = SetClock()
        self.payments = ScriptedPayments()
        self.policy = POLICY
        self.orders = DynamoDbOrders(client, table_name, shards=1)
        self.outcomes = DynamoDbOutcomes(client, table_name, shards=1)
        self.unsettled = DynamoDbUnsettledOrders(client, table_name, shards=1)
        self._client, self._table_name, self._key = client, table_name, key
        placed = self.submit(SUBMISSION)
        self.order_id = placed.order.order_id
        first = self.claim("first")
        self.outcomes.record_decline(first, "too_bad", self.clock.now())
        self.start_attempt(replaces=1)

    @property
    def order(self) -> Order:
        order = self.orders.get(self.order_id)
        assert order is not None
        return order

    def seen(self) -> Seen:
        order = self.order
        item = self._client.call(
            "GetItem",
            {
                "TableName": self._table_name,
                "Key": {"pk": {"S": self.order_id}},
                "ConsistentRead": True,
            },
        )["Item"]
        in_review = item.get("unsettled_shard", {}).get("S", "").startswith("review#")
        return Seen(order.status, in_review, order.attempt, order.charge_id, order.stray_charges)

    # What buyers do

    def submit(self, submission: OrderSubmission) -> Any:
        return PlaceOrder(self.orders, self.clock, "states")(BUYER, self._key, submission)

    def start_attempt(self, replaces: int, max_attempts: int = MAX_ATTEMPTS) -> None:
        start = StartPaymentAttempt(self.orders, self.clock, max_attempts)
        start(BUYER, self.order_id, replaces=replaces, payment_method="pm_2")

    def resume(self, attempt: int) -> None:
        ResumePayment(self.orders, self.clock)(BUYER, self.order_id, attempt)

    def cancel(self, quarantine_before: int = 0) -> None:
        cancel = CancelOrder(self.orders, self.clock, quarantine_before)
        cancel(self.order_id, by=BY_BUYER, principal=BUYER)

    # What workers do

    def claim(self, claim_id: str) -> Order:
        now = self.clock.now()
        self.orders.claim(
            self.order_id,
            self.order.attempt,
            claim_id=claim_id,
            now=now,
            lease_expires_at=now + LEASE_SECONDS * 1000,
            service=SERVICE,
        )
        return self.order

    @property
    def settle(self) -> SettleAttempt:
        return SettleAttempt(
            self.outcomes,
            self.payments,
            self.clock,
            self.policy,
            CircuitBreaker(),
            CircuitBreaker(),
            self.payments if self.payments.opened else None,
        )

    def note_opened(self) -> None:
        """Let the current attempt be one that was opened before."""
        self._client.call(
            "UpdateItem",
            {
                "TableName": self._table_name,
                "Key": {"pk": {"S": self.order_id}},
                "UpdateExpression": "SET payment_reference = :reference",
                "ExpressionAttributeValues": {":reference": {"S": "pi_1"}},
            },
        )

    def let_refuse(self, minutes: float) -> None:
        """Let the current attempt be one that was refused without a word for so long."""
        began = self.clock.now()
        refused_as, refused_since = refusal_of(self.order.attempt)
        self.let_pass(int(minutes * 60 * 1000))
        self._client.call(
            "UpdateItem",
            {
                "TableName": self._table_name,
                "Key": {"pk": {"S": self.order_id}},
                "UpdateExpression": f"SET {refused_as} = :how, {refused_since} = :began",
                "ExpressionAttributeValues": {
                    ":how": {"S": "http_404"},
                    ":began": {"N": str(began)},
                },
            },
        )

    def deliver(self, attempt: int) -> None:
        message = PaymentMessage(self.order_id, attempt)
        process = ProcessPayments(self.orders, self.settle, NoQueue(), self.clock, InOrder())
        received = ReceivedMessage("m", self.order_id, message.to_body(), "r", 1)
        process([received], batch_id="batch", deadline=self.clock.now() + HOUR)

    def reconcile(self) -> None:
        """Step for this order alone, when it is due."""
        policy = ReconcilePolicy(
            charge=self.policy,
            reconcile_after_seconds=1,
            can_look_up=self.payments.can_look_up,
        )
        reconcile = ReconcileOrders(
            self.orders,
            self.unsettled,
            self.settle,
            NoQueue(),
            self.clock,
            InOrder(),
            policy,
        )
        reconcile._step(self.order, "run", DEADLINE)

    def follow(self, hint: Hint) -> None:
        """Let a webhook that names the order be followed."""
        follow = FollowHint(self.orders, self.settle, self.clock)
        follow(hint, "webhook", DEADLINE)

    def release(self) -> None:
        self.orders.release(self.order, self.clock.now())

    def judge(self, kind: VerdictKind, charge_id: str | None = None) -> None:
        """Let an operator settle the order as it is."""
        settle = SettleByVerdict(self.orders, self.payments, self.clock, self.policy)
        verdict = Verdict("operator", "looked into it", kind, charge_id)
        shown = settle(self.order_id, verdict, seen=None, dry_run=True).seen
        settle(self.order_id, verdict, seen=shown, dry_run=False)

    def let_pass(self, milliseconds: int) -> None:
        self.clock.time += milliseconds


def _pending(world: World) -> None:
    assert world.order.status == "PENDING"


def _claimed(world: World) -> Order:
    """A worker claimed it, and may be requesting it."""
    return world.claim("holder")


def _leased(world: World) -> None:
    _claimed(world)


def _lapsed(world: World) -> None:
    _leased(world)
    world.let_pass(LEASE_SECONDS * 1000)


def _cancelled(world: World) -> None:
    """Somebody asked to cancel it while a worker was requesting it, and it was declined."""
    claimed = _claimed(world)
    world.cancel()
    world.settle.store(claimed, Declined("insufficient_funds"), deadline=DEADLINE)


def _after(decision: Any) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        world.settle.store(_claimed(world), decision, deadline=DEADLINE)

    return prepare


PREPARATIONS: dict[str, Callable[[World], None]] = {
    "PENDING": _pending,
    "LEASED": _leased,
    "LAPSED": _lapsed,
    "UNKNOWN": _after(Unknown("timeout")),
    "ACTION_REQUIRED": _after(ActionRequired("https://bank.example.com/")),
    "PROCESSING": _after(Processing()),
    "AUTHORIZED": _after(HOLD),
    "DECLINED": _after(Declined("insufficient_funds")),
    "NEEDS_REVIEW": _after(NeedsReview("somebody look")),
    "PAID": _after(CHARGE),
    "CANCELLED": _cancelled,
}


def _buyer(**submitted: Any) -> Callable[[World], None]:
    return lambda world: world.submit(replace(SUBMISSION, **submitted))


def _is_leased(world: World) -> bool:
    """Whether a worker's lease is live: then little time has passed, whatever the event says."""
    order = world.order
    return order.status == "CHARGING" and (order.lease_expires_at or 0) > world.clock.now()


def _message(
    later: int = 0,
    *,
    payments: ScriptedPayments | None = None,
    hours: int = 0,
    quarantined: bool = False,
    opened_before: bool = False,
    refused_minutes: float | None = None,
    **policy: Any,
) -> Callable[[World], None]:
    def happen(world: World) -> None:
        world.payments = payments or ScriptedPayments()
        if opened_before:
            world.note_opened()
        if refused_minutes is not None and not _is_leased(world):
            world.let_refuse(refused_minutes)
        if not _is_leased(world):
            world.let_pass(hours * HOUR)
        restored_at = world.clock.now() if quarantined else 0
        world.policy = replace(POLICY, quarantine_before=restored_at, **policy)
        world.deliver(world.order.attempt + later)

    return happen


def _answer(decision: Any, *, earlier: int = 0, stale: bool = False) -> Callable[[World], None]:
    def happen(world: World) -> None:
        order = world.order
        lost = 1 if stale or order.status != "CHARGING" else 0
        brought = replace(
            order, attempt=order.attempt - earlier, claim_epoch=order.claim_epoch - lost
        )
        world.settle.store(
            brought,
            world.policy.after_answer(brought, decision, looked_up=True)
            if isinstance(decision, (Captured, Authorized))
            else decision,
            deadline=DEADLINE,
        )

    return happen


def _time(
    *,
    looked_up: Outcome | NotFound | None = None,
    cancelled: Outcome | Cancelled | None = None,
    hours: float = 0,
    resends: int = 0,
    service: str = SERVICE,
) -> Callable[[World], None]:
    def happen(world: World) -> None:
        world.payments = ScriptedPayments(looked_up=looked_up, cancelled=cancelled, name=service)
        for _ in range(resends if world.order.unsettled_since else 0):
            if world.unsettled.begin_resend(world.order, world.clock.now()) is None:
                break
        if not _is_leased(world):
            world.let_pass(int((hours or 2) * HOUR))
        world.reconcile()

    return happen


def _webhook(
    attempt: int = 2, reference: str | None = None, **payments: Any
) -> Callable[[World], None]:
    def happen(world: World) -> None:
        world.payments = ScriptedPayments(**payments)
        world.follow(Hint(world.order_id, attempt, reference))

    return happen


def _not_its_own(world: World) -> None:
    world.payments = ScriptedPayments(looked_up=CHARGE, earlier=CHARGE)
    for attempt, reference in ((3, None), (2, "pi_other"), (1, "pi_other"), (0, None)):
        world.follow(Hint(world.order_id, attempt, reference))


def _verdict(
    kind: VerdictKind,
    charge_id: str | None = None,
    *,
    stray: Captured | None = None,
    minutes: int = 0,
    **payments: Any,
) -> Callable[[World], None]:
    def happen(world: World) -> None:
        if stray is not None:
            # A second capture, or one of the attempt before: no state is without its strays.
            world.outcomes.record_stray(world.order, 1, stray, "stray_charge", world.clock.now())
        if not _is_leased(world):
            world.let_pass(minutes * 60 * 1000)
        world.payments = ScriptedPayments(**payments)
        world.judge(kind, charge_id)

    return happen


def _asked_to_cancel(
    then: Callable[[World], None], *, minutes: float = 0
) -> Callable[[World], None]:
    """Let somebody ask to cancel the order, and then something happen."""

    def happen(world: World) -> None:
        world.cancel()
        if not _is_leased(world):
            world.let_pass(int(minutes * 60 * 1000))
        then(world)

    return happen


CANNOT_BE_ASKED = ScriptedPayments(looked_up=None)
ACTS_YET = ActionRequired("https://bank.example.com/")
REFUSES = Unknown("http_404", without_word=True)
SERVICE_DOWN = ScriptedPayments(charged=Unknown("http_503", unavailable=True))

EVENTS: dict[str, Callable[[World], None]] = {
    "submits the same again": _buyer(),
    "submits other content under the key": _buyer(amount=1),
    "starts an attempt in place of this one": lambda w: w.start_attempt(w.order.attempt),
    "starts one in place of an earlier one": lambda w: w.start_attempt(w.order.attempt - 1),
    "starts one when all are used": lambda w: w.start_attempt(w.order.attempt, w.order.attempt),
    "resumes this attempt": lambda w: w.resume(w.order.attempt),
    "resumes an earlier attempt": lambda w: w.resume(w.order.attempt - 1),
    "cancels the order": World.cancel,
    "cancels it in a table restored from a backup": lambda w: w.cancel(w.clock.now() + 1),
    "cancels it, then starts an attempt": _asked_to_cancel(
        lambda w: w.start_attempt(w.order.attempt)
    ),
    "asks for this attempt": _message(),
    "asks for an earlier attempt": _message(-1),
    "asks for a later attempt": _message(1),
    "asks for this attempt, the service is down": _message(payments=SERVICE_DOWN),
    "asks for this attempt, key retention is over, look-up finds nothing": _message(hours=25),
    "asks for this attempt, no keys, look-up finds nothing": _message(key_retention_seconds=0),
    "asks for this attempt, no keys, no look-up": _message(
        payments=ScriptedPayments(looked_up=None), key_retention_seconds=0
    ),
    "asks for this attempt, restored from a backup, no look-up": _message(
        payments=ScriptedPayments(looked_up=None), hours=1, quarantined=True
    ),
    "asks for this attempt, claimed for another service": _message(
        payments=ScriptedPayments(name="another")
    ),
    "asks for this attempt, the service answers without a word": _message(
        payments=ScriptedPayments(charged=REFUSES)
    ),
    "asks for this attempt, without a word for a minute, it is cancelled": _message(
        payments=ScriptedPayments(charged=REFUSES, cancelled=Cancelled()), refused_minutes=1
    ),
    "asks for this attempt, without a word for a minute, it cannot be cancelled": _message(
        payments=ScriptedPayments(charged=REFUSES), refused_minutes=1
    ),
    "asks for this attempt, without a word for a quarter of an hour, look-up finds nothing": (
        _message(payments=ScriptedPayments(charged=REFUSES), refused_minutes=15)
    ),
    "asks for this attempt, the one before it was captured": _message(
        payments=ScriptedPayments(earlier=OTHER_CHARGE)
    ),
    "asks for this attempt, the one before it may yet be paid": _message(
        payments=ScriptedPayments(earlier=Processing())
    ),
    "asks for this attempt, the one before it may yet be paid, and is cancelled": _message(
        payments=ScriptedPayments(earlier=Processing(), cancelled=Cancelled())
    ),
    "asks for this attempt, nobody answers about the one before it": _message(
        payments=ScriptedPayments(earlier=Unknown("http_503"))
    ),
    "asks for this attempt, opened before": _message(
        payments=ScriptedPayments(opened=Opened("pi_2")), opened_before=True
    ),
    "asks for this attempt, not opened before": _message(
        payments=ScriptedPayments(opened=Opened("pi_2"))
    ),
    "asks for this attempt, it cannot be opened": _message(
        payments=ScriptedPayments(opened=NotCharged("no_such_card"))
    ),
    "asks for this attempt, opening it is not answered": _message(
        payments=ScriptedPayments(opened=Unknown("timeout"))
    ),
    "asks for this attempt, opened at another service": _message(opened_before=True),
    "asks for this attempt, asked to be cancelled, nobody answers": _asked_to_cancel(
        _message(payments=ScriptedPayments(looked_up=Unknown("timeout")))
    ),
    "asks for this attempt, asked to be cancelled, look-up says captured": _asked_to_cancel(
        _message(payments=ScriptedPayments(looked_up=CHARGE, cancelled=CHARGE))
    ),
    "asks for this attempt, asked to be cancelled, look-up says declined": _asked_to_cancel(
        _message(payments=ScriptedPayments(looked_up=Declined("stolen_card")))
    ),
    "asks for this attempt, asked to be cancelled, it can be cancelled": _asked_to_cancel(
        _message(payments=ScriptedPayments(looked_up=ACTS_YET, cancelled=Cancelled()))
    ),
    "asks for this attempt, asked to be cancelled, it is not cancelled yet": _asked_to_cancel(
        _message(payments=ScriptedPayments(looked_up=ACTS_YET, cancelled=Unknown("timeout")))
    ),
    "asks for this attempt, asked to be cancelled, look-up finds nothing": _asked_to_cancel(
        _message()
    ),
    "asks for this attempt, asked to be cancelled, look-up finds nothing for a day": (
        _asked_to_cancel(_message(), minutes=25 * 60)
    ),
    "asks for this attempt, asked to be cancelled, no look-up, it can be cancelled": (
        _asked_to_cancel(_message(payments=ScriptedPayments(looked_up=None, cancelled=Cancelled())))
    ),
    "asks for this attempt, asked to be cancelled, nothing can be asked or cancelled": (
        _asked_to_cancel(_message(payments=CANNOT_BE_ASKED))
    ),
    "asks for this attempt, asked to be cancelled, not opened before": _asked_to_cancel(
        _message(payments=ScriptedPayments(opened=Opened("pi_2")))
    ),
    "declined, after it was asked to be cancelled": _asked_to_cancel(
        _answer(Declined("stolen_card"))
    ),
    "captured, after it was asked to be cancelled": _asked_to_cancel(_answer(CHARGE)),
    "the buyer must act, after it was asked to be cancelled": _asked_to_cancel(_answer(ACTS_YET)),
    "time passes after it was asked to be cancelled, look-up says declined": _asked_to_cancel(
        _time(looked_up=Declined("stolen_card"))
    ),
    "time passes after it was asked to be cancelled, it can be cancelled": _asked_to_cancel(
        _time(looked_up=NotFound(), cancelled=Cancelled())
    ),
    "captured": _answer(CHARGE),
    "captured, for an earlier attempt": _answer(OTHER_CHARGE, earlier=1),
    "captured again, under another charge id": _answer(OTHER_CHARGE),
    "captured, another amount": _answer(Captured("ch_3", 1, "EUR")),
    "declined": _answer(Declined("stolen_card")),
    "the buyer must act": _answer(ActionRequired("https://bank.example.com/")),
    "it is being processed": _answer(Processing()),
    "the attempt before it was captured": _answer(PaidEarlier({1: OTHER_CHARGE})),
    "unknown": _answer(Unknown("timeout")),
    "needs an operator": _answer(NeedsReview("somebody look")),
    "declined, after another took the claim": _answer(Declined("stolen_card"), stale=True),
    "unknown, after another took the claim": _answer(Unknown("timeout"), stale=True),
    "captured, after another took the claim": _answer(CHARGE, stale=True),
    "look-up says captured": _time(looked_up=CHARGE),
    "look-up says declined": _time(looked_up=Declined("stolen_card")),
    "look-up says that the buyer must act": _time(
        looked_up=ActionRequired("https://bank.example.com/")
    ),
    "look-up says processing": _time(looked_up=Processing()),
    "look-up says processing, for too long": _time(looked_up=Processing(), hours=22 * 24),
    "the order is of another service": _time(looked_up=CHARGE, service="another"),
    "look-up finds nothing": _time(looked_up=NotFound()),
    "no look-up": _time(),
    "no look-up, key retention is over": _time(hours=25),
    "no look-up, resends are used up": _time(resends=MAX_RESENDS),
    "the deadline to act is over, cancelled": _time(
        looked_up=NotFound(), cancelled=Cancelled(), hours=5
    ),
    "the deadline to act is over, nothing can be cancelled": _time(looked_up=NotFound(), hours=5),
    "the deadline to act is over, but the buyer acted": _time(
        looked_up=CHARGE, cancelled=CHARGE, hours=5
    ),
    "releases the order": World.release,
    "says paid, the service confirms it": _verdict(VerdictKind.PAID, "ch_1", looked_up=CHARGE),
    "says paid, the service knows of nothing": _verdict(VerdictKind.PAID, "ch_1"),
    "says declined, it is cancelled": _verdict(VerdictKind.DECLINED, cancelled=Cancelled()),
    "says declined, a request may be on its way": _verdict(VerdictKind.DECLINED),
    "says declined, key retention is over": _verdict(VerdictKind.DECLINED, minutes=25 * 60),
    "says declined, the service says captured": _verdict(VerdictKind.DECLINED, looked_up=CHARGE),
    "says that a stray charge was refunded": _verdict(
        VerdictKind.REFUNDED_ELSEWHERE, "ch_2", stray=OTHER_CHARGE
    ),
    "says paid by a stray charge, the current attempt is cancelled": _verdict(
        VerdictKind.PAID, "ch_2", stray=OTHER_CHARGE, earlier=OTHER_CHARGE, cancelled=Cancelled()
    ),
    "says paid by a stray charge, a request may be on its way": _verdict(
        VerdictKind.PAID, "ch_2", stray=OTHER_CHARGE, earlier=OTHER_CHARGE
    ),
    "redrives its dead letter": _message(),
    "a webhook, look-up says captured": _webhook(looked_up=CHARGE),
    "a webhook, look-up says captured, under another charge id": _webhook(looked_up=OTHER_CHARGE),
    "a webhook, look-up says captured, another amount": _webhook(
        looked_up=replace(OTHER_CHARGE, amount=1)
    ),
    "a webhook, look-up says declined": _webhook(looked_up=Declined("no")),
    "a webhook, look-up says that the buyer must act": _webhook(
        looked_up=ActionRequired("https://bank.example.com/")
    ),
    "a webhook, look-up says processing": _webhook(looked_up=Processing()),
    "a webhook, look-up finds nothing": _webhook(),
    "a webhook, look-up is not answered": _webhook(looked_up=Unknown("timeout", unavailable=True)),
    "a webhook, no look-up": _webhook(looked_up=None),
    "a webhook of another service": _webhook(looked_up=OTHER_CHARGE, name="another"),
    "a webhook about an earlier attempt, which was captured": _webhook(1, earlier=OTHER_CHARGE),
    "a webhook about an earlier attempt, which was declined": _webhook(1, earlier=Declined("no")),
    "a webhook about an attempt, or by a reference, that is not the order's": _not_its_own,
}
