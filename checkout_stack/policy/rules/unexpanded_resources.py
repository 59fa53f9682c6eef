"""The engine's own rule: what of a template it could not read."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.rule import Judgement, Outcome, Rule, Severity, compliant
from checkout_stack.policy.workload.workload import Workload


def _check(workload: Workload) -> Iterator[Judgement]:
    unexpanded = [
        (template, part) for template in workload.templates for part in template.unexpanded_parts
    ]
    for template, part in unexpanded:
        message = f"cannot tell: {part.why}"
        yield Judgement(Outcome.CANNOT_TELL, None, part.path, message, template)
    if not unexpanded:
        yield from (compliant(each) for each in workload.queues)


UNEXPANDED_RESOURCES = Rule(
    id="unread-resources",
    title="All that is deployed is written in the templates",
    severity=Severity.WARNING,
    why=(
        "The checks read templates as they are written. A loop (Fn::ForEach), an include "
        "(Fn::Transform), a macro, a module, a stack set, or a nested stack or application whose "
        "template is not given adds resources or properties that the checks do not see, so they "
        "cannot vouch for them. --strict fails on what cannot be told."
    ),
    source=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "intrinsic-function-reference-foreach.html"
    ),
    fix_cdk="checkout policy check --strict cdk.out  # CDK writes out loops and nested stacks",
    fix_cloudformation=(
        "aws cloudformation get-template --stack-name shop --template-stage Processed \\\n"
        "  --query TemplateBody > processed.json && checkout policy check processed.json"
    ),
    check=_check,
)
