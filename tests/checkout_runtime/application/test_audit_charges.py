"""An audit finds each way in which charges and orders differ, in bounded time, and no others."""

from __future__ import annotations

import logging

import pytest

from checkout_runtime.application.audit_findings import MOST_MISMATCHES, Audited
from checkout_runtime.domain.charge_audit import MARGIN_MS, ListedCharge, MismatchKind, Window
from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_audit import (
    DAY,
    HOUR,
    NOON,
    STEP_SECONDS,
    WINDOW,
    Books,
)


@pytest.fixture
def books() -> Books:
    return Books()


def kinds(audited: Audited) -> list[str]:
    return sorted(each.kind.value for each in audited.listed)


def test_what_fits_is_counted_and_nothing_is_found(books: Books) -> None:
    for name in "abcde":
        books.charge(books.order(name))
    audited = books.audit()
    assert (audited.charges, audited.orders, audited.mismatches, audited.foreign) == (5, 5, 0, 0)
    assert (audited.finished, audited.listed, audited.go_on_after) == (True, (), None)


def test_each_way_to_differ_is_found_once(books: Books) -> None:
    books.charge(books.order("fits"))
    unknown = books.order("unknown")
    books.charge(unknown)
    del books.orders[unknown.order_id]
    other = books.order("other")
    books.charge(other)
    books.change(other, amount=1)
    declined = books.order("declined")
    books.charge(declined)
    books.change(declined, status=OrderStatus.DECLINED, charge_id=None)
    stray = books.order("stray")
    books.charge(stray)
    books.change(
        stray, status=OrderStatus.NEEDS_REVIEW, stray_charges=frozenset({"1:ch_stray:4200:EUR"})
    )
    books.order("nothing taken")
    audited = books.audit()
    of_refunds = {MismatchKind.REFUND_NOT_RECORDED, MismatchKind.REFUND_NOT_LISTED}
    assert kinds(audited) == sorted(set(MismatchKind) - of_refunds)
    assert audited.mismatches == 5
    assert audited.finished


def test_a_charge_of_somebody_else_on_the_account_is_counted_and_no_mismatch(books: Books) -> None:
    books.charges += [
        ListedCharge("ch_a", None, 0, "", NOON),
        ListedCharge("ch_b", "invoice-7", 1, "EUR", NOON),
    ]
    audited = books.audit()
    assert (audited.foreign, audited.charges, audited.mismatches) == (2, 0, 0)


def test_a_charge_under_something_like_the_key_of_an_order_is_not_taken_for_foreign(
    books: Books,
) -> None:
    order = books.order("k")
    books.charges.append(ListedCharge("ch_x", f"{order.order_id}:x", 4200, "EUR", NOON))
    assert kinds(books.audit()) == ["charge_not_recorded", "paid_without_charge"]


def test_an_order_on_its_way_is_none(books: Books) -> None:
    order = books.order("late", paid_at=books.clock.time)
    books.charge(order, captured_at=books.clock.time - HOUR)
    books.change(order, status=OrderStatus.UNKNOWN, charge_id=None)
    window = Window(books.clock.time - 2 * HOUR, books.clock.time)
    assert books.audit(window).mismatches == 0
    books.clock.time += 25 * HOUR
    assert kinds(books.audit(window, deadline=books.clock.time + HOUR)) == ["charge_not_recorded"]


def test_patience_with_an_order_on_its_way_ends_at_its_time(books: Books) -> None:
    order = books.order("late")
    books.change(order, status=OrderStatus.UNKNOWN, charge_id=None)
    books.charge(order)
    books.clock.time = NOON + 25 * HOUR
    assert books.audit().mismatches == 0
    books.clock.time += 1
    assert kinds(books.audit()) == ["charge_not_recorded"]


@pytest.mark.parametrize(
    ("captured_at", "paid_at"),
    [(WINDOW.begin - 1, WINDOW.begin), (WINDOW.end, WINDOW.end - 1)],
    ids=["captured before midnight", "captured after midnight by another clock"],
)
def test_a_charge_on_the_other_side_of_the_windows_edge_is_seen(
    captured_at: int, paid_at: int, books: Books
) -> None:
    books.charge(books.order("edge", paid_at=paid_at), captured_at=captured_at)
    audited = books.audit()
    assert (audited.orders, audited.charges, audited.mismatches) == (1, 0, 0)


