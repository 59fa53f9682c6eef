"""A service that sends to an encrypted queue may use its key."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from checkout_stack.policy.rules.alarms import alarms_of
from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, at, listed
from checkout_stack.policy.workload.relations import QUEUE
from checkout_stack.policy.workload.statements import statements
from checkout_stack.policy.workload.workload import Workload

KEY = "AWS::KMS::Key"
ALIAS = "AWS::KMS::Alias"
_MANAGED_BY_AWS = ("alias/aws/sqs", "alias/aws/sns")
_NEEDED = ("kms:generatedatakey", "kms:decrypt")
Sending = tuple[Resource, str, Resource]
"""A queue or topic, the service that sends to it, and the resource by which it does."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue and topic of an alarm under a key of KMS that a service sends to."""
    sending = [*_sending(workload), *_alarming(workload)]
    found = [each for each in sending if each[0].prop("KmsMasterKeyId") is not None]

    def judge(sending: Sending) -> Judgement:
        queue, service, sender = sending
        key = queue.prop("KmsMasterKeyId")
        return judged(
            settled(key, lambda each: _may_use(workload, queue, each, service)),
            queue,
            "KmsMasterKeyId",
            given=f"{stated('KmsMasterKeyId', key)}, which {service} may not use for {sender}",
            allowed=f"a key of your own that lets {service} generate data keys and decrypt",
            fix="make an AWS::KMS::Key with such a statement, or leave KmsMasterKeyId out",
        )

    return judge_each(
        dict.fromkeys(found), judge, otherwise="no service sends to a queue under a key"
    )


def _sending(workload: Workload) -> Iterator[Sending]:
    for queue in workload.queues:
        for sender in workload.senders_to(queue):
            if sender.resource.type == "AWS::Events::Rule":
                yield queue, "events.amazonaws.com", sender.resource
    for subscription in workload.of_type("AWS::SNS::Subscription"):
        if subscription.prop("Protocol") == "sqs":
            yield from _to(workload, subscription, subscription.prop("Endpoint"), "sns")
    for topic in workload.of_type("AWS::SNS::Topic"):
        for each in listed(topic.prop("Subscription")):
            if at(each, "Protocol") == "sqs":
                yield from _to(workload, topic, at(each, "Endpoint"), "sns")
    for bucket in workload.of_type("AWS::S3::Bucket"):
        told = bucket.prop("NotificationConfiguration", "QueueConfigurations")
        for each in listed(told):
            yield from _to(workload, bucket, at(each, "Queue"), "s3")


def _alarming(workload: Workload) -> Iterator[Sending]:
    """The topics that alarms of the checkout tell."""
    for alarm in alarms_of(workload):
        for action in listed(alarm.prop("AlarmActions")):
            topic = alarm.related(action, "AWS::SNS::Topic")
            if isinstance(topic, Resource):
                yield topic, "cloudwatch.amazonaws.com", alarm


def _to(workload: Workload, sender: Resource, arn: Value, service: str) -> Iterator[Sending]:
    queue = sender.related(arn, QUEUE)
    if isinstance(queue, Resource) and queue in workload.recognised:
        yield queue, f"{service}.amazonaws.com", sender


def _may_use(workload: Workload, queue: Resource, key: Value, service: str) -> Verdict:
    if isinstance(key, str) and key.endswith(_MANAGED_BY_AWS):
        return False
    found = queue.related(key, KEY, ALIAS)
    if not isinstance(found, Resource):
        named = [each for each in workload.of_type(ALIAS) if each.prop("AliasName") == key]
        found = named[0] if named else found
    if isinstance(found, Resource) and found.type == ALIAS:
        found = found.related(found.prop("TargetKeyId"), KEY)
    if not isinstance(found, Resource):
        return Unknown("the policy of its key is not in this template")
    return _lets_in(found, service)


def _lets_in(key: Resource, service: str) -> Verdict:
    granted: set[str] = set()
    refused: set[str] = set()
    for statement in statements(key, "KeyPolicy"):
        if isinstance(statement.body, Unknown):
            return statement.body
        principal = statement.body.get("Principal")
        named = [principal, *listed(at(principal, "Service")), *listed(at(principal, "AWS"))]
        if "*" not in named and service not in named:
            continue
        actions = {str(each).lower() for each in statement.listed("Action")}
        if statement.body.get("Effect") == "Allow":
            granted |= actions
        elif statement.body.get("Condition") is None:
            refused |= actions
    return all(_covers(granted, each) and not _covers(refused, each) for each in _NEEDED)


def _covers(actions: set[str], needed: str) -> bool:
    return any(fnmatchcase(needed, each) for each in actions)


RULE = Rule(
    id="queue-key",
    title="A service that sends to an encrypted queue may use its key",
    severity=Severity.ERROR,
    why=(
        "EventBridge, SNS and S3 encrypt what they send with the queue's key, and CloudWatch what "
        "an alarm tells with the topic's. The policy of an AWS managed key such as alias/aws/sqs "
        "lets no other service use it, and nobody can change it. Each delivery then fails without "
        "an error in the shop: orders are written, and none is ever charged, or the alarm rings "
        "and nobody hears of it."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    fix_cdk=(
        'key = kms.Key(self, "Key")\n'
        'key.grant_encrypt_decrypt(iam.ServicePrincipal("events.amazonaws.com"))\n'
        'sqs.Queue(self, "Payments", fifo=True, encryption_master_key=key)'
    ),
    fix_cloudformation=(
        "Type: AWS::KMS::Key\n"
        "Properties:\n"
        "  KeyPolicy:\n"
        "    Statement:\n"
        "      - Effect: Allow\n"
        "        Principal: {Service: events.amazonaws.com}\n"
        "        Action: [kms:GenerateDataKey*, kms:Decrypt]\n"
        '        Resource: "*"'
    ),
    check=check,
)
