"""The report for people: one line a finding, in the form that editors and terminals can open."""

from __future__ import annotations

from collections import Counter

import click

from checkout_stack.policy.report.results import FailOn, Result, Results
from checkout_stack.policy.template.errors import printable
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.workload.relations import QUEUE

LONGEST_MESSAGE = 1000
LONGEST_NAME = 300
_COLOUR = {
    FailOn.ERROR: "red",
    FailOn.WARNING: "yellow",
    FailOn.ADVICE: "blue",
    FailOn.CANNOT_TELL: "magenta",
}


def as_text(results: Results) -> str:
    """Render findings, defects of rules, what was recognised, and a summary."""
    lines = [_finding(each) for each in results.open]
    for defect in results.defects:
        what = f"internal error in rule {defect.rule_id}: {defect.error}; the other rules were run"
        lines.append(f"{_name(defect.file)}: {printable(what, LONGEST_MESSAGE)}")
    if lines:
        lines.append("")
    lines += [*_recognised(results), summary(results)]
    return "\n".join(lines) + "\n"


def _finding(result: Result) -> str:
    finding = result.finding
    what = ".".join(map(str, (finding.logical_id, *finding.path)))
    level = click.style(result.level.value.replace("-", " "), fg=_COLOUR[result.level])
    message = finding.message.removeprefix("cannot tell: ")
    line = f"{_name(str(finding.location))}: {level} {finding.rule_id} {_name(what)}: "
    line += printable(message, LONGEST_MESSAGE)
    if finding.construct_path:
        line += f" [{_name(finding.construct_path)}]"
    return line


def _recognised(results: Results) -> list[str]:
    """What was judged, so that silence about a queue is not taken for praise."""
    lines = []
    for each in results.checked:
        queues = [f"{name} (by {why})" for name, why in each.recognised.items()]
        said = ", ".join(queues) or _none_of(each.template)
        if queues and each.unrecognised:
            said += f"; not {', '.join(each.unrecognised)}, FIFO with a consumer: if one carries "
            said += "such work, name it with --queue"
        file = _name(each.template.file)
        lines.append(
            f"{file}: queues with work to be done once: {printable(said, LONGEST_MESSAGE)}"
        )
    return lines


def _none_of(template: Template) -> str:
    """Which queues are there, for the user to name the one that carries payments."""
    there = [queue.logical_id for queue in template.of_type(QUEUE)]
    return f"none of {', '.join(there)}; name one with --queue" if there else "none, and no queue"


def summary(results: Results) -> str:
    """How many findings of each level there are, in one line."""
    counted = Counter(each.level for each in results.open)
    nouns = {FailOn.ERROR: "error", FailOn.WARNING: "warning", FailOn.ADVICE: "advice"}
    parts = [
        f"{counted[level]} {noun}{'s' if noun != 'advice' and counted[level] != 1 else ''}"
        for level, noun in nouns.items()
    ]
    parts.append(f"{counted[FailOn.CANNOT_TELL]} cannot tell")
    aside = {
        "acknowledged": sum(each.finding.acknowledged is not None for each in results.all),
        "in the baseline": sum(each.known for each in results.all),
        "internal errors": len(results.defects),
    }
    parts += [f"{count} {what}" for what, count in aside.items() if count]
    return ", ".join(parts)


def _name(text: str) -> str:
    return printable(text, LONGEST_NAME)
