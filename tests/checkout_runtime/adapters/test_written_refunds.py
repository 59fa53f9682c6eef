"""Exactly what becomes of a refund and of its order by each write, and what refuses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_refund_outcomes import DynamoDbRefundOutcomes
from checkout_runtime.adapters.dynamodb_refunds import DynamoDbRefunds
from checkout_runtime.adapters.refund_item import refund_to_item
from checkout_runtime.application.order_records import Refusal
from checkout_runtime.application.refund_records import NotClaimed, OrderChanged
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded
from tests.checkout_runtime.adapters.written_items import GONE
from tests.checkout_runtime.factories import HOUR, NOW, new_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders

S = RefundStatus
LATER = NOW + 5
ID = "op_" + "a" * 52
PROOF = Refunded("re_1", 1200, "EUR")
NO = NotRefunded("card_closed")
STRAY = "1:ch_9:4200:EUR"
ORDER = replace(
    new_order(),
    status=OrderStatus.PAID,
    attempt=2,
    charge_id="ch_1",
    refundable=3000,
    unsettled_since=None,
    earlier_attempts=(EarlierAttempt(1, None, None, None),),
)
HELD = Refund(
    *(ID, ORDER.order_id, S.REFUNDING, 1200, "EUR", "ch_1", NOW, NOW, "ops"),
    attempt_claims=2,
    claim_epoch=2,
    claim_id="c1",
    lease_expires_at=NOW + 9,
    unsettled_since=NOW,
    refused_as="http_404",
    refused_since=NOW,
    review_reason="before",
)
IN_REVIEW = replace(HELD, status=S.NEEDS_REVIEW)
REFUNDED = replace(HELD, status=S.REFUNDED, settled_at=NOW)
OF_STRAY = replace(HELD, amount=4200, charge_id="ch_9", stray=STRAY)
WITH_STRAY = replace(ORDER, stray_charges=frozenset({STRAY}), refunding_strays=frozenset({STRAY}))
Write = Callable[[DynamoDbRefundOutcomes, Refund], Any]


class Table:
    """A table with a refund and its order."""

    def __init__(self, refund: Refund, order: Order = ORDER, *, announces: bool = False) -> None:
        self.orders = InMemoryOrders()
        self.model = self.orders._model
        self.orders.by_id[order.order_id] = order
        put = {"TableName": ORDER_TABLE, "Item": refund_to_item(refund, 1)}
        self.model.call("PutItem", put)
        self.outcomes = DynamoDbRefundOutcomes(self.model, ORDER_TABLE, 1, announces=announces)
        self.refunds = DynamoDbRefunds(self.model, ORDER_TABLE, 1)
        self._before = {each: self._item(each) for each in (ID, order.order_id)}

    def changes(self, key: str = ID) -> dict[str, Any]:
        """What an item has now that it had not, or had and has no more."""
        before, after = self._before[key], self._item(key)
        names = before.keys() | after.keys()
        return {name: after.get(name) for name in names if before.get(name) != after.get(name)}

    def _item(self, key: str) -> dict[str, Any]:
        read = {"TableName": ORDER_TABLE, "Key": {"pk": {"S": key}}}
        item = self.model.call("GetItem", read)["Item"]
        return {name: next(iter(value.values())) for name, value in item.items()}


def remembered(state: str) -> dict[str, str]:
    return {"status": state, f"first_{state}": str(LATER), f"last_{state}": str(LATER)}


NOT_OPEN = dict.fromkeys(
    ("unsettled_shard", "unsettled_since", "lease_expires_at", "review_reason"), GONE
)
UNREFUSED = {"refused_as": GONE, "refused_since": GONE}
BACK = {"refundable": "4200"}
VERDICT = {"verdict_by": "ops", "verdict_why": "ticket", "verdict_at": str(LATER)}


def verdict(*, refunded: bool) -> Write:
    return lambda outcomes, refund: outcomes.settle_by_verdict(
        refund, refunded=refunded, by="ops", why="ticket", now=LATER
    )


@pytest.mark.parametrize(
    ("refund", "write", "changes", "of_order"),
    [
        (
            HELD,
            lambda outcomes, refund: outcomes.record_refunded(refund, PROOF, LATER),
            {**remembered("REFUNDED"), **NOT_OPEN, "reference": "re_1", "settled_at": str(LATER)},
            {},
        ),
        (
            HELD,
            lambda outcomes, refund: outcomes.record_not_refunded(
                refund, NotRefunded("card_closed", already_refunded=True), LATER
            ),
            {
                **remembered("NOT_REFUNDED"),
                **NOT_OPEN,
                "code": "card_closed",
                "settled_at": str(LATER),
            },
            BACK,
        ),
        (
            REFUNDED,
            lambda outcomes, refund: outcomes.record_returned(refund, NO, LATER),
            {**remembered("NOT_REFUNDED"), "code": "card_closed", "settled_at": str(LATER)},
            BACK,
        ),
        (
            HELD,
            lambda outcomes, refund: outcomes.record_unknown(refund, LATER),
            {**remembered("UNKNOWN"), **UNREFUSED, "lease_expires_at": GONE},
            {},
        ),
        (
            HELD,
            lambda outcomes, refund: outcomes.record_unknown(
                refund, LATER, refusal=Refusal("http_400", LATER), uncounted=True
            ),
            {
                **remembered("UNKNOWN"),
                "lease_expires_at": GONE,
                "refused_as": "http_400",
                "refused_since": str(LATER),
                "attempt_claims": "1",
            },
            {},
        ),
        (
            HELD,
            lambda outcomes, refund: outcomes.record_processing(
                refund, LATER + 1, LATER, reference="re_9"
            ),
            {
                **remembered("PROCESSING"),
                **UNREFUSED,
                "lease_expires_at": GONE,
                "processing_since": str(LATER),
                "unsettled_shard": "operation_processing#0",
                "unsettled_since": str(LATER + 1),
                "reference": "re_9",
            },
            {},
        ),
        (
            replace(HELD, processing_since=NOW, refused_as=None, refused_since=None),
            lambda outcomes, refund: outcomes.record_processing(refund, LATER + 1, LATER),
            {
                **remembered("PROCESSING"),
                "lease_expires_at": GONE,
                "unsettled_shard": "operation_processing#0",
                "unsettled_since": str(LATER + 1),
            },
            {},
        ),
        (
            HELD,
            lambda outcomes, refund: outcomes.record_review(
                refund, "by_hand", LATER, reference="re_9", uncounted=True
            ),
            {
                **remembered("NEEDS_REVIEW"),
                "review_reason": "by_hand",
                "lease_expires_at": GONE,
                "unsettled_shard": "operation_review#0",
                "unsettled_since": str(LATER),
                "reference": "re_9",
                "attempt_claims": "1",
            },
            {},
        ),
        (
            IN_REVIEW,
            verdict(refunded=True),
            {**remembered("REFUNDED"), **NOT_OPEN, **VERDICT, "settled_at": str(LATER)},
            {},
        ),
        (
            IN_REVIEW,
            verdict(refunded=False),
            {
                **remembered("NOT_REFUNDED"),
                **NOT_OPEN,
                **VERDICT,
                "settled_at": str(LATER),
                "code": "not_refunded_by_operator",
            },
            BACK,
        ),
    ],
)
def test_an_outcome_changes_what_it_is_about(
    refund: Refund, write: Write, changes: dict[str, Any], of_order: dict[str, Any]
) -> None:
    table = Table(refund)
    # A repeated write meets its own result.
    assert [write(table.outcomes, refund) for _ in range(2)] == [True, True]
    assert (table.changes(), table.changes(ORDER.order_id)) == (changes, of_order)


@pytest.mark.parametrize(
    ("refund", "write"),
    [
        (HELD, lambda outcomes, refund: outcomes.record_unknown(refund, LATER)),
        (HELD, lambda outcomes, refund: outcomes.record_review(refund, "by_hand", LATER)),
        (HELD, lambda outcomes, refund: outcomes.record_not_refunded(refund, NO, LATER)),
        (
            replace(HELD, status=S.UNKNOWN),
            lambda outcomes, refund: outcomes.record_unknown(refund, LATER),
        ),
        (IN_REVIEW, verdict(refunded=False)),
    ],
)
def test_under_another_claim_nothing_changes(refund: Refund, write: Write) -> None:
    table = Table(refund)
    assert write(table.outcomes, replace(refund, claim_epoch=1)) is False
    assert (table.changes(), table.changes(ORDER.order_id)) == ({}, {})


def test_a_refund_that_succeeded_again_since_it_was_read_is_not_returned() -> None:
    table = Table(REFUNDED)
    table.outcomes.record_returned(replace(REFUNDED, settled_at=NOW - 1), NO, LATER)
    assert table.changes() == {}


def test_an_order_that_never_counted_down_gets_nothing_back() -> None:
    table = Table(HELD, replace(ORDER, refundable=None))
    assert table.outcomes.record_not_refunded(HELD, NO, LATER) is False
    assert (table.changes(), table.changes(ORDER.order_id)) == ({}, {})


@pytest.mark.parametrize(
    ("refund", "order", "stale"),
    [
        # An announcement of another outcome was stored meanwhile.
        (HELD, replace(ORDER, event_ordinal=1), {"event_ordinal": 0}),
        (OF_STRAY, WITH_STRAY, {"stray_charges": frozenset({STRAY, "1:ch_8:4200:EUR"})}),
    ],
)
def test_an_order_that_changed_since_it_was_read_is_read_again(
    refund: Refund, order: Order, stale: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, get = Table(refund, order, announces=refund is HELD), DynamoDbOrders.get
    read = iter([replace(order, **stale)])
    monkeypatch.setattr(
        DynamoDbOrders, "get", lambda orders, order_id: next(read, None) or get(orders, order_id)
    )
    assert table.outcomes.record_refunded(refund, replace(PROOF, amount=refund.amount), LATER)
    assert table.changes()["status"] == "REFUNDED"


def test_a_stray_charge_whose_refund_failed_leaves_an_order_paid_that_another_write_paid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = replace(ORDER, refunded_charges=frozenset({STRAY}))
    table, get = (
        Table(replace(OF_STRAY, status=S.REFUNDED, settled_at=NOW), order),
        DynamoDbOrders.get,
    )
    seen = iter([order, replace(order, status=OrderStatus.UNKNOWN)])
    monkeypatch.setattr(
        DynamoDbOrders, "get", lambda orders, order_id: next(seen, None) or get(orders, order_id)
    )
    assert table.outcomes.record_returned(replace(OF_STRAY, settled_at=NOW), NO, LATER)
    changes = table.changes(order.order_id)
    assert "status" not in changes
    assert changes["stray_charges"] == [STRAY]


@pytest.mark.parametrize("refunded", [{STRAY}, set()], ids=["known as refunded", "not known"])
def test_a_stray_charge_whose_refund_failed_calls_an_operator_if_it_was_known_as_refunded(
    refunded: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = replace(WITH_STRAY, status=OrderStatus.UNKNOWN, stray_charges=frozenset())
    order = replace(order, refunded_charges=frozenset(refunded))
    refund = replace(OF_STRAY, status=S.REFUNDED, settled_at=NOW)
    table, get = Table(refund, order), DynamoDbOrders.get
    seen = iter([order, replace(order, attempt=1, earlier_attempts=())])
    monkeypatch.setattr(
        DynamoDbOrders, "get", lambda orders, order_id: next(seen, None) or get(orders, order_id)
    )
    assert table.outcomes.record_returned(refund, NO, LATER)
    called = {
        "status": "NEEDS_REVIEW",
        "first_2_NEEDS_REVIEW": str(LATER),
        "last_2_NEEDS_REVIEW": str(LATER),
        "review_reason": "stray_charge",
        "unsettled_shard": "review#0",
        "unsettled_since": str(LATER),
        "stray_charges": [STRAY],
        "refunded_charges": GONE,
    }
    changes = called if refunded else {}
    assert table.changes(order.order_id) == {"refunding_strays": GONE, **changes}


def test_the_failed_refund_of_a_stray_charge_is_announced_before_the_review() -> None:
    order = replace(ORDER, refunded_charges=frozenset({STRAY}), event_ordinal=4)
    refund = replace(OF_STRAY, status=S.REFUNDED, settled_at=NOW)
    table = Table(refund, order, announces=True)
    assert table.outcomes.record_returned(refund, NO, LATER)
    now = table.orders.by_id[ORDER.order_id]
    owed = sorted(map(Announcement.from_member, now.owed), key=lambda each: each.ordinal)
    assert [(each.ordinal, each.kind) for each in owed] == [
        (5, "RefundFailed"),
        (6, "OrderNeedsReview"),
    ]
    assert (now.event_ordinal, now.status) == (6, OrderStatus.PAID)


def test_an_order_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(HELD, announces=True)
    del table.orders.by_id[ORDER.order_id]
    read = iter([replace(ORDER, event_ordinal=1)])
    monkeypatch.setattr(DynamoDbOrders, "get", lambda *_: next(read, None))
    with pytest.raises(LookupError, match="is not in the table"):
        table.outcomes.record_refunded(HELD, PROOF, LATER)
    assert table.changes() == {}


def test_the_refund_of_a_stray_charge_is_announced_for_its_attempt() -> None:
    table = Table(OF_STRAY, WITH_STRAY, announces=True)
    assert table.outcomes.record_refunded(OF_STRAY, replace(PROOF, amount=4200), LATER)
    [owed] = map(Announcement.from_member, table.orders.by_id[ORDER.order_id].owed)
    assert owed.attempt == 1


def test_the_last_refund_of_a_stray_charge_and_the_end_of_its_order_are_announced() -> None:
    over = replace(WITH_STRAY, status=OrderStatus.NEEDS_REVIEW, decline_code="no", event_ordinal=4)
    table = Table(OF_STRAY, over, announces=True)
    assert table.outcomes.record_refunded(OF_STRAY, replace(PROOF, amount=4200), LATER)
    order = table.orders.by_id[ORDER.order_id]
    owed = sorted(map(Announcement.from_member, order.owed), key=lambda each: each.ordinal)
    assert [(each.ordinal, each.kind) for each in owed] == [
        (5, "OrderRefunded"),
        (6, "OrderDeclined"),
    ]
    assert order.event_ordinal == 6


@pytest.mark.parametrize(
    ("how", "counted"),
    [({}, {"attempt_claims": "3", "first_claimed_at": str(LATER)}), ({"to_look_up": True}, {})],
    ids=["to request", "to look up"],
)
def test_a_claim_is_counted_unless_it_only_looks_up(
    how: dict[str, bool], counted: dict[str, str]
) -> None:
    table = Table(replace(HELD, status=S.UNKNOWN))
    table.refunds.claim(ID, claim_id="c2", now=LATER, lease_expires_at=LATER + 9, **how)
    assert table.changes() == {
        **remembered("REFUNDING"),
        "claim_epoch": "3",
        "claim_id": "c2",
        "lease_expires_at": str(LATER + 9),
        **counted,
    }


def test_a_refund_that_is_accepted_is_kept_with_its_order() -> None:
    table, other = Table(HELD), "op_" + "b" * 52
    assert table.refunds.accept(replace(HELD, refund_id=other)) is None
    assert table.changes(ORDER.order_id) == {"refundable": "1800", "refunds": [other]}


def test_a_claim_of_what_is_no_longer_being_refunded_is_refused() -> None:
    """Also where the same worker claimed it before."""
    processing = replace(HELD, status=S.PROCESSING)
    claimed = Table(processing).refunds.claim(
        ID, claim_id="c1", now=LATER, lease_expires_at=LATER + 9
    )
    assert claimed == NotClaimed(processing)


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (ORDER, OF_STRAY),
        (replace(ORDER, status=OrderStatus.NEEDS_REVIEW), HELD),
        (ORDER, replace(HELD, charge_id="ch_2")),
        (ORDER, replace(HELD, amount=3001)),
        (replace(ORDER, refundable=None), replace(HELD, amount=4201)),
    ],
)
def test_what_the_order_has_not_is_not_refunded(order: Order, wanted: Refund) -> None:
    table = Table(HELD, order)
    assert table.refunds.accept(replace(wanted, refund_id="op_" + "b" * 52)) == OrderChanged()
    assert table.changes(order.order_id) == {}


@pytest.mark.parametrize(
    ("retries", "accepted_at", "is_own"), [(1, NOW, True), (0, NOW, False), (1, NOW + 1, False)]
)
def test_a_transaction_that_the_client_repeated_knows_its_own_refund(
    retries: int, accepted_at: int, is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, there = Table(HELD), replace(HELD, accepted_at=accepted_at)

    def refuse(*_: Any) -> Any:
        failed = {"Code": "ConditionalCheckFailed", "Item": refund_to_item(there, 1)}
        raise AwsRefusedError(
            "TransactionCanceledException",
            cancellation_reasons=[failed, {"Code": "None"}],
            retries=retries,
        )

    monkeypatch.setattr(table.model, "call", refuse)
    assert table.refunds.accept(HELD) == (None if is_own else there)


class LeavesKeysOver:
    """A table that throttles for some calls, and remembers what it was asked."""

    def __init__(self, times: int) -> None:
        self._times = times
        self.asked: list[Mapping[str, Any]] = []

    def call(self, _operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        wanted = parameters.get("RequestItems", {})
        self.asked += [*wanted.values()] or [parameters]
        left = wanted if len(self.asked) <= self._times else {}
        return {"Responses": {}, "UnprocessedKeys": left}


@pytest.mark.parametrize("times", [1, 99])
def test_refunds_are_read_as_of_now_and_none_is_left_over(times: int) -> None:
    table = LeavesKeysOver(times)
    refunds = DynamoDbRefunds(table, ORDER_TABLE, 1)
    order = replace(ORDER, refunds=frozenset({ID}))
    if times == 1:
        assert refunds.of(order) == []
        assert refunds.get(ID) is None
        assert len(table.asked) == 3
    else:
        with pytest.raises(AwsNoAnswerError):
            refunds.of(order)
    assert all(each["ConsistentRead"] is True for each in table.asked)


def test_the_failed_refund_of_a_stray_charge_that_is_still_one_is_announced_alone() -> None:
    order = replace(WITH_STRAY, event_ordinal=4)
    refund = replace(OF_STRAY, status=S.REFUNDED, settled_at=NOW)
    table = Table(refund, order, announces=True)
    assert table.outcomes.record_returned(refund, NO, LATER)
    [owed] = map(Announcement.from_member, table.orders.by_id[ORDER.order_id].owed)
    assert (owed.ordinal, owed.kind) == (5, "RefundFailed")
    assert table.changes(order.order_id)["unsettled_shard"] == "announce#0"


@pytest.mark.parametrize("is_stray", [True, False], ids=["still stray", "given back since"])
def test_a_stray_charge_that_went_back_after_a_no_is_under_way_again_where_it_is_still_one(
    is_stray: bool,
) -> None:
    strays = frozenset({STRAY}) if is_stray else frozenset()
    order = replace(WITH_STRAY, stray_charges=strays, refunding_strays=frozenset())
    refund = replace(OF_STRAY, status=S.NOT_REFUNDED, settled_at=NOW)
    table = Table(refund, order)
    assert table.outcomes.record_review(refund, "mismatch", LATER)
    assert table.changes()["status"] == "NEEDS_REVIEW"
    assert table.changes(order.order_id) == ({"refunding_strays": [STRAY]} if is_stray else {})


@pytest.mark.parametrize("status", [S.REFUNDING, S.PROCESSING])
def test_a_refund_that_the_service_decides_in_days_is_looked_up_again_and_again(
    status: RefundStatus,
) -> None:
    refund = replace(HELD, status=status, processing_since=NOW)
    table = Table(refund)
    assert table.outcomes.record_processing(refund, LATER + HOUR, LATER)
    assert table.changes()["unsettled_since"] == str(LATER + HOUR)


def test_proof_that_a_worker_slept_with_does_not_undo_that_the_refund_was_returned() -> None:
    table = Table(HELD)
    assert table.outcomes.record_refunded(HELD, PROOF, LATER)
    refunded = table.refunds.get(ID)
    assert refunded is not None
    assert table.outcomes.record_returned(refunded, NO, LATER + 1)
    returned = table.refunds.get(ID)
    assert returned is not None
    assert returned.status is S.NOT_REFUNDED
    assert table.outcomes.record_refunded(HELD, PROOF, LATER + 2) == returned
    assert table.refunds.get(ID) == returned
    assert table.orders.by_id[ORDER.order_id].refundable == 4200


def test_proof_that_a_worker_slept_with_does_not_undo_a_no_that_another_one_learned() -> None:
    """The bank may have returned the refund before its success was ever stored."""
    table = Table(HELD)
    assert table.outcomes.record_not_refunded(HELD, NO, LATER)
    known = table.refunds.get(ID)
    assert table.outcomes.record_refunded(HELD, PROOF, LATER + 1) == known
    assert table.refunds.get(ID) == known


def test_a_refund_that_was_returned_and_went_back_after_all_is_refunded() -> None:
    """Who asked knew of the return."""
    returned = replace(HELD, status=S.NOT_REFUNDED, settled_at=NOW)
    table = Table(HELD, replace(ORDER, refundable=4200))
    table.outcomes.record_refunded(HELD, PROOF, NOW - 1)
    refunded = table.refunds.get(ID)
    assert refunded is not None
    table.outcomes.record_returned(refunded, NO, NOW)
    assert table.outcomes.record_refunded(returned, PROOF, LATER)
    now = table.refunds.get(ID)
    assert now is not None
    assert now.status is S.REFUNDED
