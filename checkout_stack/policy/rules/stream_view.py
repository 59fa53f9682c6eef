"""A stream of orders carries the order."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.judging import NO_STREAM, judge_each, judged, settled
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.relations import TABLES
from checkout_stack.policy.workload.workload import Workload

_VIEW = ("StreamSpecification", "StreamViewType")
_WITHOUT_ORDER = ("KEYS_ONLY", "OLD_IMAGE")


def check(workload: Workload) -> list[Judgement]:
    """Judge each table whose stream sends orders on."""
    return judge_each(dict.fromkeys(_tables(workload)), _judge, otherwise=NO_STREAM)


def _tables(workload: Workload) -> Iterator[Resource]:
    for trigger in workload.order_streams:
        if isinstance(trigger.source, Resource) and trigger.source.type in TABLES:
            yield trigger.source


def _judge(table: Resource) -> Judgement:
    return judged(
        settled(table.prop(*_VIEW), lambda each: each not in _WITHOUT_ORDER),
        table,
        *_VIEW,
        allowed="NEW_IMAGE or NEW_AND_OLD_IMAGES",
        fix="set StreamViewType: NEW_IMAGE",
    )


RULE = Rule(
    id="stream-view",
    title="A stream of orders carries the order as it was written",
    severity=Severity.WARNING,
    why=(
        "With KEYS_ONLY or OLD_IMAGE the relay has to read the order from the table again. It "
        "then sends what the order is by now and not what the record says: a change in between "
        "is sent twice, and one that was undone is never sent."
    ),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html",
    fix_cdk=(
        'dynamodb.TableV2(self, "Orders", partition_key=key, '
        "dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE)"
    ),
    fix_cloudformation="Properties:\n  StreamSpecification: {StreamViewType: NEW_IMAGE}",
    check=check,
)