def test_each_charge_and_each_order_is_compared_on_one_day_only(books: Books) -> None:
    books.order("a", paid_at=WINDOW.end - 1)
    books.charge(replace(books.order("b"), order_id=order_id_for("t", "b", "k")))
    del books.orders[order_id_for("tests", "buyer", "b")]
    days = [Window(WINDOW.begin + n * DAY, WINDOW.end + n * DAY) for n in (-1, 0, 1)]
    assert [books.audit(day).mismatches for day in days] == [0, 2, 0]


def test_the_charge_of_an_order_that_was_paid_late_is_found_at_its_first_try(books: Books) -> None:
    """Paid after a week in review: its charge is a week old, and stands in no list of today."""
    week_ago = NOON - 7 * DAY
    order = books.order("reviewed")
    books.change(order, tried_since=week_ago)
    books.charge(order, captured_at=week_ago + 1)
    assert books.audit().mismatches == 0
    assert books.asked[1:] == [Window(week_ago - MARGIN_MS, WINDOW.begin - MARGIN_MS)]


def test_the_list_is_read_from_the_oldest_order_on_and_no_further_than_to_the_last_charge(
    books: Books,
) -> None:
    days_ago = [NOON - days * DAY for days in (7, 3)]
    for since in days_ago:
        order = books.order(f"reviewed at {since}")
        books.change(order, tried_since=since)
        books.charge(order, captured_at=since)
    books.charges += [ListedCharge(f"ch_{n}", None, 1, "EUR", days_ago[1]) for n in range(9)]
    books.page_ms = 1000 * STEP_SECONDS
    began = books.clock.time
    audited = books.audit()
    assert (audited.finished, audited.mismatches) == (True, 0)
    assert books.clock.time == began + 3 * books.page_ms, "one page of each: day, orders, past"


def test_an_order_that_was_tried_in_the_window_has_its_charge_in_no_older_list(
    books: Books,
) -> None:
    books.change(books.order("a"), tried_since=WINDOW.begin)
    assert kinds(books.audit()) == ["paid_without_charge"]
    assert len(books.asked) == 1


def test_a_late_order_without_charge_is_found_for_all_that(books: Books) -> None:
    books.change(books.order("reviewed"), tried_since=NOON - 7 * DAY)
    assert kinds(books.audit()) == ["paid_without_charge"]


def test_nobody_lists_years_for_one_order(books: Books) -> None:
    books.change(books.order("old"), tried_since=0)
    assert kinds(books.audit()) == ["paid_without_charge"]
    assert books.asked[1].begin == WINDOW.begin - 35 * DAY - MARGIN_MS


def test_one_charge_pays_one_order(books: Books) -> None:
    books.charge(books.order("a", charge_id="ch_same"))
    books.order("b", charge_id="ch_same")
    [mismatch] = books.audit().listed
    assert (mismatch.kind, mismatch.correlation_id) == ("paid_without_charge", "req_b")


def test_a_charge_that_is_listed_twice_is_one_charge(books: Books) -> None:
    unknown = books.order("unknown")
    charge = books.charge(unknown)
    del books.orders[unknown.order_id]
    books.charges += [charge, charge]
    audited = books.audit()
    assert (audited.charges, audited.mismatches) == (1, 1)


