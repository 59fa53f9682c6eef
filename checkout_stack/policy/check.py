"""Running rules over templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checkout_stack.foundation.secret_names import without_secrets
from checkout_stack.policy.acknowledgements import Acknowledgements
from checkout_stack.policy.rules.rule import Finding, Judgement, Outcome, Rule
from checkout_stack.policy.rules.unexpanded_resources import UNEXPANDED_RESOURCES
from checkout_stack.policy.template.template import Template, joined
from checkout_stack.policy.workload.recognition import names_of_queue
from checkout_stack.policy.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class RuleDefect:
    """A rule that failed: a defect of the rule. The other rules were run."""

    rule_id: str
    #: The first template of the run.
    file: str
    #: The exception, as ``type: message``.
    error: str


@dataclass(frozen=True, slots=True)
class CheckedTemplate:
    """What the rules say about one template."""

    template: Template
    #: By what each work queue was recognised, by logical id.
    recognised: Mapping[str, str]
    #: FIFO queues with a consumer of which nothing tells whether they carry such work.
    unrecognised: tuple[str, ...]
    #: All findings, also of compliance, in the order of rules.
    findings: tuple[Finding, ...]
    defects: tuple[RuleDefect, ...]

    @property
    def question(self) -> str:
        """What to ask the user about the queues that nothing recognised; empty without any."""
        if not self.unrecognised:
            return ""
        names = ", ".join(self.unrecognised)
        return f"not judged: {names}, FIFO with a consumer; name one that carries orders by --queue"


def check(
    templates: Iterable[Template], rules: Iterable[Rule], queues: Iterable[str] = ()
) -> tuple[CheckedTemplate, ...]:
    """Run every rule over the templates as one workload: each sees what the others deploy.

    :param queues: Construct paths or ids, logical ids or names of queues that carry work to be
        done once, in addition to those that are recognised.
    :raises UnusableInputError: if a template acknowledges a finding without a reason.
    """
    together = joined(templates)
    workload = Workload(together, queues)
    run = _Run({template.key: Acknowledgements(template) for template in together})
    for rule in (*rules, UNEXPANDED_RESOURCES) if together else ():
        run.add(rule, workload)
    return tuple(
        CheckedTemplate(
            template,
            {
                queue.logical_id: why
                for queue, why in workload.recognised.items()
                if queue.scope is template
            },
            tuple(
                queue.logical_id
                for queue in workload.unrecognised_fifo_queues
                if queue.scope is template
            ),
            tuple(run.findings.get(template.key, ())),
            tuple(run.defects) if template is together[0] else (),
        )
        for template in together
    )


def names_a_queue(name: str, checked: Iterable[CheckedTemplate]) -> bool:
    """Whether a ``--queue`` names a queue of at least one template."""
    return any(
        name in names_of_queue(each.template.resources[logical_id])
        for each in checked
        for logical_id in each.recognised
    )


class _Run:
    """What the rules say, by the template that they say it about."""

    def __init__(self, acknowledgements: Mapping[str, Acknowledgements]) -> None:
        self._acknowledgements = acknowledgements
        self.findings: dict[str, list[Finding]] = {}
        self.defects: list[RuleDefect] = []

    def add(self, rule: Rule, workload: Workload) -> None:
        """Run one rule; what it says before it fails is kept."""
        first = workload.templates[0]
        try:
            for judgement in rule.check(workload):
                template = _template_of(judgement) or first
                finding = _finding(rule, judgement, template, self._acknowledgements[template.key])
                self.findings.setdefault(template.key, []).append(finding)
        except Exception as error:  # noqa: BLE001 - one rule's defect must not hide the others' findings
            # It may quote what the template holds.
            said = without_secrets(f"{type(error).__name__}: {error}")
            self.defects.append(RuleDefect(rule.id, first.file, said))


def _template_of(judgement: Judgement) -> Template | None:
    """The template that a judgement is about; ``None`` if it is about the run as a whole."""
    if judgement.resource is None:
        return judgement.template
    scope = judgement.resource.scope
    assert isinstance(scope, Template)
    return scope


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
