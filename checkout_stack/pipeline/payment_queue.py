"""The FIFO queue of payments to make, and the FIFO queue of those that could not be made."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack.foundation.deployed_path import resource_name
from checkout_stack.foundation.property_types import GRANTEE, KEY, own, type_requirements
from checkout_stack.foundation.requirements import enforce
from checkout_stack.foundation.timing import PAYMENT_QUEUE_RETENTION, CheckoutTiming

TYPES = {
    "timing": own(CheckoutTiming),
    "encryption_key": KEY.or_none(),
}
#: SQS's longest, and longer than the source's, so that a message is not lost on its way through.
DEAD_LETTER_RETENTION = cdk.Duration.days(14)
#: What moving dead letters back takes on the dead-letter queue.
REDRIVE_ACTIONS = (
    "sqs:CancelMessageMoveTask",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ListMessageMoveTasks",
    "sqs:ReceiveMessage",
    "sqs:StartMessageMoveTask",
)
#: SQS's quota for a queue name, ``.fifo`` included.
LONGEST_QUEUE_NAME = 80


class PaymentQueue(Construct):
    """Payments to make, in order for each order, at most once in five minutes for each body.

    Deduplication is by content: the body says which attempt of which order and nothing else, so
    the same payment sent twice is queued once. The message group is the order's id; in
    high-throughput mode groups do not limit one another.

    The two queues name each other: the payment queue in its redrive policy, the dead-letter queue
    in the policy that lets this one queue alone redrive into it. CloudFormation fails on two
    references in a circle, so the payment queue has a name, from which the dead-letter queue
    builds its ARN. The name is ``<stack name>-<construct ids>-<hash of both>.fifo``: the same at
    every synth, and another one for each checkout of a stack. SQS frees a name a minute after its
    queue was deleted; deploying a stack again within that minute fails.
    """

    #: Payments to make.
    queue: sqs.Queue
    #: Payments that were received ``timing.max_receive_count`` times and not settled.
    dead_letter_queue: sqs.Queue

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        timing: CheckoutTiming,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        """Create both queues.

        :param timing: Gives the visibility timeout, and the receives until a dead letter.
        :param encryption_key: Key of both queues. Default: SQS's own.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        encryption = (
            sqs.QueueEncryption.SQS_MANAGED if encryption_key is None else sqs.QueueEncryption.KMS
        )
        queue_name = resource_name(self, suffix=".fifo", max_length=LONGEST_QUEUE_NAME)
        self.dead_letter_queue = sqs.Queue(
            self,
            "DeadLetters",
            fifo=True,
            retention_period=DEAD_LETTER_RETENTION,
            encryption=encryption,
            encryption_master_key=encryption_key,
            enforce_ssl=True,
            redrive_allow_policy=sqs.RedriveAllowPolicy(
                redrive_permission=sqs.RedrivePermission.BY_QUEUE,
                source_queues=[self._by_name(queue_name)],
            ),
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name,
            fifo=True,
            content_based_deduplication=True,
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
            visibility_timeout=timing.visibility_timeout,
            retention_period=PAYMENT_QUEUE_RETENTION,
            encryption=encryption,
            encryption_master_key=encryption_key,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letter_queue, max_receive_count=timing.max_receive_count
            ),
        )

    def grant_send(self, grantee: iam.IGrantable) -> None:
        """Allow ``sqs:SendMessage`` to the payment queue, and nothing else."""
        enforce(self, type_requirements({"grantee": GRANTEE}, locals()))
        self.queue.grant(grantee, "sqs:SendMessage")
        if self.queue.encryption_master_key is not None:
            # SQS asks for both of a sender:
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
            self.queue.encryption_master_key.grant(grantee, "kms:GenerateDataKey", "kms:Decrypt")

    def grant_redrive(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to move dead letters back to the payment queue, and to see how far.

        On the dead-letter queue ``sqs:StartMessageMoveTask``, ``sqs:CancelMessageMoveTask``,
        ``sqs:ListMessageMoveTasks``, ``sqs:ReceiveMessage``, ``sqs:DeleteMessage`` and
        ``sqs:GetQueueAttributes``; on the payment queue ``sqs:SendMessage``
        (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html).
        """
        self.grant_send(grantee)
        if self.dead_letter_queue.encryption_master_key is not None:
            self.dead_letter_queue.encryption_master_key.grant_decrypt(grantee)
        return self.dead_letter_queue.grant(grantee, *REDRIVE_ACTIONS)

    def _by_name(self, queue_name: str) -> sqs.IQueue:
        arn = cdk.Stack.of(self).format_arn(service="sqs", resource=queue_name)
        return sqs.Queue.from_queue_arn(self, "QueueByName", arn)
