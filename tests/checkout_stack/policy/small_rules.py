"""Templates in a line, and two rules that are small enough to see through."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from checkout_stack.policy.rules.rule import (
    Judgement,
    Rule,
    Severity,
    cannot_tell,
    compliant,
    violated,
)
from checkout_stack.policy.template.document import Document, PropertyPath
from checkout_stack.policy.template.reading import read_template, template_of
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.template.values import Unknown, Value, boolean, whole_number
from checkout_stack.policy.workload.workload import Workload


class Nowhere:
    """Positions of a document that was made in a test, and read from no file."""

    def nearest(self, path: PropertyPath) -> tuple[int, int]:
        """The beginning, whatever is asked for."""
        return 1, 1


def made_template(document: Any) -> Template:
    """A template of plain values, without the detour over text."""
    return template_of("shop.json", Document(document, Nowhere()))


def template(text: str, file: str = "shop.yaml") -> Template:
    """A template written in the test."""
    return read_template(file, textwrap.dedent(text).encode())


def resolved(value: str, rest: str = "") -> Value:
    """What a value, written as YAML, resolves to in a template with some resources."""
    text = f"""
Parameters:
  Stage: {{Type: String, Default: staging}}
  Name: {{Type: String}}
  Size: {{Type: String, AllowedValues: [small, large]}}
  Zones: {{Type: CommaDelimitedList, Default: "a, b"}}
  Image: {{Type: "AWS::SSM::Parameter::Value<String>", Default: /image}}
Mappings:
  Seconds: {{staging: {{timeout: 30}}}}
  Ends: {{small: {{timeout: 1}}, large: {{timeout: 2}}, huge: {{timeout: 3}}}}
Resources:
  Orders: {{Type: AWS::SQS::Queue, Properties: {{Asked: {value}}}}}
  Other: {{Type: AWS::SQS::Queue}}
{rest}"""
    return template(text).resources["Orders"].prop("Asked")


def fifo(workload: Workload) -> Iterator[Judgement]:
    """Every work queue is FIFO."""
    for queue in workload.queues:
        given = boolean(queue.prop("FifoQueue"))
        if isinstance(given, Unknown):
            yield cannot_tell(queue, "FifoQueue", why=given.why)
        elif given:
            yield compliant(queue, "FifoQueue")
        else:
            yield violated(
                queue, "FifoQueue", given="not FIFO", allowed="true", fix="set FifoQueue"
            )


def retention(workload: Workload) -> Iterator[Judgement]:
    """Every work queue keeps messages for at least an hour."""
    for queue in workload.queues:
        given = whole_number(queue.prop("MessageRetentionPeriod"))
        if isinstance(given, int) and given < 3600:
            yield violated(
                queue,
                "MessageRetentionPeriod",
                given=f"{given} seconds",
                allowed="at least 3600",
                fix="keep them longer",
            )


def _rule(rule_id: str, severity: Severity, check: Any) -> Rule:
    return Rule(
        id=rule_id,
        title=f"The promise of {rule_id}",
        severity=severity,
        why="Because of a reason.",
        source="https://docs.aws.amazon.com/",
        fix_cdk="sqs.Queue(self, 'Orders', fifo=True)",
        fix_cloudformation="FifoQueue: true",
        check=check,
    )


def _fail(workload: Workload) -> Iterator[Judgement]:
    yield from fifo(workload)
    raise RuntimeError("the rule is wrong")


FIFO = _rule("fifo", Severity.ERROR, fifo)
RETENTION = _rule("retention", Severity.WARNING, retention)
ADVICE = _rule("advised", Severity.ADVICE, retention)
DEFECTIVE = _rule("defective", Severity.ERROR, _fail)
