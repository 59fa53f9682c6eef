"""List prices, US East (N. Virginia), dollars: each with its page and when that was read.

No free tier is taken off, for anybody. Pages were read in stored copies; where a copy did not show
the figure, ``confirmed`` says where else it was read, or that it was not.
"""

from __future__ import annotations

from dataclasses import dataclass

READ = "2026-11"
ON_THE_PAGE = "on the page"
TRANSCRIBED = "a transcription of the page of 2026-09-20"
NOT_SEEN = "as it has been for years; not seen in a stored copy"
OLDER = "older notes that quote the page"
GUIDES = "guides of 2026 that quote the page, which draws its rates by script"


@dataclass(frozen=True)
class Price:
    """What one unit of something costs, in tiers."""

    name: str
    #: Units from which on a price holds, and dollars a unit; the first tier begins at 0.
    tiers: tuple[tuple[float, float], ...]
    unit: str
    source: str
    confirmed: str = ON_THE_PAGE
    read: str = READ
    #: Units beyond which no price is published.
    published_up_to: float = float("inf")

    def of(self, amount: float) -> float:
        """Return the dollars that so many units cost in one month."""
        ends = [start for start, _ in self.tiers[1:]] + [float("inf")]
        return sum(
            max(0.0, min(amount, end) - start) * dollars
            for (start, dollars), end in zip(self.tiers, ends, strict=True)
        )


def _flat(name: str, dollars: float, unit: str, source: str, confirmed: str = ON_THE_PAGE) -> Price:
    return Price(name, ((0, dollars),), unit, source, confirmed)


MILLION = 1e6
_API = "https://aws.amazon.com/api-gateway/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_SQS = "https://aws.amazon.com/sqs/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_XRAY = "https://aws.amazon.com/xray/pricing/"
_EVENTBRIDGE = "https://aws.amazon.com/eventbridge/pricing/"
_KMS = "https://aws.amazon.com/kms/pricing/"
_SECRETS = "https://aws.amazon.com/secrets-manager/pricing/"
_STEP_FUNCTIONS = "https://aws.amazon.com/step-functions/pricing/"
_TEMPORAL = "https://docs.temporal.io/cloud/pricing"

_API_TIERS = ((0, 1.00 / MILLION), (300e6, 0.90 / MILLION))
API_REQUEST = Price("HTTP API request", _API_TIERS, "request", _API, TRANSCRIBED)
LAMBDA_REQUEST = _flat("Lambda request", 0.20 / MILLION, "request", _LAMBDA, TRANSCRIBED)
#: The first tier, to 7.5 billion GB-seconds a month, which no volume here leaves.
LAMBDA_TIME = _flat("Lambda time, arm64", 0.0000133334, "GB-second", _LAMBDA, GUIDES)
DURABLE_OPERATION = _flat("durable operation", 8.00 / MILLION, "operation", _LAMBDA, TRANSCRIBED)
WRITE_UNIT = _flat("DynamoDB write, on demand", 0.625 / MILLION, "unit", _DYNAMODB, GUIDES)
READ_UNIT = _flat("DynamoDB read, on demand", 0.125 / MILLION, "unit", _DYNAMODB, GUIDES)
_PROVISIONED = "https://aws.amazon.com/dynamodb/pricing/provisioned/"
PROVISIONED_WRITE = _flat(
    "DynamoDB write, provisioned", 0.00065, "unit and hour", _PROVISIONED, GUIDES
)
PROVISIONED_READ = _flat(
    "DynamoDB read, provisioned", 0.00013, "unit and hour", _PROVISIONED, GUIDES
)
STORAGE = _flat("DynamoDB storage", 0.25, "GB-month", "https://aws.amazon.com/dynamodb/pricing/")
BACKUP = _flat("DynamoDB point-in-time recovery", 0.20, "GB-month", _DYNAMODB, OLDER)
#: Reads of a stream by Lambda cost nothing.
STREAM_READ = _flat("stream read by Lambda", 0.0, "read", _DYNAMODB, OLDER)
FIFO_CALL = _flat("SQS FIFO request", 0.50 / MILLION, "request", _SQS, GUIDES)
#: Of up to 64 KB. Rules and deliveries to targets of the same account cost nothing.
EVENT = _flat("EventBridge event of one's own", 1.00 / MILLION, "event", _EVENTBRIDGE, GUIDES)
LOGS = _flat("CloudWatch Logs, taken in", 0.50, "GB", _CLOUDWATCH, GUIDES)
LOG_STORAGE = _flat("CloudWatch Logs, kept", 0.03, "GB-month", _CLOUDWATCH, NOT_SEEN)
ALARM = _flat("CloudWatch alarm", 0.10, "alarm and month", _CLOUDWATCH, GUIDES)
METRIC = _flat("CloudWatch metric of one's own", 0.30, "metric and month", _CLOUDWATCH, GUIDES)
DASHBOARD = _flat("CloudWatch dashboard", 3.00, "dashboard and month", _CLOUDWATCH, GUIDES)
TRACE = _flat("X-Ray trace", 5.00 / MILLION, "trace", _XRAY)
KEY = _flat("KMS key", 1.00, "key and month", _KMS, OLDER)
SECRET = _flat("secret", 0.40, "secret and month", _SECRETS, TRANSCRIBED)
SECRET_READ = _flat("read of a secret", 0.05 / 10_000, "call", _SECRETS, TRANSCRIBED)
TRANSITION = _flat("Step Functions transition", 0.025 / 1_000, "transition", _STEP_FUNCTIONS)
EXPRESS_REQUEST = _flat("Express workflow", 1.00 / MILLION, "request", _STEP_FUNCTIONS, GUIDES)
#: The later tiers, by GB-hour 0.03 from 1,000 and 0.01642 from 5,000, favour this peer.
EXPRESS_TIME = Price(
    "Express workflow time",
    ((0, 0.06 / 3600), (1_000 * 3600, 0.03 / 3600), (5_000 * 3600, 0.01642 / 3600)),
    "GB-second",
    _STEP_FUNCTIONS,
    "the first tier in guides of 2026; the later ones were not found in a stored copy",
)
#: Without a plan's base fee, and without volume prices.
TEMPORAL_DEVELOPER = _flat("Temporal action, Developer plan", 50 / MILLION, "action", _TEMPORAL)
_TEMPORAL_TIERS = ((0, 50), (5e6, 45), (10e6, 40), (20e6, 35), (50e6, 30), (100e6, 25))
TEMPORAL_BUSINESS = Price(
    "Temporal action, Business plan",
    tuple((start, dollars / MILLION) for start, dollars in _TEMPORAL_TIERS),
    "action",
    _TEMPORAL,
    published_up_to=200e6,
)
#: Of the consumption; Business is at least its base fee.
TEMPORAL_PLAN_SHARE = 0.10
TEMPORAL_BUSINESS_BASE = 500.0

PRICES = tuple(each for each in tuple(vars().values()) if isinstance(each, Price))
"""Every price above, in that order."""
