"""Orders do not expire."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import judge_each, judged, settled_flag, stated
from checkout_stack.policy.rules.order_tables import NO_TABLE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each order table."""
    return judge_each(workload.order_tables, _judge, otherwise=NO_TABLE)


def _judge(table: Resource) -> Judgement:
    enabled = table.prop("TimeToLiveSpecification", "Enabled")
    expires = settled_flag(enabled)
    return judged(
        not expires if isinstance(expires, bool) else expires,
        table,
        "TimeToLiveSpecification",
        given=stated("TimeToLiveSpecification.Enabled", enabled),
        allowed="no TTL on orders",
        fix="remove TimeToLiveSpecification; archive old orders with their ids if you must",
    )


RULE = Rule(
    id="order-table-ttl",
    title="Orders do not expire",
    severity=Severity.ERROR,
    why=(
        "An order is what makes a resubmission the same purchase. When a TTL deletes it, the "
        "next submission of the same key makes a second order and a second charge. Deletion "
        "also comes at no fixed time: within a few days of expiry."
    ),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html",
    fix_cdk='dynamodb.TableV2(self, "Orders", partition_key=key)  # no time_to_live_attribute',
    fix_cloudformation=(
        "Properties:\n"
        "  TimeToLiveSpecification: {AttributeName: expires_at, Enabled: false}  # or absent"
    ),
    check=check,
)
