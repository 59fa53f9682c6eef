"""Findings that a person accepted, with the reason."""

from __future__ import annotations

import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.template.assembly import construct_metadata
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.reading import read_template
from checkout_stack.policy.template.template import Template
from tests.checkout_stack.policy.small_rules import FIFO, template

SHOP = """\
Resources:
  Payments: {{Type: AWS::SQS::Queue, Metadata: {metadata}}}
  Charges: {{Type: AWS::SQS::Queue}}
"""


def reasons(checked: Template) -> dict[str, str | None]:
    [result] = check([checked], [FIFO])
    return {
        each.logical_id: each.acknowledged
        for each in result.findings
        if each.outcome is Outcome.VIOLATED
    }


@pytest.mark.parametrize("rule_id", ["fifo", "CheckoutPolicy::fifo"])
def test_a_resource_acknowledges_a_finding_about_itself(rule_id: str) -> None:
    metadata = f'{{CheckoutPolicy: {{acknowledge: [{{id: "{rule_id}", reason: known}}]}}}}'
    assert reasons(template(SHOP.format(metadata=metadata))) == {
        "Payments": "known",
        "Charges": None,
    }


def test_another_rule_is_not_acknowledged() -> None:
    metadata = "{CheckoutPolicy: {acknowledge: [{id: other, reason: known}]}}"
    assert reasons(template(SHOP.format(metadata=metadata)))["Payments"] is None


def test_a_template_acknowledges_findings_about_all_its_resources() -> None:
    text = SHOP.format(metadata="{}") + (
        "Metadata: {CheckoutPolicy: {acknowledge: [{id: fifo, reason: known}]}}"
    )
    assert reasons(template(text)) == {"Payments": "known", "Charges": "known"}


@pytest.mark.parametrize(
    "written",
    [
        "[{id: fifo}]",
        "[{id: fifo, reason: ' '}]",
        "[{id: fifo, reason: 3}]",
        "[{reason: known}]",
        "[fifo]",
        "fifo",
    ],
)
def test_an_acknowledgement_without_id_or_reason_is_refused_with_its_line(written: str) -> None:
    metadata = f"{{CheckoutPolicy: {{acknowledge: {written}}}}}"
    with pytest.raises(UnusableInputError, match=r"shop\.yaml:2:.*reason"):
        reasons(template(SHOP.format(metadata=metadata)))


def test_what_was_acknowledged_at_synth_holds_for_the_construct_and_below() -> None:
    def entry(kind: str, data: object) -> dict[str, object]:
        return {"type": f"aws:cdk:{kind}", "data": data}

    constructs = construct_metadata(
        {
            "/Shop/Pay/Resource": [entry("logicalId", "Payments")],
            "/Shop/Other/Resource": [entry("logicalId", "Charges")],
            "/Shop/Pay": [entry("acknowledged-rules", {"CheckoutPolicy::fifo": "known"})],
            "/Shop/Pa": [entry("acknowledged-rules", {"CheckoutPolicy::fifo": "another"})],
            "/Shop": [entry("acknowledged-rules", {"AwsSolutions::fifo": "another pack"})],
        }
    )
    content = SHOP.format(metadata="{}").encode()
    assert reasons(read_template("shop.yaml", content, constructs=constructs)) == {
        "Payments": "known",
        "Charges": None,
    }
