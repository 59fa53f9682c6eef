"""The alternatives as stacks: each synthesizes, and what the policy says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.template.reading import read_template
from examples.alternatives.cloudtrail import CloudTrailCheckout
from examples.alternatives.fifo_by_the_question import FifoCheckout
from examples.alternatives.firehose import FirehoseCheckout
from examples.alternatives.sns import SnsCheckout
from tests.checkout_stack.synthesized import unchecked_app

PAYMENT_URL = "https://payments.example.com/charges"
Make = Callable[..., cdk.Stack]


def violated(make: Make, directory: Path) -> set[str]:
    """The rules that a stack violates."""
    app = unchecked_app(directory)
    stack = make(app, "Shop", payment_url=PAYMENT_URL)
    template = app.synth().get_stack_by_name(stack.stack_name).template
    file = directory / "shop.template.json"
    file.write_text(json.dumps(template))
    [checked] = check([read_template(str(file), file.read_bytes())], ALL_RULES)
    assert not checked.defects
    return {each.rule_id for each in checked.findings if each.outcome is Outcome.VIOLATED}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (FirehoseCheckout, {"firehose-payment"}),
        (CloudTrailCheckout, {"asynchronous-charge", "cloudtrail-payment"}),
        (SnsCheckout, {"sns-payment"}),
        (
            FifoCheckout,
            {
                "dead-letter-alarm",
                "dead-letter-redrive",
                "dual-write",
                "message-age-alarm",
                "order-table-backup",
                "order-table-deletion-protection",
            },
        ),
    ],
)
def test_the_policy_says_what_is_wrong_with_an_alternative(
    make: Make, expected: set[str], tmp_path: Path
) -> None:
    assert violated(make, tmp_path) == expected
