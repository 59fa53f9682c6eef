"""What was opened in vain is abandoned; what an order may still be charged by never is."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from checkout_runtime.application.audit_ports import ChargesNotListedError
from checkout_runtime.application.sweep_openings import SweepOpenings
from checkout_runtime.domain.charge_audit import ListedOpening, Window
from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import NotCharged, Opened, Unknown
from tests.checkout_runtime.application.in_memory_audit import (
    DAY,
    HOUR,
    NOON,
    QUICK,
    STEP_SECONDS,
    WINDOW,
    Books,
)
from tests.checkout_runtime.factories import NOW


@dataclass
class Openings:
    """A payment service that opens attempts: its list of them, each with its time."""

    books: Books
    opened: list[tuple[int, ListedOpening]] = field(default_factory=list)
    abandoned: list[str] = field(default_factory=list)
    asked: list[Window] = field(default_factory=list)

    def openings(self, window: Window) -> Iterator[Sequence[ListedOpening]]:
        self.asked.append(window)
        found = [each for at, each in self.opened if at in window]
        for begin in range(0, max(len(found), 1), 2):
            self.books.clock.time += self.books.page_ms
            yield found[begin : begin + 2]

    def open(self, order: Order) -> Opened | NotCharged | Unknown:
        raise AssertionError("a sweep opens nothing")

    def abandon(self, reference: str) -> None:
        self.abandoned.append(reference)

    def left_open(self, name: str, reference: str, *, at: int = NOON) -> None:
        order_id = order_id_for("tests", "buyer", name)
        self.opened.append((at, ListedOpening(reference, order_id)))

    def sweep(self, window: Window = WINDOW, *, deadline: int = QUICK["deadline"]) -> int:
        run = SweepOpenings(
            listing=self,
            intents=self,
            orders=self.books,
            clock=self.books.clock,
            step_seconds=STEP_SECONDS,
        )
        return run(window, deadline=deadline)


@pytest.fixture
def openings() -> Openings:
    return Openings(Books())


def test_what_a_dead_worker_opened_is_abandoned(openings: Openings) -> None:
    openings.books.change(openings.books.order("a"), payment_reference="pi_1")
    openings.left_open("a", "pi_dead")
    assert openings.sweep() == 1
    assert openings.abandoned == ["pi_dead"]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_what_the_claim_stored_is_left_whatever_became_of_the_order(
    status: OrderStatus, openings: Openings
) -> None:
    openings.books.change(openings.books.order("a"), payment_reference="pi_1", status=status)
    openings.left_open("a", "pi_1")
    assert openings.sweep() == 0
    assert openings.abandoned == []


def test_an_order_that_nobody_claimed_since_is_charged_by_another_opening(
    openings: Openings,
) -> None:
    openings.books.change(openings.books.order("a"), status=OrderStatus.PENDING)
    openings.left_open("a", "pi_dead")
    assert openings.sweep() == 1


def test_an_order_that_the_table_does_not_have_is_another_checkouts(openings: Openings) -> None:
    openings.left_open("elsewhere", "pi_other")
    assert openings.sweep() == 0
    assert openings.abandoned == []


def test_a_worker_that_may_still_be_at_it_is_left_alone(openings: Openings) -> None:
    openings.books.order("a")
    openings.left_open("a", "pi_young", at=NOW - HOUR)
    openings.left_open("a", "pi_old", at=NOW - HOUR - 1)
    assert openings.sweep(Window(NOW - DAY, NOW)) == 1
    assert openings.abandoned == ["pi_old"]
    assert openings.sweep(Window(NOW - 1, NOW)) == 0
    assert len(openings.asked) == 1, "a window in which all are young is not asked for"


def test_every_page_is_swept(openings: Openings) -> None:
    names = [f"k{number}" for number in range(5)]
    for name in names:
        openings.books.order(name)
        openings.left_open(name, f"pi_{name}")
    assert openings.sweep() == 5
    assert openings.abandoned == [f"pi_{name}" for name in names]


def test_a_sweep_ends_before_its_deadline(openings: Openings) -> None:
    openings.books.page_ms = STEP_SECONDS * 1000
    for name in "abcdef":
        openings.books.order(name)
        openings.left_open(name, f"pi_{name}")
    assert openings.sweep(deadline=openings.books.clock.time + 2 * STEP_SECONDS * 1000) == 2
    assert openings.sweep(deadline=openings.books.clock.time) == 0


@pytest.mark.parametrize(("left", "abandoned"), [(0, 1), (-1, 0)])
def test_one_is_abandoned_while_there_is_time_for_a_whole_step(
    left: int, abandoned: int, openings: Openings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    openings.books.page_ms = 0
    order = openings.books.order("a")
    openings.left_open("a", "pi_dead")
    deadline = openings.books.clock.time + STEP_SECONDS * 1000 + left
    assert openings.sweep(deadline=deadline) == abandoned
    told = [(vars(record)["event"], vars(record)["order_id"]) for record in caplog.records]
    assert told == [("opening_given_up", order.order_id)] * abandoned


def test_a_page_is_the_last_if_no_time_is_left_for_a_step(openings: Openings) -> None:
    began = openings.books.clock.time
    openings.books.page_ms = STEP_SECONDS * 1000
    for name in "abcdef":
        openings.left_open(name, f"pi_{name}")
    assert openings.sweep(deadline=began + STEP_SECONDS * 1000) == 0
    assert openings.books.clock.time == began + STEP_SECONDS * 1000


def test_an_empty_page_reads_no_order_and_an_empty_window_no_page(
    openings: Openings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Books, "by_id")
    assert openings.sweep() == 0
    asked = len(openings.asked)
    assert openings.sweep(Window(NOW - HOUR, NOW)) == 0
    assert len(openings.asked) == asked


def test_a_list_that_cannot_be_had_gives_nothing_up(
    openings: Openings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_list(window: Window) -> Iterator[Sequence[ListedOpening]]:
        raise ChargesNotListedError("http_503")

    monkeypatch.setattr(openings, "openings", no_list)
    with pytest.raises(ChargesNotListedError):
        openings.sweep()
    assert openings.abandoned == []
