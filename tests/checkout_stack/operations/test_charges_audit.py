"""``checkout charges audit`` asks for the right window, goes on to the end, and says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from checkout_stack.cli import main
from checkout_stack.operations import options
from checkout_stack.operations.deployed_checkout import PARTS, DeployedCheckout, OperationError

DAY = 24 * 60 * 60 * 1000
NOV_21 = 1_795_219_200_000
MISMATCH = {
    "kind": "charge_without_order",
    "order_id": f"ord_{'a' * 52}",
    "charge_id": "ch_1",
    "correlation_id": None,
    "detail": "charged 4200 EUR",
    "what_to_do": "Refund it.",
}
CLEAN: dict[str, Any] = {
    "from": NOV_21,
    "before": NOV_21 + DAY,
    "charges": 2,
    "foreign": 1,
    "orders": 2,
    "mismatches": 0,
    "listed": [],
    "finished": True,
    "go_on_after": None,
}
Run = Callable[..., Result]


class Audit:
    """The function as a command sees it: says what it is told to say."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        self.events.append(dict(event))
        return self.answers.pop(0)


@pytest.fixture
def audit() -> Audit:
    return Audit()


@pytest.fixture
def run(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> Run:
    checkout = DeployedCheckout(
        stack="Shop", name="Checkout", resources={}, session=boto3.Session(region_name="eu-west-1")
    )
    monkeypatch.setattr(options, "find_checkout", lambda _: checkout)
    monkeypatch.setattr(DeployedCheckout, "audit_charges", lambda _, event: audit(event))
    return lambda *arguments: CliRunner().invoke(
        main, ["charges", "audit", "--stack", "Shop", *arguments]
    )


def test_a_day_that_fits_is_exit_code_0(run: Run, audit: Audit) -> None:
    audit.answers = [CLEAN]
    result = run()
    assert result.exit_code == 0, result.output
    assert "2 charges and 2 paid orders compared, 1 charges of others" in result.output
    assert "every charge and every paid order fit" in result.output
    assert audit.events == [{}]


def test_a_mismatch_is_told_with_what_to_do_and_is_exit_code_1(run: Run, audit: Audit) -> None:
    audit.answers = [{**CLEAN, "mismatches": 1, "listed": [MISMATCH]}]
    result = run()
    assert result.exit_code == 1
    for told in (MISMATCH["kind"], MISMATCH["charge_id"], MISMATCH["what_to_do"]):
        assert str(told) in result.output


def test_json_is_what_the_function_said(run: Run, audit: Audit) -> None:
    audit.answers = [{**CLEAN, "mismatches": 1, "listed": [MISMATCH]}]
    result = run("--json")
    assert (result.exit_code, json.loads(result.stdout)["listed"]) == (1, [MISMATCH])


def test_what_is_counted_and_not_listed_is_said(run: Run, audit: Audit) -> None:
    audit.answers = [{**CLEAN, "mismatches": 8, "listed": [MISMATCH]}]
    assert "and 7 more" in run().output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--day", "2026-11-21"),
        ("--from", "2026-11-21", "--before", "2026-11-22T00:00:00Z"),
        ("--from", "2026-11-21T01:00+01:00", "--before", "2026-11-22"),
    ],
    ids=" ".join,
)
def test_a_window_is_in_utc_unless_it_says_otherwise(
    arguments: tuple[str, ...], run: Run, audit: Audit
) -> None:
    audit.answers = [CLEAN]
    assert run(*arguments).exit_code == 0
    assert audit.events == [{"from": NOV_21, "before": NOV_21 + DAY}]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--day", "yesterday"),
        ("--day", "2026-11-21", "--from", "2026-11-21"),
        ("--from", "2026-11-21"),
        ("--before", "2026-11-21"),
        ("--from", "2026-11-22", "--before", "2026-11-21"),
        ("--from", "2026-11-21", "--before", "2026-11-21"),
        ("--from", "1700000000000", "--before", "2026-11-21"),
        ("--day", (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")),
    ],
    ids=" ".join,
)
def test_what_is_no_window_is_exit_code_2(
    arguments: tuple[str, ...], run: Run, audit: Audit
) -> None:
    assert run(*arguments).exit_code == 2
    assert audit.events == []


def test_a_run_that_stopped_goes_on_until_it_is_done(run: Run, audit: Audit) -> None:
    stopped = {**CLEAN, "finished": False, "mismatches": 1, "listed": [MISMATCH]}
    audit.answers = [
        {**stopped, "go_on_after": "ord_b"},
        {**CLEAN, "charges": 0, "foreign": 0, "finished": False, "go_on_after": "ord_c"},
        {**CLEAN, "charges": 0, "foreign": 0},
    ]
    result = run("--json")
    told = json.loads(result.stdout)
    assert (told["charges"], told["orders"], told["mismatches"]) == (2, 6, 1)
    assert (told["finished"], told["listed"], result.exit_code) == (True, [MISMATCH], 1)
    window = {"from": NOV_21, "before": NOV_21 + DAY}
    assert audit.events == [
        {},
        {**window, "go_on_after": "ord_b"},
        {**window, "go_on_after": "ord_c"},
    ]


@pytest.mark.parametrize("places", [[None], ["ord_b", "ord_b"]], ids=str)
def test_a_run_that_gets_no_further_is_exit_code_1(
    places: list[str | None], run: Run, audit: Audit
) -> None:
    audit.answers = [{**CLEAN, "finished": False, "go_on_after": place} for place in places]
    result = run()
    assert result.exit_code == 1
    assert "shorter time" in result.output
    assert audit.answers == []


@pytest.mark.parametrize(
    ("refunds", "said"),
    [
        (3, "3 refunds compared"),
        (None, "refunds were not compared: the payment service lists none"),
    ],
)
def test_it_is_said_whether_refunds_were_compared(
    refunds: int | None, said: str, run: Run, audit: Audit
) -> None:
    audit.answers = [{**CLEAN, "refunds": refunds}]
    result = run()
    assert (said in result.stdout, result.exit_code) == (True, 0)
    audit.answers = [CLEAN]
    assert "refunds" not in run().stdout


def test_refunds_of_several_runs_are_summed_up(run: Run, audit: Audit) -> None:
    stopped = {**CLEAN, "finished": False, "go_on_after": "ord_b", "refunds": 2}
    audit.answers = [stopped, {**CLEAN, "refunds": 0}]
    assert json.loads(run("--json").stdout)["refunds"] == 2


def test_a_checkout_whose_payment_service_cannot_list_says_so() -> None:
    checkout = DeployedCheckout(
        stack="Shop", name="Checkout", resources={}, session=boto3.Session()
    )
    with pytest.raises(OperationError, match="cannot list charges; give PaymentService"):
        checkout.audit_charges({})


def test_the_function_is_invoked_once_and_waited_for_as_long_as_it_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda's longest is 15 minutes; a client that asks again after one runs it many times."""
    made: list[Any] = []

    class Session:
        def client(self, service: str, **options: Any) -> Any:
            made.append(options["config"])
            return self

        def invoke(self, **_: Any) -> dict[str, Any]:
            return {"Payload": self}

        def read(self) -> bytes:
            return json.dumps(CLEAN).encode()

    checkout = DeployedCheckout(
        stack="Shop",
        name="Checkout",
        resources=dict.fromkeys(PARTS, "name"),
        session=Session(),  # type: ignore[arg-type]
    )
    assert checkout.audit_charges({}) == CLEAN
    [config] = made
    assert config.read_timeout > 15 * 60
    assert config.retries["total_max_attempts"] == 1
