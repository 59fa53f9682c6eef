"""Say a template the way MiniStack understands it, with the meaning that AWS gives it.

Used by the local run's CDK app after synthesis.  The production template has none of this.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

BATCH_ACTIONS = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "sqs:DeleteMessage": "sqs:DeleteMessageBatch",
    "sqs:ChangeMessageVisibility": "sqs:ChangeMessageVisibilityBatch",
}
"""For AWS the first allows both calls; MiniStack asks for the second by its own name."""

LOOK_AT_BUS = "events:DescribeEventBus"
"""MiniStack takes the name of the bus for a rule's, and asks for a permission on that rule."""

LEFT_OUT = frozenset({"AWS::Events::Archive", "AWS::Events::EventBusPolicy"})
"""MiniStack fails a deployment that has them. Nothing refers to them: without an archive nothing is
replayed, and without a policy the account alone may use its bus, as it does locally anyway."""


def for_ministack(template: dict[str, Any], left_out: Collection[str] = LEFT_OUT) -> dict[str, Any]:
    """The same template, for MiniStack.

    :param left_out: Types of resources that it has not. Default: those of our own stack.
    """
    resources = {
        logical_id: resource
        for logical_id, resource in template.get("Resources", {}).items()
        if resource["Type"] not in left_out
    }
    template = {**template, "Resources": resources}
    secrets = {
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }

    def said_differently(part: Any) -> Any:
        if isinstance(part, list):
            return [said_differently(each) for each in part]
        if not isinstance(part, dict):
            return part
        if part.keys() == {"Ref"} and part["Ref"] in secrets:
            return _arn_of_secret(part["Ref"])
        changed = {name: said_differently(value) for name, value in part.items()}
        if part.get("Effect") == "Allow" and "Action" in part:
            changed["Action"] = _with_batch_actions(part["Action"])
            if LOOK_AT_BUS in changed["Action"]:
                changed["Resource"] = "*"
        if "ProtocolType" in part and "CorsConfiguration" in part:
            changed["CorsConfiguration"] = _in_camel_case(changed["CorsConfiguration"])
        if "ComparisonOperator" in part and "Metrics" in part:
            return _on_first_metric(changed)
        return changed

    result: dict[str, Any] = said_differently(template)
    return result


def _arn_of_secret(logical_id: str) -> dict[str, Any]:
    # For CloudFormation both Ref and Id are the secret's ARN. MiniStack answers Ref with the
    # secret's name, and a policy about a name allows nothing.
    return {"Fn::GetAtt": [logical_id, "Id"]}


def _on_first_metric(alarm: dict[str, Any]) -> dict[str, Any]:
    # MiniStack fails a deployment with metric math. None of its alarms ever goes off.
    stat = next(each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each)
    metric = {name: stat["Metric"][name] for name in ("MetricName", "Namespace")}
    kept = {name: value for name, value in alarm.items() if name != "Metrics"}
    return {**kept, **metric, "Period": stat["Period"], "Statistic": stat["Stat"]}


def _in_camel_case(cors: dict[str, Any]) -> dict[str, Any]:
    # MiniStack reads the names of API Gateway's own API here, and ignores CloudFormation's.
    return {name[0].lower() + name[1:]: value for name, value in cors.items()}


def _with_batch_actions(actions: str | list[str]) -> list[str]:
    named = [actions] if isinstance(actions, str) else actions
    return [*named, *(BATCH_ACTIONS[action] for action in named if action in BATCH_ACTIONS)]
