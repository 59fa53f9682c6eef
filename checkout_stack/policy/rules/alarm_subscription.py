"""An alarm's topic has somebody who listens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.rules.alarms import alarms_of
from checkout_stack.policy.rules.composite_alarms import composites_over
from checkout_stack.policy.rules.judging import agreed, judge_each, judged
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, at, listed
from checkout_stack.policy.workload.workload import Workload

TOPIC = "AWS::SNS::Topic"
_SUBSCRIBERS: Mapping[str, str] = {
    "AWS::SNS::Subscription": "TopicArn",
    "AWS::Chatbot::SlackChannelConfiguration": "SnsTopicArns",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": "SnsTopicArns",
}
"""What listens to topics, and its property that names them."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each topic of the run that an alarm of the checkout tells."""
    heard = dict(_heard(workload))

    def judge(topic: Resource) -> Judgement:
        subscriber = heard.get(topic)
        if subscriber is not None and not subscriber.surely_exists_with(topic):
            return cannot_tell(topic, why=f"a condition decides whether {subscriber} is created")
        own = topic.prop("Subscription")
        verdict = own if isinstance(own, Unknown) else agreed("subscriptions", [bool(listed(own))])
        return judged(
            True if subscriber else verdict,
            topic,
            "Subscription",
            given="nothing in the templates subscribes to it",
            allowed="at least one subscription, of people who are awake or of their pager",
            fix="add an AWS::SNS::Subscription, or acknowledge this where people subscribe by hand",
        )

    return judge_each(_topics(workload), judge, otherwise="no alarm of such work tells a topic")


def _topics(workload: Workload) -> Iterator[Resource]:
    found: dict[Resource, None] = {}
    for alarm in alarms_of(workload):
        for each in (alarm, *composites_over(workload, alarm)):
            for action in listed(each.prop("AlarmActions")):
                topic = each.related(action, TOPIC)
                if isinstance(topic, Resource):
                    found[topic] = None
    yield from found


def _heard(workload: Workload) -> Iterator[tuple[Resource, Resource]]:
    """Each topic with what listens to it."""
    for kind, name in _SUBSCRIBERS.items():
        for subscriber in workload.of_type(kind):
            for arn in listed(subscriber.prop(name)):
                topic = subscriber.related(arn, TOPIC)
                if isinstance(topic, Resource):
                    yield topic, subscriber
    for function, _, event in workload.sam_events:
        topic = function.related(at(event, "Properties", "Topic"), TOPIC)
        if event.get("Type") == "SNS" and isinstance(topic, Resource):
            yield topic, function


RULE = Rule(
    id="alarm-subscription",
    title="The topic of an alarm has a subscription",
    severity=Severity.ADVICE,
    why=(
        "SNS accepts a message for a topic that nobody has subscribed to, and drops it. The alarm "
        "then rings, its history says that the action succeeded, and nobody learns of the order. "
        "A subscription that people add by hand after the deployment is not in a template: say "
        "so in an acknowledgement."
    ),
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    fix_cdk='on_call.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))',
    fix_cloudformation=(
        "Type: AWS::SNS::Subscription\n"
        "Properties: {TopicArn: !Ref OnCall, Protocol: email, Endpoint: on-call@example.com}"
    ),
    check=check,
)
