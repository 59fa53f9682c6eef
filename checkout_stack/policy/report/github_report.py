"""The report for GitHub's workflows: an annotation on the line of each finding."""

from __future__ import annotations

from checkout_stack.policy.report.results import FailOn, Result, Results
from checkout_stack.policy.report.text_report import LONGEST_MESSAGE, summary
from checkout_stack.policy.template.errors import printable

_COMMAND = {
    FailOn.ERROR: "error",
    FailOn.WARNING: "warning",
    FailOn.ADVICE: "notice",
    FailOn.CANNOT_TELL: "notice",
}
_IN_A_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_A_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def as_github(results: Results) -> str:
    """Render open findings and defects as workflow commands, then the summary."""
    lines = [_annotation(each) for each in results.open]
    lines += [
        _command("error", f"file={_property(each.file)}", f"rule {each.rule_id}: {each.error}")
        for each in results.defects
    ]
    lines += [
        _command("notice", f"file={_property(each.template.file)}", each.question)
        for each in results.checked
        if each.question
    ]
    return "\n".join([*lines, summary(results)]) + "\n"


def _annotation(result: Result) -> str:
    finding = result.finding
    place = finding.location
    title = f"{finding.rule_id} {finding.construct_path or finding.logical_id}".rstrip()
    properties = (
        f"file={_property(place.file)},line={place.line},col={place.column},"
        f"title={_property(title)}"
    )
    return _command(_COMMAND[result.level], properties, finding.message)


def _command(name: str, properties: str, message: str) -> str:
    text = printable(message, LONGEST_MESSAGE).translate(_IN_A_MESSAGE)
    return f"::{name} {properties}::{text}"


def _property(text: str) -> str:
    return printable(text, LONGEST_MESSAGE).translate(_IN_A_PROPERTY)
