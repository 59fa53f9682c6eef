"""Running rules over templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.acknowledgements import Acknowledgements
from checkout_stack.policy.rules.rule import Finding, Judgement, Outcome, Rule
from checkout_stack.policy.rules.unexpanded_resources import UNEXPANDED_RESOURCES
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class RuleDefect:
    """A rule that failed on a template: a defect of the rule. The other rules were run."""

    rule_id: str
    file: str
    #: The exception, as ``type: message``.
    error: str


@dataclass(frozen=True, slots=True)
class CheckedTemplate:
    """What the rules say about one template."""

    template: Template
    #: By what each work queue was recognised, by logical id.
    recognised: Mapping[str, str]
    #: All findings, also of compliance, in the order of rules.
    findings: tuple[Finding, ...]
    defects: tuple[RuleDefect, ...]


def check(
    templates: Iterable[Template], rules: Iterable[Rule], queues: Iterable[str] = ()
) -> tuple[CheckedTemplate, ...]:
    """Run every rule over every template.

    :param queues: Logical ids or names of queues that carry work to be done once, in addition to
        those that are recognised.
    :raises UnusableInputError: if a template acknowledges a finding without a reason.
    """
    rules, queues = (*rules, UNEXPANDED_RESOURCES), tuple(queues)
    return tuple(_check_one(template, rules, queues) for template in templates)


def names_a_queue(name: str, checked: Iterable[CheckedTemplate]) -> bool:
    """Whether a ``--queue`` names a queue of at least one template."""
    return any(
        name in (logical_id, str(each.template.resources[logical_id].prop("QueueName")))
        for each in checked
        for logical_id in each.recognised
    )


def _check_one(
    template: Template, rules: tuple[Rule, ...], queues: tuple[str, ...]
) -> CheckedTemplate:
    workload = Workload(template, queues)
    acknowledgements = Acknowledgements(template)
    findings: list[Finding] = []
    defects: list[RuleDefect] = []
    for rule in rules:
        try:
            findings.extend(_findings(rule, workload, acknowledgements))
        except Exception as error:  # noqa: BLE001 - one rule's defect must not hide the others' findings
            defects.append(RuleDefect(rule.id, template.file, f"{type(error).__name__}: {error}"))
    return CheckedTemplate(template, workload.recognised, tuple(findings), tuple(defects))


def _findings(
    rule: Rule, workload: Workload, acknowledgements: Acknowledgements
) -> Iterator[Finding]:
    for judgement in rule.check(workload):
        yield _finding(rule, judgement, workload.template, acknowledgements)


def _finding(
    rule: Rule, judgement: Judgement, template: Template, acknowledgements: Acknowledgements
) -> Finding:
    resource = judgement.resource
    open_question = judgement.outcome in (Outcome.VIOLATED, Outcome.CANNOT_TELL)
    if resource is None:
        return Finding(
            rule=rule,
            outcome=judgement.outcome,
            logical_id="",
            path=judgement.path,
            location=template.location(judgement.path),
            message=judgement.message,
            construct_path=None,
        )
    return Finding(
        rule=rule,
        outcome=judgement.outcome,
        logical_id=resource.logical_id,
        path=judgement.path,
        location=resource.location(*judgement.path),
        message=judgement.message,
        construct_path=resource.construct_path,
        acknowledged=acknowledgements.reason(rule.id, resource) if open_question else None,
    )
