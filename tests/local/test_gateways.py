"""The rows about answers without a word notice what would break their promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.scenarios import gateways
from checkout_stack.local.scenarios.scenario import Scenario
from checkout_stack.local.scenarios.scenario_run import ScenarioRun
from checkout_stack.local.scenarios.verdict import judge

ROWS = {scenario.name: scenario for scenario in gateways.SCENARIOS}
FOUND = ("402 for a capture", "404 for a capture", "499 for a capture", "402 page for a look-up")


@dataclass
class Checkout:
    """A checkout whose one order comes to each state in turn, a step at each look at the table."""

    states: list[str]
    charged: bool = False
    """Whether the first payment method was charged."""
    takes_second_card: bool = False
    """Whether it takes a second card in any state."""
    claims: int = 2
    attempt: int = 1
    charges_made: list[dict[str, Any]] = field(default_factory=list)
    looked_up: int = 0

    def place_order(self, *_: object, **__: object) -> Answer:
        if self.charged:
            self._charge()
        return Answer(202, {}, {"order_id": "ord_1"}, 0.0)

    def start_payment_attempt(self, *_: object, **__: object) -> Answer:
        if self.states[0] != "DECLINED" and not self.takes_second_card:
            return Answer(409, {}, {}, 0.0)
        self.attempt = 2
        self._charge()
        self.states = ["PAID"]
        return Answer(202, {}, {}, 0.0)

    def orders(self, _customer: str) -> list[StoredOrder]:
        status = self.states[0]
        # What is decided in days goes on only when it is looked up.
        if len(self.states) > 1 and status != "PROCESSING":
            del self.states[0]
        charge_id = self.charges_made[0]["charge_id"] if self.charges_made else None
        return [
            StoredOrder(
                "ord_1",
                status,
                self.attempt,
                4200,
                "cus_1",
                charge_id if status == "PAID" else None,
                frozenset(),
                claim_epoch=self.claims,
            )
        ]

    def charges(self, _customer: str) -> list[dict[str, Any]]:
        return self.charges_made

    def make_look_up_due(self, _order_id: str) -> bool:
        return self.states[0] == "PROCESSING"

    def reconcile(self) -> None:
        self.looked_up += 1
        del self.states[0]

    def _charge(self) -> None:
        name = f"ch_{len(self.charges_made)}"
        self.charges_made.append({"charge_id": name, "order_id": "ord_1", "amount": 4200})


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long as a test may."""
    monkeypatch.setattr(gateways, "DEBIT_SECONDS", 0)
    for name in ("SECONDS_TO_CHARGE", "SECONDS_TO_FIND", "SECONDS_UNTIL_FREE"):
        monkeypatch.setattr(gateways, name, 0.5)


def deviations(row: Scenario, checkout: Checkout) -> tuple[str, ...]:
    """What a row notices."""
    fake = SimpleNamespace(
        client=checkout,
        inspector=checkout,
        controls=checkout,
        buyers={"ada": None},
        check_running=lambda: None,
    )
    run = ScenarioRun(cast("LocalCheckout", fake), "cus_1")
    row.act(run)
    assert row.afterwards is not None
    row.afterwards(run)
    return judge(row, run).deviations


@pytest.mark.parametrize("name", FOUND)
def test_a_capture_that_is_found_is_as_promised(name: str) -> None:
    assert deviations(ROWS[name], Checkout(["UNKNOWN", "PAID"], charged=True)) == ()


@pytest.mark.parametrize("name", FOUND)
def test_a_second_card_that_is_charged_is_noticed(name: str) -> None:
    checkout = Checkout(["DECLINED"], charged=True)
    found = deviations(ROWS[name], checkout)
    assert "ord_1 was charged 2 times" in found


@pytest.mark.parametrize("name", FOUND)
def test_a_capture_that_was_never_looked_for_is_noticed(name: str) -> None:
    found = deviations(ROWS[name], Checkout(["PAID"], charged=True, claims=1))
    assert found == ("1 claims, so nothing was tried",)


@pytest.mark.parametrize("name", ["refused without a word", "not charged"])
def test_a_buyer_who_is_freed_pays_by_another_card(name: str) -> None:
    assert deviations(ROWS[name], Checkout(["UNKNOWN", "DECLINED"])) == ()


@pytest.mark.parametrize("name", ["refused without a word", "not charged"])
def test_a_buyer_who_is_not_freed_in_time_is_noticed(name: str) -> None:
    found = deviations(ROWS[name], Checkout(["UNKNOWN"]))
    assert any("the order is UNKNOWN, not DECLINED" in each for each in found)


def test_a_debit_is_looked_up_until_it_is_decided() -> None:
    checkout = Checkout(["PROCESSING", "PROCESSING", "PAID"], charged=True)
    assert deviations(ROWS["debit, captured"], checkout) == ()
    assert checkout.looked_up == 2


def test_a_debit_that_bounces_frees_the_buyer() -> None:
    checkout = Checkout(["UNKNOWN", "PROCESSING", "DECLINED"])
    assert deviations(ROWS["debit, bounced"], checkout) == ()


@pytest.mark.parametrize("name", ["debit, captured", "debit, bounced"])
def test_a_second_card_while_a_debit_is_processed_is_noticed(name: str) -> None:
    checkout = Checkout(["PROCESSING", "PAID"], charged=True, takes_second_card=True)
    found = deviations(ROWS[name], checkout)
    assert any("202 instead of 409" in each for each in found)


def test_every_row_has_been_tried_here() -> None:
    tried = {*FOUND, "refused without a word", "not charged", "debit, captured", "debit, bounced"}
    assert tried == set(ROWS)
