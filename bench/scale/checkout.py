"""The checkout as far as its scale depends on it: what is set, and what an order takes."""

from __future__ import annotations

from dataclasses import dataclass

from bench.scale.quotas import STRIPE_ENDPOINT


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """Settings of one deployed checkout, and the work of one order that settles at its first try.

    Names are those of the properties of :class:`~checkout_stack.IdempotentCheckout` where there is
    one. A test holds defaults to the construct and counts to what the handlers do.
    """

    #: Most calls to the payment service at a time.
    concurrent_charges: int = 100
    #: Partitions of the index of unsettled orders.
    unsettled_index_shards: int = 16
    #: Messages an invocation of the consumer. Fixed: the most that a FIFO mapping allows.
    consumer_batch: int = 10
    #: Records an invocation of the relay. Fixed.
    relay_batch: int = 100
    #: Batches of one stream shard at a time. Fixed, at Lambda's most.
    relay_parallelization: int = 10

    #: Requests to the API: the order, and one look at it. Each invokes a function.
    api_requests: int = 2
    #: Write units on the table: accepted, claimed, settled.
    table_writes: int = 3
    #: Write units on the index: the order enters it and leaves it.
    index_writes: int = 2
    #: Bytes of a stream record: the order before and after.
    stream_record_bytes: int = 2_048
    #: Orders a second that the payment service takes. Default: Stripe's, an endpoint's limit.
    payment_service_orders: float = STRIPE_ENDPOINT.value

    #: Seconds of one call to DynamoDB or SQS as a function sees it, its own work included. An
    #: assumption: DynamoDB promises single-digit milliseconds.
    aws_call_seconds: float = 0.010
    #: Seconds of one charge. An assumption; measure your payment service.
    payment_seconds: float = 0.300

    @property
    def charge_seconds(self) -> float:
        """How long one order occupies one of the concurrent charges: claim, charge, settle."""
        return self.payment_seconds + 2 * self.aws_call_seconds

    @property
    def relay_seconds(self) -> float:
        """How long a full batch of the relay takes: sends of ten messages, one after another."""
        return self.relay_batch / 10 * self.aws_call_seconds

    @property
    def invocation_seconds(self) -> float:
        """Seconds of Lambda that one order takes, in all functions, with full batches."""
        intake = self.api_requests * self.aws_call_seconds
        relay = self.relay_seconds / self.relay_batch
        return intake + relay + self.charge_seconds / self.consumer_batch
