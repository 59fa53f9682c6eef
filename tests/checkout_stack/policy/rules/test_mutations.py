"""From the construct's own clean template, every broken promise is noticed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutStack
from checkout_stack.policy.check import check
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.measurement import MEASUREMENT
from tests.checkout_stack.policy.rules.mutations import mutations
from tests.checkout_stack.policy.small_rules import made_template
from tests.checkout_stack.synthesized import checkout, synthesize

OPEN = (Outcome.VIOLATED, Outcome.CANNOT_TELL)
FEWEST_MUTATIONS = 40


@pytest.fixture(scope="module")
def clean() -> dict[str, Any]:
    """The template of a checkout with defaults."""
    stack = cdk.Stack(cdk.App(), "Shop")
    checkout(stack)
    return synthesize(stack).template


def noticed(template: dict[str, Any]) -> set[str]:
    """The ids of the rules that a template breaks, or of which it does not tell."""
    [checked] = check([made_template(template)], ALL_RULES)
    assert checked.defects == ()
    return {finding.rule_id for finding in checked.findings if finding.outcome in OPEN}


def test_the_clean_template_has_no_findings(clean: dict[str, Any]) -> None:
    assert noticed(clean) == set()


def test_the_example_stack_has_no_findings() -> None:
    url = "https://pay.example.com/charges"
    stack = CheckoutStack(
        cdk.App(), "Shop", payment_service_url=url, key_retention=cdk.Duration.hours(24)
    )
    assert noticed(synthesize(stack).template) == set()


def test_each_mutation_is_noticed_by_exactly_its_rule(
    clean: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    every, wrong = list(mutations()), []
    for mutation in every:
        broken = {**clean, "Resources": mutation.applied(clean["Resources"])}
        if (found := noticed(broken)) != {mutation.rule}:
            wrong.append(f"{mutation}: {sorted(found)}, not {mutation.rule}")
    right = len(every) - len(wrong)
    record_property(MEASUREMENT, f"mutations  {right}/{len(every)} noticed, each by its rule alone")
    assert len({str(mutation) for mutation in every}) == len(every) >= FEWEST_MUTATIONS
    assert not wrong, "\n".join(wrong)


def test_mutations_cover_every_rule_that_the_clean_template_can_break() -> None:
    needs_another_shape = {
        "firehose-payment",
        "cloudtrail-payment",
        "sns-payment",
        "payment-key-retention",
        "api-destination-payment",
        "asynchronous-charge",
        "deduplication-id",
        "dual-write",
        "message-group",
        "pipe-consumer",
        "state-machine-payment",
    }
    covered = {mutation.rule for mutation in mutations()}
    assert covered | needs_another_shape == {rule.id for rule in ALL_RULES}
