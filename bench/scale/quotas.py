"""Quotas that others set: each with where it is written and when it was read there.

All are defaults of an account in US East (N. Virginia). They were read in stored copies of the
pages, so look at the page before you rely on one.
"""

from __future__ import annotations

from dataclasses import dataclass

READ = "2026-11"

_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
_DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
_SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One figure of a service's documentation."""

    name: str
    value: float
    unit: str
    source: str
    adjustable: bool
    #: Where the figure was seen, if not on the page itself.
    seen: str = ""
    read: str = READ


#: Across all APIs of an account and Region. Some Regions begin with 2,500.
API_REQUESTS = Quota(
    name="API Gateway requests",
    value=10_000,
    unit="requests/s per account and Region",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    adjustable=True,
)
#: Shared by all functions of an account and Region.
LAMBDA_CONCURRENCY = Quota(
    name="Lambda concurrency",
    value=1_000,
    unit="invocations at a time per account and Region",
    source=_LAMBDA + "services-sqs-scaling.html",
    adjustable=True,
)
#: How fast one function may grow: so many environments every ten seconds.
LAMBDA_SCALE_UP = Quota(
    name="Lambda scale-up",
    value=1_000,
    unit="execution environments every 10 s per function",
    source=_LAMBDA + "scaling-behavior.html",
    adjustable=False,
)
#: Also of an on-demand table, and by each of its indexes apart.
TABLE_WRITES = Quota(
    name="DynamoDB table writes",
    value=40_000,
    unit="write units/s per table",
    source=_DYNAMODB + "on-demand-capacity-mode-max-throughput.html",
    adjustable=True,
)
#: What a new on-demand table takes at once. It then takes twice its last peak; a larger jump has to
#: be spread over half an hour, or the table be warmed.
NEW_TABLE_WRITES = Quota(
    name="new on-demand table's writes",
    value=4_000,
    unit="write units/s per new table",
    source="https://repost.aws/knowledge-center/on-demand-table-throttling-dynamodb",
    adjustable=True,
)
#: Of a partition of a table, and of one key of an index.
PARTITION_WRITES = Quota(
    name="DynamoDB partition writes",
    value=1_000,
    unit="write units/s per partition",
    source=_DYNAMODB + "warm-throughput-scenarios.html",
    adjustable=False,
)
#: What one read of a stream shard returns at most, or 1 MB if that is less.
STREAM_RECORDS_A_READ = Quota(
    name="records of a stream read",
    value=1_000,
    unit="records, or 1 MB, per GetRecords",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html",
    adjustable=False,
)
STREAM_READS = Quota(
    name="stream reads",
    value=4,
    unit="reads/s per shard, by a mapping",
    source=_LAMBDA + "with-ddb.html",
    adjustable=False,
    seen="a question that quotes it",
)
PARALLELIZATION = Quota(
    name="stream batches at a time",
    value=10,
    unit="batches per shard",
    source=_LAMBDA + "services-ddb-params.html",
    adjustable=False,
)
#: Of each action (send, receive, delete), in high-throughput mode. Other Regions begin with 2,400.
FIFO_CALLS = Quota(
    name="FIFO calls, high throughput",
    value=70_000,
    unit="calls/s per action and Region",
    source=_SQS + "quotas-messages.html",
    adjustable=True,
    seen="AWS's announcement of 2023-11-27, and guides of 2026",
)
#: The same without high-throughput mode, which the construct always sets.
FIFO_CALLS_ORDINARY = Quota(
    name="FIFO calls, ordinary mode",
    value=300,
    unit="calls/s per action and queue",
    source=_SQS + "troubleshooting-fifo-throttling-issues.html",
    adjustable=False,
)
#: Received and not deleted. Beyond it a receive returns nothing, and no error either.
FIFO_IN_FLIGHT = Quota(
    name="FIFO messages in flight",
    value=120_000,
    unit="messages per queue",
    source=_SQS + "quotas-fifo.html",
    adjustable=True,
)
MAPPING_CONCURRENCY = Quota(
    name="queue mapping's MaximumConcurrency",
    value=1_000,
    unit="invocations at a time per mapping",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-eventsourcemapping-scalingconfig.html",
    adjustable=False,
)
#: Written of standard queues; of FIFO queues the page says only that groups and the maximum bound
#: them.
MAPPING_SCALE_UP = Quota(
    name="queue mapping's scale-up",
    value=300,
    unit="invocations more each minute",
    source=_LAMBDA + "services-sqs-scaling.html",
    adjustable=False,
)
MAPPING_START = Quota(
    name="queue mapping's start",
    value=5,
    unit="invocations at a time",
    source=_LAMBDA + "services-sqs-scaling.html",
    adjustable=False,
)
#: An example of a payment service: Stripe in live mode. An endpoint has 25 unless its page says
#: otherwise, and an order needs two of them once each (create, confirm).
STRIPE_ENDPOINT = Quota(
    name="Stripe requests an endpoint",
    value=25,
    unit="requests/s per endpoint, live mode",
    source="https://docs.stripe.com/rate-limits",
    adjustable=True,
)

QUOTAS = (
    API_REQUESTS,
    LAMBDA_CONCURRENCY,
    LAMBDA_SCALE_UP,
    TABLE_WRITES,
    NEW_TABLE_WRITES,
    PARTITION_WRITES,
    STREAM_RECORDS_A_READ,
    STREAM_READS,
    PARALLELIZATION,
    FIFO_CALLS,
    FIFO_CALLS_ORDINARY,
    FIFO_IN_FLIGHT,
    MAPPING_CONCURRENCY,
    MAPPING_SCALE_UP,
    MAPPING_START,
    STRIPE_ENDPOINT,
)
