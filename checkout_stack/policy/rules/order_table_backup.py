"""The order table can be restored to a point in time."""

from __future__ import annotations

from checkout_stack.policy.rules.order_tables import judge_flag
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each order table, a global one by each of its replicas."""
    return judge_flag(
        workload,
        "PointInTimeRecoverySpecification",
        "PointInTimeRecoveryEnabled",
        fix="set PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}",
    )


RULE = Rule(
    id="order-table-backup",
    title="The order table can be restored to a point in time",
    severity=Severity.ERROR,
    why=(
        "The table alone knows which orders were charged. Without point-in-time recovery a "
        "faulty deployment or a deleted item is final, and every order has to be taken from "
        "the payment service's records."
    ),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
    fix_cdk=(
        'dynamodb.TableV2(self, "Orders", partition_key=key,\n'
        "    point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(\n"
        "        point_in_time_recovery_enabled=True))"
    ),
    fix_cloudformation=(
        "Properties:\n  PointInTimeRecoverySpecification:\n    PointInTimeRecoveryEnabled: true"
    ),
    check=check,
)
