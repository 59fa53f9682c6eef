"""The order table cannot be deleted by mistake."""

from __future__ import annotations

from checkout_stack.policy.rules.order_tables import judge_flag
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each order table, a global one by each of its replicas."""
    return judge_flag(
        workload,
        "DeletionProtectionEnabled",
        fix="set DeletionProtectionEnabled: true",
    )


RULE = Rule(
    id="order-table-deletion-protection",
    title="The order table cannot be deleted by mistake",
    severity=Severity.WARNING,
    why=(
        "A deleted stack, or a property whose change replaces the table, takes the orders "
        "with it: each later resubmission is then a new purchase. DeletionProtectionEnabled "
        "makes DynamoDB refuse."
    ),
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html",
    fix_cdk='dynamodb.TableV2(self, "Orders", partition_key=key, deletion_protection=True)',
    fix_cloudformation=("Properties:\n  DeletionProtectionEnabled: true"),
    check=check,
)
