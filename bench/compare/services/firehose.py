"""Amazon Data Firehose with an HTTP endpoint as its destination.

- Records are buffered, and what was buffered goes out as one request: zero buffering means within
  about five seconds. https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html
- The endpoint has three minutes to answer a request; anything but a well-formed success counts as a
  failure, and the same request with all its records is sent again.
  https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
- Retries take 7,200 s at the most, not counting what the endpoint takes to answer.
  https://docs.aws.amazon.com/firehose/latest/APIReference/API_HttpEndpointRetryOptions.html
- Then the records go to the backup bucket in S3; at least once, so duplicates are possible.
  https://docs.aws.amazon.com/firehose/latest/dev/retry.html

How long it pauses between tries is not documented; here pauses double from 1 s to 2 minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.compare.services.deliveries import Deliveries
from bench.compare.stage import Stage
from simulator.cases import MINUTE, SECOND

BUFFER_MS = 5 * SECOND
LONGEST_RETRIES_MS = 7200 * SECOND
LONGEST_PAUSE_MS = 2 * MINUTE
_DOUBLING = tuple(2**place * SECOND for place in range(7))
_PAUSES_MS = _DOUBLING + (LONGEST_PAUSE_MS,) * (
    (LONGEST_RETRIES_MS - sum(_DOUBLING)) // LONGEST_PAUSE_MS
)


class FirehoseModel:
    """One delivery stream that ends at a function behind a URL."""

    def __init__(self, stage: Stage, endpoint: str) -> None:
        self._stage = stage
        self._buffer: list[str] = []
        self._deliveries = Deliveries(stage, "firehose", endpoint, _PAUSES_MS, self._back_up)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Take a record; it is durable from here on."""
        assert operation == "PutRecord", operation
        if not self._buffer:
            self._stage.after(BUFFER_MS, self._flush)
        self._buffer.append(parameters["Record"]["Data"])
        return {"RecordId": self._stage.unique_id()}

    def _flush(self) -> None:
        records, self._buffer = self._buffer, []
        self._deliveries.deliver({"records": [{"data": data} for data in records]})

    def _back_up(self, request: Mapping[str, Any]) -> None:
        self._stage.for_a_person += [
            f"in the backup bucket: {record['data']}" for record in request["records"]
        ]
