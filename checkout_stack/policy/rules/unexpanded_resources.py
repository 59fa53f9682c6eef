"""The engine's own rule: what of a template it could not read."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.rule import Judgement, Outcome, Rule, Severity, compliant
from checkout_stack.policy.workload.workload import Workload


def _check(workload: Workload) -> Iterator[Judgement]:
    for name in workload.template.unexpanded_resources:
        message = f"cannot tell: {name} makes resources only when it is deployed"
        yield Judgement(Outcome.CANNOT_TELL, None, ("Resources", name), message)
    if not workload.template.unexpanded_resources:
        yield from (compliant(each) for each in workload.queues)


UNEXPANDED_RESOURCES = Rule(
    id="unread-resources",
    title="All resources are written out",
    severity=Severity.WARNING,
    why=(
        "A loop of the language extensions, Fn::ForEach, makes its resources when it is deployed. "
        "The checks read the template as it is written, so they say nothing about them."
    ),
    source=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "intrinsic-function-reference-foreach.html"
    ),
    fix_cdk="CDK writes every resource out: use a loop of Python.",
    fix_cloudformation=(
        "aws cloudformation get-template --stack-name shop --template-stage Processed \\\n"
        "  --query TemplateBody > processed.json && checkout policy check processed.json"
    ),
    check=_check,
)
