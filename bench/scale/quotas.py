"""Quotas that others set: each with where it is written and when it was read there.

All are defaults of an account in US East (N. Virginia). They were read in stored copies of the
pages, so look at the page before you rely on one.
"""

from __future__ import annotations

from dataclasses import dataclass

READ = "2026-11"

_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
_DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
_API = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"


@dataclass(frozen=True)
class Quota:
    """One figure of a service's documentation."""

    name: str
    value: float
    unit: str
    source: str
    adjustable: bool = False
    #: Where the figure was seen, if not on the page itself.
    seen: str = ""
    read: str = READ


#: Across all APIs of an account and Region. Some Regions begin with 2,500.
API_REQUESTS = Quota(
    "API Gateway requests",
    10_000,
    "requests/s per account and Region",
    _API + "limits.html",
    adjustable=True,
)
#: Shared by all functions of an account and Region.
LAMBDA_CONCURRENCY = Quota(
    "Lambda concurrency",
    1_000,
    "invocations at a time per account and Region",
    _LAMBDA + "services-sqs-scaling.html",
    adjustable=True,
)
#: How fast one function may grow: so many environments every ten seconds.
LAMBDA_SCALE_UP = Quota(
    "Lambda scale-up",
    1_000,
    "execution environments every 10 s per function",
    _LAMBDA + "scaling-behavior.html",
)
#: Also of an on-demand table, and by each of its indexes apart.
TABLE_WRITES = Quota(
    "DynamoDB table writes",
    40_000,
    "write units/s per table",
    _DYNAMODB + "on-demand-capacity-mode-max-throughput.html",
    adjustable=True,
)
#: What a new on-demand table takes at once. It then takes twice its last peak; a larger jump has to
#: be spread over half an hour, or the table be warmed.
NEW_TABLE_WRITES = Quota(
    "new on-demand table's writes",
    4_000,
    "write units/s per new table",
    "https://repost.aws/knowledge-center/on-demand-table-throttling-dynamodb",
    adjustable=True,
)
#: Of a partition of a table, and of one key of an index.
PARTITION_WRITES = Quota(
    "DynamoDB partition writes",
    1_000,
    "write units/s per partition",
    _DYNAMODB + "warm-throughput-scenarios.html",
)
#: What one read of a stream shard returns at most, or 1 MB if that is less.
STREAM_RECORDS_A_READ = Quota(
    "records of a stream read",
    1_000,
    "records, or 1 MB, per GetRecords",
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html",
)
STREAM_READS = Quota(
    "stream reads",
    4,
    "reads/s per shard, by a mapping",
    _LAMBDA + "with-ddb.html",
    seen="a question that quotes it",
)
PARALLELIZATION = Quota(
    "stream batches at a time", 10, "batches per shard", _LAMBDA + "services-ddb-params.html"
)
#: Of each action (send, receive, delete), in high-throughput mode. Other Regions begin with 2,400.
FIFO_CALLS = Quota(
    "FIFO calls, high throughput",
    70_000,
    "calls/s per action and Region",
    _SQS + "quotas-messages.html",
    adjustable=True,
    seen="AWS's announcement of 2023-11-27, and guides of 2026",
)
#: The same without high-throughput mode, which the construct always sets.
FIFO_CALLS_ORDINARY = Quota(
    "FIFO calls, ordinary mode",
    300,
    "calls/s per action and queue",
    _SQS + "troubleshooting-fifo-throttling-issues.html",
)
#: Received and not deleted. Beyond it a receive returns nothing, and no error either.
FIFO_IN_FLIGHT = Quota(
    "FIFO messages in flight",
    120_000,
    "messages per queue",
    _SQS + "quotas-fifo.html",
    adjustable=True,
)
MAPPING_CONCURRENCY = Quota(
    "queue mapping's MaximumConcurrency",
    1_000,
    "invocations at a time per mapping",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-eventsourcemapping-scalingconfig.html",
)
#: Written of standard queues; of FIFO queues the page says only that groups and the maximum bound
#: them.
MAPPING_SCALE_UP = Quota(
    "queue mapping's scale-up",
    300,
    "invocations more each minute",
    _LAMBDA + "services-sqs-scaling.html",
)
MAPPING_START = Quota(
    "queue mapping's start", 5, "invocations at a time", _LAMBDA + "services-sqs-scaling.html"
)
#: An example of a payment service: Stripe in live mode. An endpoint has 25 unless its page says
#: otherwise, and an order needs two of them once each (create, confirm).
STRIPE_ENDPOINT = Quota(
    "Stripe requests an endpoint",
    25,
    "requests/s per endpoint, live mode",
    "https://docs.stripe.com/rate-limits",
    adjustable=True,
)

QUOTAS = tuple(each for each in tuple(vars().values()) if isinstance(each, Quota))
"""Every quota above, in that order."""
