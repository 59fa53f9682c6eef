"""``checkout orders settle``: a dry run first, then exactly what it said, or a reason why not."""

from __future__ import annotations

import getpass
import json
import shlex
from typing import Any

import pytest

from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment, Event

SEEN = {"status": "NEEDS_REVIEW", "attempt": 1, "claim_epoch": 3, "strays": []}
WHY = ("--why", "the service's page shows it")


class Reconciler:
    """The deployed function: looks up, says what a verdict would do, and does it."""

    def __init__(self, *, refuses: str | None = None, changed: bool = False) -> None:
        self.refuses = refuses
        self.changed = changed
        self.carried_out: list[Event] = []

    def __call__(self, event: Event) -> dict[str, Any]:
        if "look_up" in event:
            said = {"attempt": 1, "service": "http:pay", "reference": "ord:1"}
            known = {"payment_service": "knows nothing of it", "contradiction": None}
            attempts = [{**said, "payment_service": "knows nothing of it", "captured": None}]
            return {"orders": [{**known, "attempts": attempts, "what_to_do": None}]}
        wish = event["settle"]
        answer = {"order_id": wish["order_id"], "status": "NEEDS_REVIEW", "seen": SEEN}
        if self.refuses is not None:
            return {**answer, "done": "refused", "detail": self.refuses}
        if wish["dry_run"]:
            return {**answer, "done": "would settle", "detail": "nothing speaks against it"}
        if self.changed or wish.get("seen") != SEEN:
            return {**answer, "done": "refused", "detail": "the order changed: run it again"}
        self.carried_out.append(wish)
        return {**answer, "done": "settled", "status": "PAID", "detail": "paid by ch_1"}


@pytest.fixture
def order_id(deployment: Deployment) -> str:
    deployment.reconciler = Reconciler()
    return deployment.store(
        status={"S": "NEEDS_REVIEW"},
        review_reason={"S": "stray_charge"},
        stray_charges={"SS": ["1:ch_1:4200:EUR"]},
    )


def carried_out(deployment: Deployment) -> list[Event]:
    assert isinstance(deployment.reconciler, Reconciler)
    return deployment.reconciler.carried_out


