"""``--app``: what is missing or wrong is one message, and nothing was started by then."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from checkout_stack.cli import main
from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.environment import run_uv
from checkout_stack.local.local_run import LocalRun, Paths
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.order_tail import OrderTail
from checkout_stack.local.own_app import needs, synthesis
from checkout_stack.local.own_app.bring_up import OwnCheckout
from checkout_stack.local.own_app.found_checkouts import FoundCheckout
from checkout_stack.local.own_app.own_scenarios import NAMES, own_scenarios
from checkout_stack.local.scenarios.catalogue import SCENARIOS

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["local", *arguments])


@pytest.mark.parametrize("command", ["run", "serve"])
def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(needs, "find_spec", lambda _name: None)

    result = invoke(command, "--app", "python app.py")

    assert result.exit_code == 3
    assert result.output == (
        'checkout local needs psutil: pip install "idempotent-checkout[local]"\n'
    )


def test_uv_is_part_of_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))

    assert "needs uv:" in invoke("run", "--app", "python app.py").output


def test_a_folder_that_is_no_assembly_is_told(tmp_path: Path) -> None:
    result = invoke("run", "--app", str(tmp_path))

    assert result.exit_code == 3
    assert "`cdk synth` wrote" in result.output


def test_context_is_for_an_app() -> None:
    assert invoke("serve", "--context", "a=b").exit_code == 2


def test_a_scenario_that_an_own_app_does_not_have_is_a_wrong_command_line() -> None:
    result = invoke("run", "--app", "python app.py", "--only", "stale worker")

    assert result.exit_code == 2
    assert "3-D Secure" in result.output


def test_without_node_the_message_says_where_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    run = cast("LocalRun", SimpleNamespace(directory=tmp_path, paths=Paths(tmp_path)))
    monkeypatch.setattr(Paths, "programs", tmp_path)

    with pytest.raises(LocalRunError, match=r"no `node` .*idempotent-checkout\[local\]"):
        synthesis.assembly_of(run, "python app.py", ())


def test_the_cdk_cli_is_the_version_of_the_clone() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    version = lock["packages"]["node_modules/aws-cdk"]["version"]

    assert version == synthesis.CDK_CLI_VERSION
    assert f"CDK_CLI={version}\n" in (ROOT / "examples" / "first_hour.sh").read_text()


def test_the_wheel_pins_the_local_aws_as_the_lock_does() -> None:
    shipped = (ROOT / "checkout_stack" / "local" / "local-requirements.txt").read_text()
    options = ["--frozen", "--quiet", "--no-header", "--no-annotate", "--only-group", "local"]
    assert shipped == run_uv(["export", *options]), (
        f"run uv export {' '.join(options)} > checkout_stack/local/local-requirements.txt"
    )


def checkout(name: str, *, orders: list[StoredOrder] | None = None, **told: str) -> OwnCheckout:
    """A checkout that is up, as far as scenarios and tail ask."""
    variables = {"PAYMENT_SERVICE_KIND": "http", **told}
    found = FoundCheckout(
        functions={"process_payments": f"{name}Consumer-1"},
        variables={"process_payments": variables},
    )
    local: Any = SimpleNamespace(inspector=SimpleNamespace(every_order=lambda: orders))
    return OwnCheckout(found=found, local=local, has_api=True)


def test_the_scenarios_are_those_of_our_own_checkout() -> None:
    assert set(NAMES) <= {scenario.name for scenario in SCENARIOS}


def test_every_checkout_of_an_app_is_tried_under_its_name() -> None:
    scenarios, places = own_scenarios([checkout("A"), checkout("B")], ["plain"])

    assert [each.name for each in scenarios] == ["A: plain", "B: plain"]
    first, second = (places[each.on] for each in scenarios)
    assert first is not second


def test_where_nothing_can_find_a_lost_charge_nobody_tries_to_lose_one() -> None:
    found = {each.name for each in own_scenarios([checkout("A")])[0]}
    sure = {
        each.name for each in own_scenarios([checkout("A", PAYMENT_SERVICE_LOOK_UP_URL="x")])[0]
    }

    assert sure == set(NAMES)
    assert sure - found == {"captures, then hangs", "consumer killed"}


def test_the_tail_tells_each_change_of_an_order_once() -> None:
    orders: list[StoredOrder] = []
    said: list[str] = []
    tail = OrderTail({"A": checkout("A", orders=orders).local}, said.append)

    for status in ("PENDING", "PENDING", "PAID"):
        orders[:] = [
            StoredOrder(
                order_id="ord_1",
                status=status,
                attempt=1,
                amount=5,
                customer="c",
                charge_id=None,
                stray_charges=frozenset(),
            )
        ]
        tail.look()

    assert [re.sub(r"^\S+ ", "", line) for line in said] == [
        "ord_1 PENDING (attempt 1, amount 5)",
        "ord_1 PENDING -> PAID (attempt 1, amount 5)",
    ]
