"""The README's program is whole: it synthesizes, and the policy finds nothing wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.report.results import FailOn, Results
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.template.assembly import assembly_templates
from tests.checkout_stack.synthesized import unchecked_app
from tests.docs.pages import README_PROGRAM, ROOT

#: Advice; who is told is not an example's to say.
WHO_IS_TOLD = "alarm-subscription"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the program synthesizes to."""
    directory = tmp_path_factory.mktemp("readme")
    program = README_PROGRAM.replace("cdk.App()", "unchecked_app(directory)")
    exec(program, {"unchecked_app": unchecked_app, "directory": directory})
    return directory


def test_it_synthesizes_and_the_policy_finds_nothing_wrong(assembly: Path) -> None:
    results = Results(check(assembly_templates(assembly), ALL_RULES), FailOn.ADVICE)
    assert {each.finding.rule_id for each in results.open} == {WHO_IS_TOLD}


def test_its_orders_are_behind_an_authorizer_and_its_namespace_is_pinned(assembly: Path) -> None:
    template = json.loads((assembly / "Shop.template.json").read_text())
    routes = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::ApiGatewayV2::Route"
    ]
    orders = [each for each in routes if "/orders" in each["RouteKey"]]
    assert {each["AuthorizationType"] for each in orders} == {"JWT"}
    assert '"shop/live"' in json.dumps(template)


def test_it_is_ten_statements() -> None:
    statements = [line for line in README_PROGRAM.splitlines() if line and not line.startswith("#")]
    imports = [line for line in statements if line.startswith(("import", "from"))]
    assert len(statements) - len(imports) <= 10


def test_an_answer_takes_about_the_millisecond_that_it_says() -> None:
    results = json.loads((ROOT / "bench" / "results.json").read_text())
    [intake] = [row for row in results["rows"] if row["title"].startswith("Intake")]
    [wall] = [
        each["spread"]["median"]
        for each in intake["figures"]
        if (each["program"], each["quantity"]) == ("ours: new order", "wall")
    ]
    assert "about a millisecond of work" in (ROOT / "README.md").read_text()
    assert 0.5 < wall < 1.5