def test_a_dry_run_tells_everything_and_changes_nothing(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    result = run_on("orders", "settle", order_id, "--paid", "ch_1", *WHY)

    assert result.exit_code == 0, result.output
    for told in (
        "NEEDS_REVIEW, attempt 1",
        "4200 EUR",
        "stray charge: 1:ch_1:4200:EUR",
        "attempt 1 (http:pay, as ord:1): knows nothing of it",
        "would settle: nothing speaks against it",
        "would change: NEEDS_REVIEW to PAID, by charge ch_1; stray charges: 0 instead of 1",
        "decided by arn:aws:iam::1:user/ada: the service's page shows it",
    ):
        assert told in result.output
    assert carried_out(deployment) == []


def test_the_command_that_a_dry_run_prints_is_the_real_one(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    dry = run_on("orders", "settle", order_id, "--paid", "ch_1", *WHY, "--by", "Ada L")
    [*_, command] = dry.output.splitlines()
    checkout, *arguments = shlex.split(command)
    assert checkout == "checkout"

    real = run_on(*arguments)

    assert real.exit_code == 0, real.output
    [wish] = carried_out(deployment)
    assert (wish["verdict"], wish["charge_id"], wish["why"]) == ("paid", "ch_1", WHY[1])
    assert (wish["by"], wish["dry_run"], wish["seen"]) == ("Ada L", False, SEEN)


def test_a_real_run_shows_what_its_dry_run_said_first(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    result = run_on("orders", "settle", order_id, "--declined", *WHY, "--yes")

    assert result.exit_code == 0
    assert result.output.index("would settle") < result.output.index("\nsettled: paid by")
    assert "nothing was changed" not in result.output
    [wish] = carried_out(deployment)
    assert wish["verdict"] == "declined"
    assert "charge_id" not in wish


def test_a_refusal_is_exit_code_1_with_its_reason_and_asks_for_nothing_more(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    deployment.reconciler = Reconciler(refuses="captured as ch_9: use --paid ch_9")
    result = run_on("orders", "settle", order_id, "--declined", *WHY, "--yes")

    assert result.exit_code == 1
    assert "refused: captured as ch_9: use --paid ch_9" in result.output
    assert [each["settle"]["dry_run"] for each in deployment.events if "settle" in each] == [True]


def test_an_order_that_changed_meanwhile_is_refused(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    deployment.reconciler = Reconciler(changed=True)
    result = run_on("orders", "settle", order_id, "--paid", "ch_1", *WHY, "--yes")

    assert result.exit_code == 1
    assert "the order changed" in result.output


@pytest.mark.parametrize("order_id", [f"ord_{'a' * 52}", "ord_typo", "reconciler#bookmark"])
def test_an_order_that_is_not_there_is_refused(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    result = run_on("orders", "settle", order_id, "--declined", *WHY, "--yes")

    assert (result.exit_code, deployment.events) == (1, [])
    assert "refused: no such order" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        WHY,
        ("--declined", "--paid", "ch_1", *WHY),
        ("--paid", "ch_1", "--refunded-elsewhere", "ch_1", *WHY),
        ("--paid", "", *WHY),
        ("--declined",),
        ("--declined", "--why", "  "),
        ("--declined", "--why", "x" * 501),
        ("--declined", *WHY, "--by", ""),
    ],
    ids=lambda arguments: " ".join(arguments)[:60],
)
def test_what_is_no_verdict_is_exit_code_2(
    arguments: tuple[str, ...], deployment: Deployment, order_id: str, run_on: Run
) -> None:
    assert run_on("orders", "settle", order_id, *arguments).exit_code == 2
    assert deployment.events == []


def test_a_refunded_stray_names_its_charge(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    run_on("orders", "settle", order_id, "--refunded-elsewhere", "ch_1", *WHY, "--yes")

    [wish] = carried_out(deployment)
    assert (wish["verdict"], wish["charge_id"]) == ("refunded_elsewhere", "ch_1")


@pytest.mark.parametrize(
    ("verdict", "change"),
    [
        (("--declined",), "NEEDS_REVIEW to DECLINED, once the attempt is cancelled"),
        (("--paid", "ch_2"), "NEEDS_REVIEW to PAID, by charge ch_2"),
        (("--refunded-elsewhere", "ch_1"), "NEEDS_REVIEW stays; stray charges: 0 instead of 1"),
    ],
)
def test_a_dry_run_says_what_would_change(
    verdict: tuple[str, ...], change: str, order_id: str, run_on: Run
) -> None:
    result = run_on("orders", "settle", order_id, *verdict, *WHY)

    assert f"would change: {change}" in result.output


def test_without_an_arn_the_user_decides(
    deployment: Deployment, order_id: str, run_on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.arn = None
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    run_on("orders", "settle", order_id, "--declined", *WHY, "--yes")

    assert carried_out(deployment)[0]["by"] == "ada"


def test_where_nobody_says_who_decides_it_is_asked_for(
    deployment: Deployment, order_id: str, run_on: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise OSError("no such user")

    deployment.arn = None
    monkeypatch.setattr(getpass, "getuser", nobody)
    result = run_on("orders", "settle", order_id, "--declined", *WHY)

    assert result.exit_code == 2
    assert "give --by" in result.output


def test_json_is_one_value_for_programs(order_id: str, run_on: Run) -> None:
    dry = json.loads(run_on("orders", "settle", order_id, "--paid", "ch_1", *WHY, "--json").stdout)
    assert (dry["done"], dry["seen"]) == ("would settle", SEEN)
    assert dry["command"].endswith("--stack Shop --yes")
    assert dry["order"]["review_reason"] == "stray_charge"
    assert dry["look_up"]["attempts"][0]["said"] == "knows nothing of it"

    real = run_on("orders", "settle", order_id, "--paid", "ch_1", *WHY, "--json", "--yes")
    told = json.loads(real.stdout)
    assert told["done"] == "settled"
    assert "command" not in told


def test_functions_that_know_no_verdicts_are_told(
    deployment: Deployment, order_id: str, run_on: Run
) -> None:
    answer: Event = {"orders_seen": 0, "orders_acted_on": 0, "finished": True, "orders": [{}]}
    known = {"payment_service": "cannot be asked"}
    deployment.reconciler = lambda _: {**answer, "orders": [known]}
    result = run_on("orders", "settle", order_id, "--declined", *WHY)

    assert result.exit_code == 2
    assert "deploy this version first" in result.output
