"""An alarm tells somebody."""

from __future__ import annotations

from functools import partial

from checkout_stack.policy.rules.alarm_events import is_told_by_event
from checkout_stack.policy.rules.alarms import alarms_of
from checkout_stack.policy.rules.composite_alarms import composites_over
from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled, settled_flag
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each alarm that watches something of the checkout."""
    judge = partial(_judge, workload)
    return judge_each(alarms_of(workload), judge, otherwise="no alarm watches such work")


def _judge(workload: Workload, alarm: Resource) -> Judgement:
    verdict = _tells(alarm)
    if verdict is not True:
        composites = list(composites_over(workload, alarm))
        told = any(is_told_by_event(workload, each) for each in (alarm, *composites))
        verdict = told or any(_tells(each) is True for each in composites) or verdict
    return judged(
        verdict,
        alarm,
        "ActionsEnabled" if _is_enabled(alarm) is False else "AlarmActions",
        allowed="at least one action, with ActionsEnabled true or absent",
        fix="name a topic that somebody reads in AlarmActions",
    )


def _tells(alarm: Resource) -> Verdict:
    enabled = _is_enabled(alarm)
    return settled(alarm.prop("AlarmActions"), bool) if enabled is True else enabled


def _is_enabled(alarm: Resource) -> Verdict:
    return settled_flag(alarm.prop("ActionsEnabled"), default=True)


RULE = Rule(
    id="alarm-action",
    title="An alarm tells somebody",
    severity=Severity.ERROR,
    why=(
        "An alarm without an action, or with ActionsEnabled: false, only changes its "
        "state on a page that nobody watches. A composite alarm of the template that reads it, "
        "or an EventBridge rule on changes of its state, may act for it."
    ),
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
    fix_cdk="alarm.add_alarm_action(cloudwatch_actions.SnsAction(on_call))",
    fix_cloudformation=("Properties:\n  AlarmActions: [!Ref OnCall]"),
    check=check,
)
