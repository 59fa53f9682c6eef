"""CloudTrail's record of DynamoDB calls, through an EventBridge rule, to a function.

- A trail that logs data events of the table records every call, the refused ones too, with the
  item's key and without its other attributes.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html
- It delivers "within an average of about 5 minutes of an API call. This time is not guaranteed", in
  no guaranteed order.
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
- EventBridge delivers at least once and tries for 24 hours or 185 times to hand an event to its
  target. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
- A function takes it asynchronously: where the function itself fails, Lambda invokes it twice more,
  after one and two minutes, then sends the event to the on-failure destination.
  https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

Granted: no event is missed, although services may deliver to EventBridge by best effort only
(https://docs.aws.amazon.com/eventbridge/latest/ref/event-delivery-level.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from bench.compare.services.deliveries import Deliveries
from bench.compare.stage import Stage
from simulator.cases import MINUTE

MOST_LATE_MS = 10 * MINUTE
"""Evenly from at once to this: five minutes on average."""
RETRIES_AFTER_MS = (MINUTE, 2 * MINUTE)


class AuditedDynamoDb:
    """DynamoDB whose ``PutItem`` calls start a function by way of CloudTrail and EventBridge."""

    def __init__(self, stage: Stage, target: str) -> None:
        self._stage = stage
        self._deliveries = Deliveries(
            stage, "eventbridge", target, RETRIES_AFTER_MS, self._on_failure
        )

    def __getattr__(self, operation: str) -> Any:
        """Every other call is DynamoDB's."""
        return getattr(self._stage.dynamodb, operation)

    def put_item(self, **request: Any) -> dict[str, Any]:
        """Put an item, and record the call, refused or not."""
        detail: dict[str, Any] = {
            "eventName": "PutItem",
            "requestParameters": {
                "tableName": request["TableName"],
                "key": {"pk": request["Item"]["pk"]["S"]},
            },
        }
        try:
            return self._stage.dynamodb.put_item(**request)
        except ClientError as problem:
            detail["errorCode"] = problem.response["Error"]["Code"]
            raise
        finally:
            late = self._stage.draws.randrange(MOST_LATE_MS)
            self._stage.after(late, lambda: self._deliveries.deliver({"detail": detail}))

    def _on_failure(self, event: Mapping[str, Any]) -> None:
        key = event["detail"]["requestParameters"]["key"]["pk"]
        self._stage.for_a_person.append(f"at the on-failure destination: {key}")
