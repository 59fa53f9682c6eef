"""The update that stores an outcome stores what is to be announced of it, under one ordinal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.application.order_records import (
    CaptureRecord,
    Changed,
    HoldRecord,
    NotChanged,
    Verdict,
    VerdictKind,
)
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Authorized
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import (
    CHARGE,
    IN_STATE,
    LEASE,
    OnDynamoDb,
    claim,
    placed,
    stored_order,
)
from tests.checkout_runtime.factories import BUYER, NOW, new_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders, empty_dynamodb

S = OrderStatus
OTHER = replace(CHARGE, charge_id="ch_2")
ASKED = "https://bank/"


def announcing() -> InMemoryOrders:
    return InMemoryOrders(announces=True)


def owed(store: OnDynamoDb, order: Order) -> list[Announcement]:
    """What an order owes, by ordinal."""
    stored = stored_order(store, order)
    found = sorted(map(Announcement.from_member, stored.owed), key=lambda each: each.ordinal)
    assert [each.ordinal for each in found] == list(range(1, stored.event_ordinal + 1))
    return found


def told(store: OnDynamoDb, order: Order) -> list[tuple[str, int, Mapping[str, object]]]:
    return [(each.kind, each.attempt, each.details) for each in owed(store, order)]


def next_attempt(store: OnDynamoDb, order: Order, replaces: int = 1) -> Order:
    started = store.start_attempt(
        order.order_id, BUYER, replaces=replaces, payment_method="p", max_attempts=5, now=NOW
    )
    assert isinstance(started, Changed)
    return started.order


def partition(store: InMemoryOrders, order: Order) -> str | None:
    key = {"pk": {"S": order.order_id}}
    item = store._model.call("GetItem", {"TableName": ORDER_TABLE, "Key": key})["Item"]
    assert ("unsettled_shard" in item) == ("unsettled_since" in item)
    name: str | None = item.get("unsettled_shard", {}).get("S")
    return name


OUTCOMES: dict[str, tuple[Callable[[OnDynamoDb, Order], Any], str, dict[str, object]]] = {
    "captured": (
        lambda store, order: store.record_capture(order, CHARGE, NOW),
        "OrderPaid",
        {"charge_id": "ch_1"},
    ),
    "declined": (
        lambda store, order: bool(store.record_decline(order, "no_funds", NOW)),
        "OrderDeclined",
        {"code": "no_funds"},
    ),
    "the buyer must act": (
        lambda store, order: store.record_action_required(order, ASKED, NOW + 1007, NOW),
        "OrderActionRequired",
        {"act_by": "2027-01-15T08:00:01.007Z"},
    ),
    "in review": (
        lambda store, order: store.record_review(order, "never_found", NOW),
        "OrderNeedsReview",
        {"reason": "never_found"},
    ),
    "a stray charge": (
        lambda store, order: store.record_stray(order, 1, OTHER, "capture_mismatch", NOW),
        "OrderNeedsReview",
        {"reason": "capture_mismatch", "charge_id": "ch_2"},
    ),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_is_owed_once_with_what_is_true_of_it(outcome: str) -> None:
    record, kind, details = OUTCOMES[outcome]
    store = announcing()
    held = claim(store, placed(store, "k"))
    for _ in range(2):
        record(store, held)
    [announcement] = owed(store, held)
    assert announcement == Announcement(1, kind, 1, NOW, details)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_without_a_bus_nothing_of_this_is_written(outcome: str) -> None:
    record, _, _ = OUTCOMES[outcome]
    store = InMemoryOrders()
    held = claim(store, placed(store, "k"))
    record(store, held)
    item = store._model.call(
        "GetItem", {"TableName": ORDER_TABLE, "Key": {"pk": {"S": held.order_id}}}
    )["Item"]
    assert not {"owed", "event_ordinal"} & item.keys()
    assert not item.get("unsettled_shard", {}).get("S", "").startswith("announce#")


class Recording:
    """A DynamoDB that remembers what it was asked."""

    def __init__(self) -> None:
        self.model = empty_dynamodb()
        self.requests: list[Mapping[str, Any]] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.requests.append(parameters)
        return self.model.call(operation, parameters)


def test_without_a_bus_requests_are_as_they_were_before_there_were_events() -> None:
    """Byte for byte: the texts are those of the version before."""
    dynamodb = Recording()
    store = OnDynamoDb(dynamodb, ORDER_TABLE)
    store.record_capture(claim(store, placed(store, "k1")), CHARGE, NOW)
    paid = dynamodb.requests[-1]
    assert paid["UpdateExpression"] == (
        "SET #status = :v0, #first_1_PAID = if_not_exists(#first_1_PAID, :v1), #last_1_PAID = :v2,"
        " #charge_id = :v3, #paid_at = :v4 REMOVE #lease_expires_at, #claim_id, #action_url,"
        " #unsettled_shard, #unsettled_since, #review_reason"
    )
    assert paid["ConditionExpression"] == (
        "#status IN (:v5, :v6, :v7, :v8, :v9, :v10) AND #attempt = :v11 AND"
        " NOT contains(#refunded_charges, :v12) AND attribute_not_exists(#stray_charges)"
    )
    store.record_decline(claim(store, placed(store, "k2")), "no_funds", NOW)
    assert dynamodb.requests[-1]["UpdateExpression"] == (
        "SET #status = :v0, #first_1_DECLINED = if_not_exists(#first_1_DECLINED, :v1),"
        " #last_1_DECLINED = :v2, #decline_code = :v3, #attempt_1_code = :v4"
        " REMOVE #unsettled_shard, #unsettled_since, #lease_expires_at, #action_url"
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (S.PAID, "announce#0"),
        (S.DECLINED, "announce#0"),
        (S.ACTION_REQUIRED, "open#0"),
        (S.PROCESSING, "processing#0"),
        (S.NEEDS_REVIEW, "review#0"),
    ],
)
def test_a_settled_order_waits_in_a_partition_of_its_own(state: S, expected: str) -> None:
    store = announcing()
    order = IN_STATE[state](store, "k")
    assert partition(store, order) == expected
    assert store.count_open(0) == (1 if expected == "open#0" else 0)


def test_a_later_outcome_is_owed_beside_an_earlier_one() -> None:
    """The decline that another card overtook is announced, and hides nothing."""
    store = announcing()
    order = claim(store, placed(store, "k"))
    store.record_decline(order, "no_funds", NOW)
    second = claim(store, next_attempt(store, order))
    assert partition(store, order) == "open#0"
    store.record_capture(second, CHARGE, NOW)
    assert told(store, order) == [
        ("OrderDeclined", 1, {"code": "no_funds"}),
        ("OrderPaid", 2, {"charge_id": "ch_1"}),
    ]


def test_who_saw_an_older_ordinal_takes_the_next_one() -> None:
    """A capture needs no claim, so who stores it may have read the order long ago."""
    store = announcing()
    held = claim(store, placed(store, "k"))
    store.record_action_required(held, ASKED, NOW + LEASE, NOW)
    assert store.record_capture(held, CHARGE, NOW) is CaptureRecord.PAID
    assert [each.kind for each in owed(store, held)] == ["OrderActionRequired", "OrderPaid"]


def test_an_outcome_that_is_refused_is_not_owed() -> None:
    store = announcing()
    first = claim(store, placed(store, "k"))
    store.record_unknown(first, NOW)
    claim(store, stored_order(store, first), "another")
    assert store.record_decline(first, "no_funds", NOW) is None
    assert store.record_review(first, "never_found", NOW) is False
    assert owed(store, first) == []


def test_an_order_that_others_settle_all_the_time_is_not_taken_for_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = announcing()
    held = claim(store, placed(store, "k"))
    ordinals = iter(range(10, 100))
    monkeypatch.setattr(
        store._updates,
        "_try",
        lambda *_: NotChanged(replace(held, event_ordinal=next(ordinals))),
    )
    with pytest.raises(AwsRefusedError, match="TooManyOutcomes"):
        store.record_capture(held, CHARGE, NOW)
    assert next(ordinals) == 15


class LosesAnswers:
    """A DynamoDB whose every write is repeated by the client, as its first answer was lost."""

    def __init__(self) -> None:
        self.model = empty_dynamodb()

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "UpdateItem":
            with suppress(AwsRefusedError):
                self.model.call(operation, parameters)
        return self.model.call(operation, parameters)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_write_that_meets_its_own_result_announces_nothing_more(outcome: str) -> None:
    record, kind, _ = OUTCOMES[outcome]
    dynamodb = LosesAnswers()
    store = OnDynamoDb(dynamodb, ORDER_TABLE, announces=True)
    held = claim(store, placed(store, "k"))
    assert record(store, held) in (True, CaptureRecord.PAID, None)
    assert [each.kind for each in owed(store, held)] == [kind]


def test_a_lost_answer_of_a_capture_beside_a_stray_is_announced_once() -> None:
    store = OnDynamoDb(LosesAnswers(), ORDER_TABLE, announces=True)
    held = claim(store, placed(store, "k"))
    store.record_stray(held, 1, OTHER, "stray_charge", NOW)
    assert store.record_capture(held, CHARGE, NOW) is CaptureRecord.PAID
    assert [each.kind for each in owed(store, held)] == ["OrderNeedsReview", "OrderPaid"]


def test_a_lost_answer_of_a_hold_is_announced_once() -> None:
    store = OnDynamoDb(LosesAnswers(), ORDER_TABLE, announces=True)
    held = claim(store, placed(store, "k"))
    hold = Authorized("hold_1", held.amount, held.currency, NOW + 9 * LEASE)
    assert store.holds.record_authorized(held, hold, NOW + LEASE, NOW) is HoldRecord.STORED
    assert [each.kind for each in owed(store, held)] == ["OrderAuthorized"]


def test_the_same_ask_is_announced_once_and_another_one_again() -> None:
    store = announcing()
    order = claim(store, placed(store, "k"))
    store.record_action_required(order, ASKED, NOW + 5, NOW)
    store.resume(order.order_id, BUYER, 1, NOW)
    again = claim(store, stored_order(store, order), "again", NOW + LEASE)
    store.record_action_required(again, ASKED, NOW + 9, NOW)
    assert len(owed(store, order)) == 1
    store.resume(order.order_id, BUYER, 1, NOW)
    third = claim(store, stored_order(store, order), "third", NOW + 2 * LEASE)
    store.record_processing(third, NOW + 7, NOW)
    processing = stored_order(store, order)
    store.record_action_required(processing, ASKED, NOW + 3 * LEASE, NOW + 1)
    assert [each.at for each in owed(store, order)] == [NOW, NOW + 1]


def test_each_stray_charge_of_a_paid_order_has_an_announcement_of_its_own() -> None:
    store = announcing()
    held = claim(store, placed(store, "k"))
    store.record_capture(held, CHARGE, NOW)
    third = replace(CHARGE, charge_id="ch_3")
    for captured in (OTHER, OTHER, third):
        assert store.record_capture(held, captured, NOW + 1) is CaptureRecord.STRAY
    assert told(store, held)[1:] == [
        ("OrderNeedsReview", 1, {"reason": "stray_charge", "charge_id": "ch_2"}),
        ("OrderNeedsReview", 1, {"reason": "stray_charge", "charge_id": "ch_3"}),
    ]
    assert partition(store, held) == "review#0"


def test_a_capture_beside_a_stray_is_announced_and_stays_in_review() -> None:
    store = announcing()
    first = claim(store, placed(store, "k"))
    store.record_decline(first, "no_funds", NOW)
    second = claim(store, next_attempt(store, first))
    store.record_capture(first, CHARGE, NOW)
    assert store.record_capture(second, OTHER, NOW) is CaptureRecord.PAID
    kinds = [each.kind for each in owed(store, first)]
    assert kinds == ["OrderDeclined", "OrderNeedsReview", "OrderPaid"]
    assert partition(store, first) == "review#0"


def test_a_payment_by_an_earlier_attempt_names_that_attempt() -> None:
    store = announcing()
    order = claim(store, placed(store, "k"))
    store.record_decline(order, "no_funds", NOW)
    second = claim(store, next_attempt(store, order))
    assert store.record_paid_earlier(second, 1, CHARGE, NOW)
    assert told(store, order)[1] == ("OrderPaid", 1, {"charge_id": "ch_1"})
    assert partition(store, order) == "announce#0"


def settle(store: OnDynamoDb, order: Order, kind: VerdictKind, charge: str | None = None) -> None:
    verdict = Verdict("ops", "ticket 1", kind, charge)
    result = store.settle_by_verdict(stored_order(store, order), verdict, NOW + 9)
    assert isinstance(result, Changed)


def test_verdicts_are_announced_and_leave_the_review() -> None:
    store = announcing()
    paid, declined = (IN_STATE[S.NEEDS_REVIEW](store, key) for key in ("k1", "k2"))
    settle(store, paid, VerdictKind.PAID, "ch_7")
    settle(store, declined, VerdictKind.DECLINED)
    assert told(store, paid)[1] == ("OrderPaid", 1, {"charge_id": "ch_7"})
    assert told(store, declined)[1] == ("OrderDeclined", 1, {"code": "declined_by_operator"})
    assert partition(store, paid) == partition(store, declined) == "announce#0"


def test_a_verdict_by_a_stray_charge_names_the_attempt_that_it_is_of() -> None:
    store = announcing()
    first = claim(store, placed(store, "k"))
    store.record_decline(first, "no_funds", NOW)
    next_attempt(store, first)
    store.record_capture(first, CHARGE, NOW)
    settle(store, first, VerdictKind.PAID, "ch_1")
    assert told(store, first)[-1] == ("OrderPaid", 1, {"charge_id": "ch_1"})


def test_a_refund_elsewhere_is_no_outcome_but_leaves_what_is_owed_in_the_index() -> None:
    store = announcing()
    held = claim(store, placed(store, "k"))
    store.record_capture(held, CHARGE, NOW)
    store.record_capture(held, OTHER, NOW)
    settle(store, held, VerdictKind.REFUNDED_ELSEWHERE, "ch_2")
    assert [each.kind for each in owed(store, held)] == ["OrderPaid", "OrderNeedsReview"]
    assert partition(store, held) == "announce#0"


def test_what_is_owed_is_not_lost_where_the_bus_was_switched_off_since() -> None:
    store = announcing()
    held = claim(store, placed(store, "k"))
    store.record_action_required(held, ASKED, NOW + LEASE, NOW)
    without_bus = OnDynamoDb(store._model, ORDER_TABLE)
    asked = stored_order(store, held)
    assert without_bus.record_capture(asked, CHARGE, NOW) is CaptureRecord.PAID
    assert partition(store, held) == "announce#0"
    assert len(stored_order(store, held).owed) == 1


def test_an_order_owes_what_another_key_of_the_same_buyer_does_not() -> None:
    store = announcing()
    for key in ("k1", "k2"):
        store.record_capture(claim(store, placed(store, key)), CHARGE, NOW)
    [first], [second] = (owed(store, new_order(key)) for key in ("k1", "k2"))
    assert first == second


def disputed_by(store: InMemoryOrders, order: Order, charge_id: str, attempt: int = 1) -> None:
    store.record_dispute(stored_order(store, order), attempt, charge_id, "fraudulent", NOW)


def test_a_dispute_is_announced_once_for_each_charge_and_changes_no_state() -> None:
    store = announcing()
    order = claim(store, placed(store, "k"))
    assert store.record_capture(order, CHARGE, NOW) is CaptureRecord.PAID
    store.confirm(stored_order(store, order), stored_order(store, order).owed)
    assert partition(store, order) is None
    for charge_id in ("ch_1", "ch_1", "ch_2", "ch_1"):
        disputed_by(store, order, charge_id)
    assert stored_order(store, order).status is S.PAID
    found = sorted(map(Announcement.from_member, stored_order(store, order).owed), key=str)
    assert [(each.kind, each.details) for each in found] == [
        ("OrderDisputed", {"charge_id": each, "reason": "fraudulent"}) for each in ("ch_1", "ch_2")
    ]
    assert partition(store, order) == "announce#0"


def test_disputes_of_two_attempts_are_two_where_no_charge_is_named() -> None:
    store = announcing()
    order = claim(store, placed(store, "k"))
    for attempt in (1, 2, 1):
        disputed_by(store, order, "not given", attempt)
    assert [(each.kind, each.attempt) for each in owed(store, order)] == [
        ("OrderDisputed", 1),
        ("OrderDisputed", 2),
    ]


def test_a_dispute_leaves_an_order_in_review_to_its_alarm() -> None:
    store = announcing()
    order = claim(store, placed(store, "k"))
    assert store.record_review(order, "by_hand", NOW)
    disputed_by(store, order, "ch_1")
    assert partition(store, order) == "review#0"


def test_a_dispute_of_an_order_that_is_not_there_stores_nothing() -> None:
    store = announcing()
    order = new_order("nobody")
    store.record_dispute(order, 1, "ch_1", "fraudulent", NOW)
    assert store.get(order.order_id) is None


@pytest.mark.parametrize(
    ("stored", "seen", "owed_since"),
    [
        (None, None, NOW),
        # It came to owe something since it was seen.
        (NOW - 7, None, NOW - 7),
    ],
)
def test_a_declined_order_that_was_in_no_partition_is_announced_too(
    stored: int | None, seen: int | None, owed_since: int
) -> None:
    store = announcing()
    order = new_order("k", status=S.DECLINED, expires_at=NOW + 9, unsettled_since=stored)
    store.by_id[order.order_id] = order
    store.record_dispute(replace(order, unsettled_since=seen), 1, "ch_1", "fraudulent", NOW)
    assert store.oldest_announcement(0) == owed_since


def test_a_dispute_leaves_an_open_order_its_time() -> None:
    store = announcing()
    order = new_order("k", unsettled_since=NOW - 7)
    store.by_id[order.order_id] = order
    disputed_by(store, order, "ch_1")
    assert (partition(store, order), store.oldest_open(0)) == ("open#0", NOW - 7)


def test_without_a_bus_a_dispute_stores_nothing() -> None:
    store = InMemoryOrders()
    order = claim(store, placed(store, "k"))
    store.record_capture(order, CHARGE, NOW)
    before = stored_order(store, order)
    disputed_by(store, order, "ch_1")
    assert (stored_order(store, order), partition(store, order)) == (before, None)
