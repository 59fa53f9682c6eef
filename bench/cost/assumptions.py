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
LOG_RECORD_OVERHEAD_BYTES = 26
#: Share of provisioned capacity that is used, over day and night. DynamoDB scales a table towards
#: 70 % by default, and follows traffic late. Assumed.
PROVISIONED_SHARE_USED = 0.5
#: One record of an HTTP API's access log with the fields of checkout_stack/api/api_stage.py.
ACCESS_RECORD = (
    '{"requestId":"RqMOuhx1IAMEJ0g=","requestTime":"23/Nov/2026:16:00:00 +0000","sourceIp":'
    '"203.0.113.77","routeKey":"POST /orders","status":"202","responseLatency":"34",'
    '"integrationLatency":"30","integrationError":"-","authorizerError":"-"}'
)
ACCESS_BYTES = len(ACCESS_RECORD) + LOG_RECORD_OVERHEAD_BYTES


#: MB at which a function has one core for itself
#: (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html, read 2026-11).
MEGABYTES_OF_A_CORE = 1769


@dataclass(frozen=True, kw_only=True)
class ProcessorTime:
    """Milliseconds of a whole core, of one invocation or, at a consumer, of one order.

    Measured by ``python -m bench --only intake --only consumer --quick --runs 1`` at payments of
    300 ms; ``bench.cost.measured`` reads a later measurement. Peers at their best, as tuned, on
    2026-11-23. Ours with its lean client on 2026-11-27, when the machine was busy and took twice as
    long for each peer. A core of that machine is taken for one of Lambda's.
    """

    intake: float = 0.8
    #: One send; also taken for any other single call.
    relay: float = 0.6
    consumer: float = 2.5
    powertools_intake: float = 4.9
    powertools_consumer: float = 5.4
    powertools_threads: float = 4.1
    #: A function that writes, charges and writes, and nothing else.
    charge: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Durations and sizes that depend on the shop. Everybody is charged by the same ones."""

    #: Seconds that a function waits for one call to AWS: DynamoDB promises single-digit
    #: milliseconds. Assumed until it is measured on Lambda.
    aws_wait_seconds: float = 0.005
    #: Seconds that it waits for one charge at the payment service.
    payment_seconds: float = 0.300
    #: Processor time of the functions.
    processor: ProcessorTime = ProcessorTime()
    #: Memory of a function for whose start a buyer waits, and of any other: the construct's.
    buyer_facing_gigabytes: float = 0.5
    worker_gigabytes: float = 0.25
    #: Whether the table is provisioned, and not on demand.
    provisioned: bool = False
    #: Months for which an order's storage is counted.
    months_kept: float = 1.0

    def seconds(
        self, gigabytes: float, *, calls: float, processor_ms: float, payments: float = 0.0
    ) -> float:
        """Return how long an invocation takes that waits for this and computes that.

        A function has a share of a core that goes with its memory of ``gigabytes``.
        """
        share = gigabytes * 1024 / MEGABYTES_OF_A_CORE
        waits = calls * self.aws_wait_seconds + payments * self.payment_seconds
        return waits + processor_ms / 1000 / share


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
