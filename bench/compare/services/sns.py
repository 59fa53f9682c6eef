"""An SNS standard topic with an HTTPS subscription.

- At least once, in any order, and nothing is deduplicated.
  https://docs.aws.amazon.com/sns/latest/dg/welcome.html
- A failed delivery is tried again by the subscription's delivery policy; HTTP(S) policies can be
  written, and all their retries together may take 3,600 s.
  https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
- What the policy gave up goes to the subscription's dead-letter queue, where there is one.
  https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
- The endpoint has 15 seconds to answer.
  https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.compare.services.deliveries import Deliveries
from bench.compare.stage import Stage
from simulator.cases import MINUTE, SECOND

ENDPOINT_TIMEOUT_MS = 15 * SECOND
LONGEST_POLICY_MS = 3600 * SECOND
_BACKING_OFF = tuple(2**place * SECOND for place in range(6))
_PAUSES_MS = _BACKING_OFF + (MINUTE,) * ((LONGEST_POLICY_MS - sum(_BACKING_OFF)) // MINUTE)
"""The longest policy that there may be, and patient from the start."""


class SnsModel:
    """One topic with one subscription."""

    def __init__(self, stage: Stage, endpoint: str) -> None:
        self._stage = stage
        self._deliveries = Deliveries(stage, "sns", endpoint, _PAUSES_MS, self._dead_letter)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Publish a message; every publication is a message of its own."""
        assert operation == "Publish", operation
        notification = {"Message": parameters["Message"]}
        self._stage.after(0, lambda: self._deliveries.deliver(notification))
        return {"MessageId": self._stage.unique_id()}

    def _dead_letter(self, notification: Mapping[str, Any]) -> None:
        self._stage.for_a_person.append(f"in the dead-letter queue: {notification['Message']}")
