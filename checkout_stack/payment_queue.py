"""The FIFO queue of payments to make, and the FIFO queue of those that could not be made."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack.deployed_path import resource_name
from checkout_stack.timing import PAYMENT_QUEUE_RETENTION, CheckoutTiming

#: SQS's longest, and longer than the source's, so that a message is not lost on its way through.
DEAD_LETTER_RETENTION = cdk.Duration.days(14)
#: SQS's quota for a queue name, ``.fifo`` included.
LONGEST_QUEUE_NAME = 80


class PaymentQueue(Construct):
    """Payments to make, in order for each order, at most once in five minutes for each body.

    Deduplication is by content: the body says which attempt of which order and nothing else, so
    the same payment sent twice is queued once. The message group is the order's id; in
    high-throughput mode groups do not limit one another.

    The two queues name each other: the payment queue in its redrive policy, the dead-letter queue
    in the policy that lets this one queue alone redrive into it. CloudFormation refuses two
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
    ) -> None:
        """Create both queues.

        :param timing: Gives the visibility timeout and the receives before a message is given up.
        """
        super().__init__(scope, construct_id)
        queue_name = resource_name(self, suffix=".fifo", max_length=LONGEST_QUEUE_NAME)
        self.dead_letter_queue = sqs.Queue(
            self,
            "DeadLetters",
            fifo=True,
            retention_period=DEAD_LETTER_RETENTION,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
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
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letter_queue, max_receive_count=timing.max_receive_count
            ),
        )

    def _by_name(self, queue_name: str) -> sqs.IQueue:
        arn = cdk.Stack.of(self).format_arn(service="sqs", resource=queue_name)
        return sqs.Queue.from_queue_arn(self, "QueueByName", arn)
