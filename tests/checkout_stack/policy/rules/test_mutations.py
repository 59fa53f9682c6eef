"""From three clean templates, every broken promise is noticed, and nothing else."""

from __future__ import annotations

import functools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from checkout_stack import CheckoutStack
from checkout_stack.policy.check import check
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.template.reading import read_document
from tests.checkout_stack.policy.measurement import MEASUREMENT
from tests.checkout_stack.policy.rules import bases
from tests.checkout_stack.policy.rules.mutation import Mutation
from tests.checkout_stack.policy.small_rules import made_template
from tests.checkout_stack.synthesized import checkout, synthesize, unchecked_app

OPEN = (Outcome.VIOLATED, Outcome.CANNOT_TELL)
FEWEST_MUTATIONS = 400
SLICE = 60
SEED = 18
CORPUS = Path(__file__).parent.parent / "corpus"
BASES: dict[str, Callable[[], Iterable[Mutation]]] = {
    "CDK": bases.of_cdk,
    "SAM": bases.of_sam,
    "handwritten": bases.of_handwritten,
}


@functools.cache
def clean(base: str) -> dict[str, Any]:
    """A clean template; the construct's has a topic that somebody subscribes to."""
    if base != "CDK":
        file = CORPUS / f"{base.lower()}_clean.yaml"
        return dict(json.loads(json.dumps(read_document(file.name, file.read_bytes()).value)))
    stack = cdk.Stack(unchecked_app(), "Shop")
    topic = sns.Topic(stack, "OnCall")
    topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
    checkout(stack, alarm_topic=topic)
    return synthesize(stack).template


def every_mutation() -> Iterator[tuple[str, Mutation]]:
    """All mutations with the base that each breaks."""
    for base, mutations in BASES.items():
        for mutation in mutations():
            yield base, mutation


def noticed(template: dict[str, Any]) -> set[str]:
    """The ids of the rules that a template breaks, or of which it does not tell."""
    [checked] = check([made_template(template)], ALL_RULES)
    assert checked.defects == ()
    return {finding.rule_id for finding in checked.findings if finding.outcome in OPEN}


def unnoticed(tried: Iterable[tuple[str, Mutation]]) -> list[str]:
    """The mutations that are not noticed by exactly their rule."""
    wrong = []
    for base, mutation in tried:
        resources = mutation.applied(clean(base)["Resources"])
        if (found := noticed({**clean(base), "Resources": resources})) != {mutation.rule}:
            wrong.append(f"{base} {mutation}: {sorted(found)}, not {mutation.rule}")
    return wrong


@pytest.mark.parametrize("base", BASES)
def test_a_clean_template_has_no_findings(base: str) -> None:
    assert noticed(clean(base)) == set()


def test_the_example_stack_waits_only_for_a_subscription() -> None:
    url = "https://pay.example.com/charges"
    stack = CheckoutStack(
        unchecked_app(), "Shop", payment_service_url=url, key_retention=cdk.Duration.hours(24)
    )
    assert noticed(synthesize(stack).template) == {"alarm-subscription"}


def test_a_slice_of_the_mutations_is_noticed_by_exactly_their_rules() -> None:
    wrong = unnoticed(random.Random(SEED).sample([*every_mutation()], SLICE))
    assert not wrong, "\n".join(wrong)


@pytest.mark.fuzzing
def test_each_mutation_is_noticed_by_exactly_its_rule(
    record_property: Callable[[str, object], None],
) -> None:
    every = [*every_mutation()]
    wrong = unnoticed(every)
    right = len(every) - len(wrong)
    record_property(MEASUREMENT, f"mutations  {right}/{len(every)} noticed, each by its rule alone")
    by_base = Counter((mutation.rule, base) for base, mutation in every)
    record_property(MEASUREMENT, f"{'':34}{''.join(base.rjust(13) for base in BASES)}")
    for rule in sorted({mutation.rule for _, mutation in every}):
        counted = "".join(str(by_base[rule, base]).rjust(13) for base in BASES)
        record_property(MEASUREMENT, f"{rule:34}{counted}")
    assert not wrong, "\n".join(wrong)


def test_the_mutations_are_many_and_different() -> None:
    every = [f"{base} {mutation}" for base, mutation in every_mutation()]
    assert len(set(every)) == len(every) >= FEWEST_MUTATIONS


def test_mutations_cover_every_rule_that_the_clean_templates_can_break() -> None:
    needs_another_shape = {
        "firehose-payment",
        "cloudtrail-payment",
        "sns-payment",
        "payment-key-retention",
        "api-destination-payment",
        "deduplication-id",
        "dual-write",
        "message-group",
        "pipe-consumer",
        "queue-key",
        "state-machine-payment",
        "synchronous-charge",
    }
    covered = {mutation.rule for _, mutation in every_mutation()}
    assert covered | needs_another_shape == {rule.id for rule in ALL_RULES}
