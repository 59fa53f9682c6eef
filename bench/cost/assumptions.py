"""What is assumed and not counted, the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass

#: A month of thirty days.
MONTH_SECONDS = 30 * 24 * 3600
GIGABYTE = 1e9
#: Lambda polls an idle queue by five long polls of 20 s at a time; fewer are not to be had where a
#: maximum concurrency is set
#: (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html, read 2026-11).
IDLE_POLLS_A_MONTH = 5 * MONTH_SECONDS / 20
#: Without a sampling decision from upstream X-Ray records the first request of each second and a
#: twentieth of the others, taken here for each traced function
#: (https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html, read 2026-11).
TRACED_A_SECOND = 1
TRACED_SHARE = 0.05
#: A secret is read again when it is five minutes old.
SECRET_READS_A_MONTH = MONTH_SECONDS / 300
#: Lambda's own records of an invocation as its telemetry schema has them, a start and a report
#: (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html), read 2026-11.
_REQUEST = '"requestId":"8f507cfc-8d60-4d70-92c1-0d4b8f5b0a11"'
_TRACING = (
    ',"tracing":{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":'
    '"Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"}'
)
_START = (
    '{"time":"2026-11-23T16:00:00.000Z","type":"platform.start","record":{'
    + _REQUEST
    + ',"functionArn":"arn:aws:lambda:us-east-1:111122223333:function:Shop-CheckoutConsumer",'
    '"version":"$LATEST"}}'
)
_REPORT = (
    '{"time":"2026-11-23T16:00:00.350Z","type":"platform.report","record":{'
    + _REQUEST
    + ',"metrics":{"durationMs":320.512,"billedDurationMs":321,"memorySizeMB":512,'
    '"maxMemoryUsedMB":77},"status":"success"}}'
)
LOG_RECORD_OVERHEAD_BYTES = 26
PLATFORM_BYTES = len(_START) + len(_REPORT) + 2 * LOG_RECORD_OVERHEAD_BYTES
TRACED_PLATFORM_BYTES = PLATFORM_BYTES + 2 * len(_TRACING)
#: One record of an HTTP API's access log with the fields of checkout_stack/api_stage.py.
ACCESS_RECORD = (
    '{"requestId":"RqMOuhx1IAMEJ0g=","requestTime":"23/Nov/2026:16:00:00 +0000","sourceIp":'
    '"203.0.113.77","routeKey":"POST /orders","status":"202","responseLatency":"34",'
    '"integrationLatency":"30","integrationError":"-","authorizerError":"-"}'
)
ACCESS_BYTES = len(ACCESS_RECORD) + LOG_RECORD_OVERHEAD_BYTES


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Durations and sizes that depend on the shop. Everybody is charged by the same ones."""

    #: Seconds of one call to AWS as a function sees it, its own work included: DynamoDB promises
    #: single-digit milliseconds. Assumed until it is measured on Lambda.
    aws_call_seconds: float = 0.010
    #: Seconds of one charge at the payment service.
    payment_seconds: float = 0.300
    #: Memory of every function: the construct's default.
    memory_gigabytes: float = 0.5
    #: Months for which an order's storage is counted.
    months_kept: float = 1.0


DEFAULT = Assumptions()


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """How many orders come in a month, and how many of them at once."""

    orders: float
    #: Orders a batch: 1 at low traffic, 10 (a FIFO mapping's most) at high.
    batch: int

    def traces(self, invocations: float) -> float:
        """Return how many of a function's invocations in a month are traced."""
        first = min(invocations, TRACED_A_SECOND * MONTH_SECONDS)
        return first + TRACED_SHARE * (invocations - first)