def test_a_thousand_mismatches_are_told_and_the_rest_is_counted(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    books.a_page = 500
    for number in range(MOST_MISMATCHES + 7):
        books.order(f"k{number}")
    audited = books.audit()
    assert (audited.mismatches, len(audited.listed)) == (MOST_MISMATCHES + 7, MOST_MISMATCHES)
    told = [each for each in caplog.records if each.msg == "charge_mismatch"]
    assert len(told) == MOST_MISMATCHES


def test_a_run_that_is_out_of_time_says_so_and_ends_before_its_deadline(books: Books) -> None:
    books.page_ms = 1000 * STEP_SECONDS
    for number in range(20):
        books.charge(books.order(f"k{number}"))
    deadline = books.clock.time + 15 * 1000 * STEP_SECONDS
    audited = books.audit(deadline=deadline)
    assert not audited.finished
    assert audited.mismatches == 0, "what was not read is not called a mismatch"
    assert books.clock.time <= deadline


@pytest.mark.parametrize(
    "time_ms",
    # One step is taken in any case; a run with a millisecond less than so many takes one less.
    [1000 * STEP_SECONDS * steps - less for steps in range(1, 16) for less in (0, steps > 1)],
)
def test_whatever_time_there_is_a_run_reports_before_it_is_over(time_ms: int, books: Books) -> None:
    books.page_ms = 1000 * STEP_SECONDS
    books.change(books.order("reviewed"), tried_since=NOON - 7 * DAY)
    for number in range(4):
        books.charge(books.order(f"k{number}"))
    deadline = books.clock.time + time_ms
    audited = books.audit(deadline=deadline)
    assert books.clock.time <= deadline
    found = kinds(audited)
    assert found in ([], ["paid_without_charge"])
    assert found or not audited.finished


def test_runs_that_go_on_where_the_last_one_stopped_find_it_all_once(books: Books) -> None:
    books.page_ms = 1000 * STEP_SECONDS
    for number in range(10):
        books.order(f"k{number}")
    unknown = books.order("unknown")
    books.charge(unknown)
    del books.orders[unknown.order_id]
    found: list[Audited] = []
    while not found or not found[-1].finished:
        after = found[-1].go_on_after if found else None
        deadline = books.clock.time + 7 * 1000 * STEP_SECONDS
        found.append(books.audit(deadline=deadline, go_on_after=after))
        assert found[-1].finished or found[-1].go_on_after
    assert len(found) > 1
    assert sum(each.orders for each in found) == 10
    assert [each.charges for each in found] == [1] + [0] * (len(found) - 1)
    assert sorted(kind for each in found for kind in kinds(each)) == [
        "charge_without_order",
        *["paid_without_charge"] * 10,
    ]


def test_a_list_that_does_not_end_in_time_is_no_finished_run(books: Books) -> None:
    books.page_ms = 1000 * STEP_SECONDS
    for number in range(100):
        books.charge(books.order(f"k{number}"))
    audited = books.audit(deadline=books.clock.time + 5 * 1000 * STEP_SECONDS)
    assert (audited.finished, audited.orders, audited.go_on_after) == (False, 0, None)


def test_looking_back_that_does_not_end_in_time_starts_again(books: Books) -> None:
    books.page_ms = 1000 * STEP_SECONDS
    books.change(books.order("reviewed"), tried_since=NOON - 7 * DAY)
    for number in range(50):
        charged = books.charge(books.order(f"k{number}"), captured_at=NOON - 3 * DAY)
        del books.orders[order_id_for("tests", "buyer", f"k{number}")]
        assert charged.captured_at not in WINDOW
    audited = books.audit(deadline=books.clock.time + 8 * 1000 * STEP_SECONDS)
    assert (audited.finished, audited.mismatches, audited.go_on_after) == (False, 0, None)


def test_a_charge_that_there_is_no_time_to_look_for_is_not_called_missing(books: Books) -> None:
    books.page_ms = 1000 * STEP_SECONDS
    order = books.order("reviewed")
    books.change(order, tried_since=NOON - 7 * DAY)
    books.charge(order, captured_at=NOON - 7 * DAY)
    audited = books.audit(deadline=books.clock.time + 2 * 1000 * STEP_SECONDS)
    assert (audited.finished, audited.mismatches, audited.go_on_after) == (False, 0, None)
    assert (audited.orders, len(books.asked)) == (1, 1), "a step that just fits is made"


def test_the_log_names_each_mismatch_and_sums_up_the_run(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order = books.order("a")
    books.audit()
    mismatch, summary = caplog.records
    assert {name: vars(mismatch)[name] for name in ("event", "kind", "order_id", "charge_id")} == {
        "event": "charge_mismatch",
        "kind": "paid_without_charge",
        "order_id": order.order_id,
        "charge_id": "ch_a",
    }
    assert vars(mismatch)["correlation_id"] == "req_a"
    fields = ("event", "charges", "foreign", "orders", "mismatches", "finished")
    assert [vars(summary)[name] for name in fields] == ["charges_audited", 0, 0, 1, 1, True]
    assert summary.levelno == logging.INFO


def test_a_run_that_did_not_finish_is_logged_as_an_error(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    books.audit(deadline=books.clock.time)
    [summary] = caplog.records
    assert (summary.levelno, vars(summary)["finished"]) == (logging.ERROR, False)
