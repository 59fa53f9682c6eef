"""A row is judged by the table and the ledger, and any deviation fails the run."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.local_checkout import FAULTS, PLAIN, Deployment, LocalCheckout
from checkout_stack.local.messages import Progress
from checkout_stack.local.report import as_json, print_table
from checkout_stack.local.scenarios import trial
from checkout_stack.local.scenarios.scenario import Expected, Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.scenarios.verdict import Verdict

PAID_ONCE = ends_in("PAID")
A_STRAY = frozenset({"1:ch_1:4201:EUR"})


@dataclass
class FakeInspector:
    """A table, a ledger and queues made up by the test."""

    stored: list[StoredOrder] = field(default_factory=list)
    charged: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0

    def orders(self, customer: str) -> list[StoredOrder]:
        assert customer
        return self.stored

    def charges(self, customer: str) -> list[dict[str, Any]]:
        assert customer
        return self.charged

    def messages(self, queue: str) -> int:
        return self.left if queue == "dead-letter queue" else 0


def _order(status: str = "PAID", **changes: Any) -> StoredOrder:
    known: dict[str, Any] = {
        "order_id": "ord_1",
        "status": status,
        "attempt": 1,
        "amount": 4200,
        "customer": "cus_1",
        "charge_id": "ch_1" if status == "PAID" else None,
        "stray_charges": frozenset(),
    }
    return StoredOrder(**(known | changes))


def _charge(charge_id: str = "ch_1", order_id: str = "ord_1") -> dict[str, Any]:
    return {"charge_id": charge_id, "order_id": order_id, "amount": 4200}


def _nothing(_run: ScenarioRun) -> None:
    pass


def _try(
    inspector: FakeInspector,
    monkeypatch: pytest.MonkeyPatch,
    *,
    expected: Expected = PAID_ONCE,
    act: Callable[[ScenarioRun], None] = _nothing,
    afterwards: Callable[[ScenarioRun], None] | None = None,
) -> Verdict:
    monkeypatch.setattr(trial, "SECONDS_TO_DRAIN", 0.0)
    scenario = Scenario(
        name="plain",
        promise="It is paid.",
        expected=expected,
        act=act,
        afterwards=afterwards,
        settles_within_seconds=0.01,
    )
    checkout = SimpleNamespace(inspector=inspector, check_running=lambda: None)
    return try_all([scenario], {PLAIN: cast("LocalCheckout", checkout)}, Progress())


def test_one_order_and_its_charge_are_as_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = _try(FakeInspector([_order()], [_charge()]), monkeypatch)

    assert verdict.as_promised
    assert json.loads(as_json(verdict))["as_promised"]


@pytest.mark.parametrize(
    ("inspector", "deviation"),
    [
        (FakeInspector([_order()], [_charge(), _charge("ch_2")]), "ord_1 was charged 2 times"),
        (FakeInspector([_order()], [_charge(order_id="ord_2")]), "ord_2 was charged and is not in"),
        (FakeInspector([_order()], []), "0 charges instead of 1"),
        (FakeInspector([], []), "0 orders instead of 1"),
        (FakeInspector([_order("UNKNOWN")], [_charge()]), "not settled: {'UNKNOWN': 1}"),
        (FakeInspector([_order("DECLINED")], []), "orders are ['DECLINED'] instead of ['PAID']"),
        (FakeInspector([_order(charge_id="ch_2")], [_charge()]), "the ledger does not have"),
        (FakeInspector([_order(amount=1)], [_charge()]), "ord_1 is 1, charged 4200"),
        (FakeInspector([_order(captured_amount=3000)], [_charge()]), "is 3000, charged 4200"),
        (
            FakeInspector([_order(stray_charges=frozenset({"ch_9"}))], [_charge()]),
            "stray charges ['ch_9']",
        ),
    ],
)
def test_a_deviation_is_named_and_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, inspector: FakeInspector, deviation: str
) -> None:
    verdict = _try(inspector, monkeypatch)

    assert not verdict.as_promised
    assert any(deviation in each for each in verdict.rows[0].deviations)


def test_the_table_shows_what_was_seen_and_what_was_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verdict = _try(FakeInspector([_order()], [_charge(), _charge("ch_2")]), monkeypatch)
    console = Console(width=80, file=io.StringIO(), record=True)

    print_table(verdict, console)

    shown = " ".join(console.export_text().split())
    assert "plain 0 1 2 not 1 PAID NO" in shown
    assert "plain: ord_1 was charged 2 times" in shown


def test_a_part_of_a_hold_that_was_captured_is_as_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inspector = FakeInspector([_order(captured_amount=3000)], [_charge() | {"amount": 3000}])

    assert _try(inspector, monkeypatch).as_promised


def test_a_message_in_the_dead_letter_queue_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = _try(FakeInspector([_order()], [_charge()], left=1), monkeypatch)

    assert not verdict.as_promised
    assert verdict.left_in_queues["dead-letter queue"] == 1


def test_a_stray_charge_that_a_scenario_expects_is_as_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = _order("NEEDS_REVIEW", stray_charges=A_STRAY)
    inspector = FakeInspector([order], [_charge() | {"amount": 4201}])

    verdict = _try(inspector, monkeypatch, expected=ends_in("NEEDS_REVIEW", stray_charges=1))

    assert verdict.as_promised, verdict.rows[0].deviations


def test_a_stray_charge_that_does_not_come_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    inspector = FakeInspector([_order("NEEDS_REVIEW")], [_charge()])

    verdict = _try(inspector, monkeypatch, expected=ends_in("NEEDS_REVIEW", stray_charges=1))

    assert verdict.rows[0].deviations == ("stray charges [] instead of 1",)


def test_what_goes_wrong_long_afterwards_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_answers(_run: ScenarioRun) -> None:
        raise ConnectionRefusedError("nobody answers")

    verdict = _try(FakeInspector([_order()], [_charge()]), monkeypatch, afterwards=nobody_answers)

    assert verdict.rows[0].deviations == ("ConnectionRefusedError: nobody answers",)


def test_checkouts_are_tried_beside_each_other_and_their_rows_in_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trial, "SECONDS_TO_DRAIN", 0.0)
    begun: list[str] = []
    both = threading.Barrier(2)

    def act(name: str, *, meets: bool = False) -> Callable[[ScenarioRun], None]:
        def note(_run: ScenarioRun) -> None:
            begun.append(name)
            if meets:
                both.wait(timeout=10)

        return note

    def row(name: str, on: Deployment, **more: Any) -> Scenario:
        meets = name.startswith("meets")
        return Scenario(
            name=name, promise="", expected=PAID_ONCE, act=act(name, meets=meets), on=on, **more
        )

    rows = [
        row("meets ben", PLAIN),
        row("after it", PLAIN),
        row("waits long", PLAIN, afterwards=act("waited")),
        row("meets ada", FAULTS),
    ]
    inspector = FakeInspector([_order()], [_charge()])
    checkout = cast(
        "LocalCheckout", SimpleNamespace(inspector=inspector, check_running=lambda: None)
    )

    verdict = try_all(rows, {PLAIN: checkout, FAULTS: checkout}, Progress())

    assert [each.scenario.name for each in verdict.rows] == [each.name for each in rows]
    assert verdict.as_promised
    in_turn = [name for name in begun if name not in ("meets ada", "waited")]
    assert in_turn == ["waits long", "meets ben", "after it"]
