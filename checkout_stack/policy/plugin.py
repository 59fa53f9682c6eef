"""The rules at synth: a validation plugin of CDK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import aws_cdk as cdk
import jsii

from checkout_stack.policy.check import CheckedTemplate, check
from checkout_stack.policy.report.sarif_report import tool_version
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Finding, Outcome, Severity
from checkout_stack.policy.template.assembly import template_assets
from checkout_stack.policy.template.reading import file_content, read_template
from checkout_stack.policy.template.template import Template

# CDK knows fatal, error, warning and info; violations of the first two fail the synth.
_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "info"}
CANNOT_TELL = "info"


@jsii.implements(cdk.IPolicyValidationPlugin)
class CheckoutPolicy:
    """Checks the app's templates at synth, in one report with cdk-nag's rule packs.

    Add it with ``cdk.Validations.of(app).add_plugins(CheckoutPolicy())``. Errors fail the synth;
    warnings, advice and what the template does not tell are reported. Accept a finding, with its
    reason, on the construct or anything above it::

        cdk.Validations.of(queue).acknowledge(
            cdk.Acknowledgment(id="CheckoutPolicy::fifo-queue", reason="…")
        )

    An acknowledgement in the template's metadata holds too.
    """

    def __init__(self, *, queues: Iterable[str] = ()) -> None:
        """Check the queues that are recognised.

        :param queues: Names or logical ids of further queues that carry work to be done once.
        """
        self._queues = tuple(queues)

    @property
    def name(self) -> str:
        """The first part of the ids that acknowledgements name."""
        return "CheckoutPolicy"

    @property
    def version(self) -> str:
        """The version of this distribution."""
        return tool_version()

    @property
    def rule_ids(self) -> list[str]:
        """The ids of all rules."""
        return [rule.id for rule in ALL_RULES]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Check the templates that CDK has written."""
        templates = _templates(Path(stack.template_path) for stack in context.stack_templates)
        violations: list[cdk.PolicyViolation] = []
        for checked in check(templates, ALL_RULES, self._queues):
            violations += _violations(checked)
        return cdk.PolicyValidationPluginReport(
            success=all(violation.severity != "error" for violation in violations),
            violations=violations,
            plugin_version=self.version,
        )


def _templates(paths: Iterable[Path]) -> list[Template]:
    """The templates that CDK has written, and those of nested stacks, which it does not name."""
    by_folder: dict[Path, dict[Path, None]] = {}
    for path in paths:
        by_folder.setdefault(path.parent, {})[path] = None
    templates: list[Template] = []
    for folder, stacks in by_folder.items():
        assets = template_assets(folder)
        nested = dict.fromkeys(folder / name for name in assets.values())
        templates += [
            read_template(str(path), file_content(path), assembly=str(folder), assets=assets)
            for path in stacks | nested
        ]
    return templates


def _violations(checked: CheckedTemplate) -> Iterator[cdk.PolicyViolation]:
    path = checked.template.file
    for finding in checked.findings:
        if finding.acknowledged is None and finding.outcome in (
            Outcome.VIOLATED,
            Outcome.CANNOT_TELL,
        ):
            yield _violation(finding, path)
    for defect in checked.defects:
        yield cdk.PolicyViolation(
            rule_name=defect.rule_id,
            description=f"internal error in this rule: {defect.error}; the other rules were run",
            severity="error",
            violating_resources=[cdk.PolicyViolatingResource(locations=[], template_path=path)],
        )


def _violation(finding: Finding, path: str) -> cdk.PolicyViolation:
    violated = finding.outcome is Outcome.VIOLATED
    return cdk.PolicyViolation(
        rule_name=finding.rule_id,
        description=f"{finding.rule.title}: {finding.message}",
        severity=_SEVERITY[finding.rule.severity] if violated else CANNOT_TELL,
        fix=f"checkout policy explain {finding.rule_id}",
        rule_metadata={"source": finding.rule.source},
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=finding.logical_id or None,
                template_path=path,
                locations=[".".join(("Properties", *map(str, finding.path)))],
            )
        ],
    )
