"""An export marks every order whose charge does not fit, and a story says what to do."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checkout_runtime.adapters.order_item import order_to_item
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
from checkout_stack.operations import orders_commands
from checkout_stack.operations.look_up import AskedAttempt, LookUp
from checkout_stack.operations.order_story import story_of
from checkout_stack.operations.review_reasons import REASONS
from checkout_stack.operations.stored_orders import StoredOrder
from tests.checkout_runtime.factories import new_order


def stored(**attributes: Any) -> StoredOrder:
    item: dict[str, Any] = order_to_item(new_order("k1"), 1)
    return StoredOrder({**item, **attributes})


KNOWS_NOTHING = LookUp("nothing", (AskedAttempt(1, None, None, "knows nothing of it"),))
PAID = {"status": {"S": "PAID"}, "charge_id": {"S": "ch_1"}}


@pytest.mark.parametrize(
    ("order", "mismatch"),
    [
        (stored(), ""),
        (stored(**PAID), ""),
        (stored(status={"S": "DECLINED"}), ""),
        (stored(status={"S": "PAID"}), "paid without a charge"),
        (stored(charge_id={"S": "ch_1"}), "a charge without being paid"),
        (
            stored(**PAID, stray_charges={"SS": ["1:ch_2:4200:EUR"]}),
            "charges beside its own",
        ),
    ],
    ids=["open", "paid", "declined", "no charge", "not paid", "stray"],
)
def test_a_mismatch_is_marked(
    order: StoredOrder, mismatch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders_commands, "all_orders", lambda _: iter([order]))
    export = orders_commands.export.callback
    assert export is not None
    run = export.__wrapped__  # type: ignore[attr-defined]

    with CliRunner().isolation() as (out, _, _):
        try:
            run(None, output=None, as_json=False)
            code = 0
        except SystemExit as end:
            code = int(str(end.code))
        text = out.getvalue().decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert row["mismatch"] == mismatch
    assert code == (1 if mismatch else 0)
    assert "cus_1" not in text


@pytest.mark.parametrize(
    ("order", "captured", "left"),
    [
        (stored(), "", ""),
        (stored(**PAID), "4200", "4200"),
        (stored(**PAID, captured_amount={"N": "3000"}, refundable={"N": "1000"}), "3000", "1000"),
        (stored(**PAID, refundable={"N": "-500"}), "4200", "0"),
    ],
)
def test_what_was_captured_and_what_is_left_of_it_are_booked(
    order: StoredOrder, captured: str, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders_commands, "all_orders", lambda _: iter([order]))
    export = orders_commands.export.callback
    assert export is not None
    with CliRunner().isolation() as (out, _, _):
        export.__wrapped__(None, output=None, as_json=False)  # type: ignore[attr-defined]
        [row] = csv.DictReader(io.StringIO(out.getvalue().decode()))
    assert (row["captured"], row["left_to_refund"]) == (captured, left)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_state_says_what_to_do(status: OrderStatus) -> None:
    said = "captured 4200 EUR as ch_1" if status is OrderStatus.PAID else "knows nothing of it"
    look_up = LookUp(said, (AskedAttempt(1, None, None, said),))
    story = story_of(stored(status={"S": status.value}), [], look_up)
    assert story.next_step
    assert story.needs_operator == (status is OrderStatus.NEEDS_REVIEW)
    newer = "a later version" in story.next_step
    assert newer == (status is OrderStatus.NEWER), "a state of this version has a step of its own"


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_for_a_review_has_an_exit(reason: str) -> None:
    order = stored(status={"S": "NEEDS_REVIEW"}, review_reason={"S": reason})
    step = story_of(order, [], KNOWS_NOTHING).next_step
    assert any(
        f"`checkout orders {way_out} {order.order_id}" in step for way_out in ("release", "settle")
    )
    assert "{" not in step


def test_a_reason_of_a_later_version_has_an_exit_too() -> None:
    order = stored(status={"S": "NEEDS_REVIEW"}, review_reason={"S": "new"})
    assert "checkout orders release" in story_of(order, [], KNOWS_NOTHING).next_step


def test_the_page_about_operations_has_every_reason() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operate" / "operations.md").read_text()
    assert [reason for reason in REASONS if f"`{reason}`" not in page] == []


def test_a_stray_charge_needs_an_operator_whatever_the_state() -> None:
    order = stored(**PAID, stray_charges={"SS": ["1:ch_2:1:EUR"]})
    story = story_of(order, [], LookUp("captured", (AskedAttempt(1, None, None, "captured"),)))
    assert story.needs_operator
    assert "--refunded-elsewhere" in story.next_step


def test_a_processing_order_tells_when_it_is_looked_up_next() -> None:
    order = stored(status={"S": "PROCESSING"}, unsettled_since={"N": "9000"})
    whats = [event.what for event in story_of(order, [], KNOWS_NOTHING).events]
    assert "next look-up" in whats


def test_a_story_tells_an_operators_verdict() -> None:
    order = stored(
        verdict_at={"N": "2000"}, verdict_by={"S": "ada"}, verdict_why={"S": "seen there"}
    )
    whats = [event.what for event in story_of(order, [], KNOWS_NOTHING).events]
    assert "verdict by ada: seen there" in whats


def test_a_story_tells_states_that_a_later_version_wrote() -> None:
    order = stored(first_1_AUTHORIZED={"N": "2000"}, last_1_AUTHORIZED={"N": "2000"})
    whats = [event.what for event in story_of(order, [], KNOWS_NOTHING).events]
    assert "attempt 1 is AUTHORIZED" in whats


def test_a_story_is_in_order_of_time() -> None:
    order = replace(new_order("k1"), accepted_at=1000, unsettled_since=3000)
    item: dict[str, Any] = order_to_item(order, 1)
    story = story_of(StoredOrder({**item, "first_claimed_at": {"N": "2000"}}), [], KNOWS_NOTHING)
    assert [each.at[17:23] for each in story.events] == ["01.000", "02.000", "03.000"]


def test_a_story_tells_every_state_that_the_order_came_to_and_the_last_time_too() -> None:
    times = {
        "first_1_CHARGING": 2000,
        "last_1_CHARGING": 5000,
        "first_1_UNKNOWN": 4000,
        "last_1_UNKNOWN": 4000,
        "first_released": 4500,
        "last_released": 4500,
        "first_1_DECLINED": 5000,
        "last_1_DECLINED": 5000,
        "first_2_PENDING": 5000,
        "last_2_PENDING": 5000,
    }
    order = replace(new_order("k1"), accepted_at=1000, unsettled_since=None)
    item: dict[str, Any] = order_to_item(replace(order, unsettled_since=1), 1)
    del item["unsettled_since"]
    kept = {name: {"N": str(time)} for name, time in reversed(times.items())}
    events = story_of(StoredOrder({**item, **kept}), [], KNOWS_NOTHING).events
    assert [event.what for event in events] == [
        "accepted",
        "attempt 1 is CHARGING",
        "attempt 1 is UNKNOWN",
        "released by an operator",
        "attempt 1 is CHARGING again, for the last time so far",
        "attempt 1 is DECLINED",
        "attempt 2 is PENDING",
    ]


def test_a_story_names_what_to_search_the_log_for() -> None:
    assert story_of(stored(), [], KNOWS_NOTHING).order["correlation_id"] == "req_1"
