"""An order table in several Regions is strongly consistent."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import judge_each, judged, settled, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, compliant
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.workload import Workload

STRONG = "STRONG"


def check(workload: Workload) -> list[Judgement]:
    """Judge each order table that has, or may have, replicas in several Regions."""
    return judge_each(workload.order_tables, _judge, otherwise="no order table has replicas")


def _judge(table: Resource) -> Judgement | None:
    consistency = table.prop("MultiRegionConsistency")
    verdict = settled(consistency, lambda each: each == STRONG)
    if verdict is True:
        return compliant(table, "MultiRegionConsistency")
    several = settled(table.prop("Replicas"), lambda each: isinstance(each, list) and len(each) > 1)
    if several is False:
        return None
    return judged(
        several if isinstance(several, Unknown) else verdict,
        table,
        "MultiRegionConsistency",
        given=f"{stated('MultiRegionConsistency', consistency)} and there are several replicas",
        allowed=f"{STRONG}, or one replica",
        fix=f"set MultiRegionConsistency: {STRONG}, or accept orders in one Region only",
    )


RULE = Rule(
    id="order-table-strong-consistency",
    title="An order table in several Regions is strongly consistent",
    severity=Severity.ERROR,
    why=(
        "With eventual consistency, the default, each Region judges a condition by its own "
        "copy: two Regions accept the same purchase at the same moment, and the last writer "
        "wins afterwards, when both have been charged. Multi-Region strong consistency, or "
        "one Region, each condition is checked against the latest write."
    ),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
    fix_cdk=(
        'dynamodb.TableV2(self, "Orders", partition_key=key,\n'
        "    multi_region_consistency=dynamodb.MultiRegionConsistency.STRONG,\n"
        '    replicas=[dynamodb.ReplicaTableProps(region="us-east-2"),\n'
        '        dynamodb.ReplicaTableProps(region="us-west-2")])'
    ),
    fix_cloudformation=("Properties:\n  MultiRegionConsistency: STRONG"),
    check=check,
)
