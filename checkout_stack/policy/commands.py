"""``checkout policy``: check templates without CDK, Node or an AWS account."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn

import click

from checkout_stack.policy.baseline import read_baseline, written_baseline
from checkout_stack.policy.check import check, names_a_queue
from checkout_stack.policy.report.github_report import as_github
from checkout_stack.policy.report.json_report import as_json
from checkout_stack.policy.report.junit_report import as_junit
from checkout_stack.policy.report.results import FailOn, Results
from checkout_stack.policy.report.rules_page import (
    as_list,
    as_markdown,
    explanation,
    rules_as_json,
)
from checkout_stack.policy.report.sarif_report import as_sarif
from checkout_stack.policy.report.text_report import as_text
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.unexpanded_resources import UNEXPANDED_RESOURCES
from checkout_stack.policy.template.assembly import assembly_templates
from checkout_stack.policy.template.errors import UnusableInputError, printable
from checkout_stack.policy.template.reading import (
    STANDARD_INPUT,
    file_content,
    read_template,
    standard_input,
)
from checkout_stack.policy.template.template import Template

FINDINGS = 1
UNUSABLE = 2
EVERY_RULE = (*ALL_RULES, UNEXPANDED_RESOURCES)
"""What can be listed and explained: the engine's own rule too."""
_RENDER: dict[str, Callable[[Results], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "junit": as_junit,
    "github": as_github,
}
EXIT_CODES = f"""\b
Exit codes:
  0  no finding at the level of --fail-on or above
  {FINDINGS}  findings, or an internal error in a rule
  {UNUSABLE}  the command line, a template, a baseline or an assembly cannot be used"""


@click.group()
def policy() -> None:
    """Find what lets a checkout double-charge, lose or block orders, in its templates."""


@policy.command("check", epilog=EXIT_CODES)
@click.argument("templates", nargs=-1, required=True, metavar="TEMPLATE_OR_CDK_OUT...")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_RENDER)),
    default="text",
    show_default=True,
    help="How the report is written: for people, for programs, for code scanning, as test results, "
    "or as annotations of a GitHub workflow.",
)
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in FailOn]),
    default=FailOn.WARNING.value,
    show_default=True,
    help="The least severe findings that fail the check. Each level includes those before it.",
)
@click.option(
    "--strict",
    "fail_on",
    flag_value=FailOn.CANNOT_TELL.value,
    help="Fail also on what cannot be told: the same as --fail-on cannot-tell.",
)
@click.option(
    "--queue",
    "queues",
    multiple=True,
    metavar="NAME",
    help="A queue that carries work to be done once: its construct path or id, its logical id or "
    "its QueueName. Repeatable.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="A file of known findings, which do not fail the check. --write-baseline makes one.",
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path),
    help="Write all open findings to this file and end with 0.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write the report to this file. Default: print it.",
)
def check_command(
    templates: tuple[str, ...],
    form: str,
    fail_on: str,
    queues: tuple[str, ...],
    baseline: Path | None,
    write_baseline: Path | None,
    output: Path | None,
) -> None:
    """Check templates (JSON or YAML, - for standard input) and cloud assemblies (cdk.out).

    What is given together is checked together: stacks see one another's exports and names.
    """
    try:
        known = read_baseline(baseline) if baseline else frozenset[str]()
        checked = check(_templates(templates), ALL_RULES, queues)
    except UnusableInputError as problem:
        _give_up(str(problem))
    for name in queues:
        if not names_a_queue(name, checked):
            _give_up(f"--queue {name}: no template has a queue with this id, path or name")
    results = Results(checked, FailOn(fail_on), known)
    if write_baseline:
        _write(write_baseline, written_baseline(results.unacknowledged))
        return
    report = _RENDER[form](results)
    if output:
        _write(output, report)
    else:
        click.echo(report, nl=False)
    if results.failed:
        raise SystemExit(FINDINGS)


@policy.command()
@click.option(
    "--json", "as_", flag_value="json", help="Print every rule with its source and fixes as JSON."
)
@click.option(
    "--markdown", "as_", flag_value="markdown", help="Print the page of the documentation."
)
def rules(as_: str | None) -> None:
    """List the rules."""
    render = {"json": rules_as_json, "markdown": as_markdown}.get(as_ or "", as_list)
    click.echo(render(EVERY_RULE), nl=False)


@policy.command()
@click.argument("rule_id", metavar="ID")
def explain(rule_id: str) -> None:
    """Explain one rule: why it exists, its source, and how to keep it."""
    by_id = {rule.id: rule for rule in EVERY_RULE}
    rule = by_id.get(rule_id.removeprefix("CheckoutPolicy::"))
    if rule is None:
        near = difflib.get_close_matches(rule_id, by_id, n=1)
        hint = f"did you mean {near[0]}?" if near else "checkout policy rules lists them"
        _give_up(f"no rule is called {rule_id}; {hint}")
    click.echo(explanation(rule), nl=False)


def _templates(arguments: Iterable[str]) -> Iterator[Template]:
    """The templates that the arguments name, each once."""
    for argument in dict.fromkeys(arguments):
        if argument == "-":
            yield read_template(STANDARD_INPUT, standard_input())
        elif Path(argument).is_dir():
            yield from assembly_templates(Path(argument))
        else:
            yield read_template(argument, file_content(Path(argument)))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        _give_up(f"{path}: {problem.strerror}")


def _give_up(problem: str) -> NoReturn:
    click.echo(printable(problem, 2000), err=True)
    raise SystemExit(UNUSABLE)
