"""The protocol of Powertools' idempotency, written by hand.

As in ``aws-lambda-powertools`` 3.37.0, ``utilities/idempotency/base.py`` and
``persistence/dynamodb.py``, and as documented under
https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/: a record is put as
``INPROGRESS`` unless one is there that has not expired; after the work it becomes ``COMPLETED``
and keeps the answer; where the work raises, the record is deleted. The library itself is not used,
since it reads the machine's clock; a test holds the calls to those of the library where that is
installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from bench.compare.stage import Stage, WorkflowError
from simulator.cases import SECOND
from simulator.world import Context

RECORDS = "idempotency"
EXPIRES_AFTER_SECONDS = 3600
"""The default of ``IdempotencyConfig``."""
MOST_RETRIES = 2
_FREE = (
    "attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND "
    "attribute_exists(#in_progress_expiry) AND #in_progress_expiry < :now_in_millis)"
)
_COMPLETE = "SET #response_data = :response_data, #expiry = :expiry, #status = :status"
_NAMES = {
    "#id": "id",
    "#expiry": "expiration",
    "#in_progress_expiry": "in_progress_expiration",
    "#status": "status",
}


class AlreadyInProgressError(WorkflowError):
    """Another invocation has the record: ``IdempotencyAlreadyInProgressError``."""


class IdempotencyRecords:
    """Does work once for each key, as long as its record is kept."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        stage.dynamodb.create_table(RECORDS, key="id", indexes={}, stream_shards=1)

    def once(self, key: str, context: Context, work: Callable[[], Any]) -> Any:
        """Return the answer of the work, done now or before.

        :raises AlreadyInProgressError: while another invocation has the record.
        """
        for _ in range(MOST_RETRIES + 1):
            known = self._begin(key, context)
            if known is None:
                return self._do(key, work)
            if known["status"]["S"] == "COMPLETED":
                if int(known["expiration"]["N"]) > self._stage.now() // SECOND:
                    return json.loads(known["data"]["S"])
            elif int(known["in_progress_expiration"]["N"]) >= self._stage.now():
                raise AlreadyInProgressError(key)
        raise WorkflowError(f"the record of {key} is inconsistent")

    def _begin(self, key: str, context: Context) -> dict[str, Any] | None:
        """Put the record; the one that is there already is returned."""
        now = self._stage.now()
        lasts = now + context.get_remaining_time_in_millis()
        try:
            self._stage.aws_client("dynamodb").put_item(
                TableName=RECORDS,
                Item={
                    "id": {"S": key},
                    "expiration": {"N": str(now // SECOND + EXPIRES_AFTER_SECONDS)},
                    "status": {"S": "INPROGRESS"},
                    "in_progress_expiration": {"N": str(lasts)},
                },
                ConditionExpression=_FREE,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={
                    ":now": {"N": str(now // SECOND)},
                    ":now_in_millis": {"N": str(now)},
                    ":inprogress": {"S": "INPROGRESS"},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            known: dict[str, Any] = error.response["Item"]  # type: ignore[typeddict-item]
            return known
        return None

    def _do(self, key: str, work: Callable[[], Any]) -> Any:
        dynamodb = self._stage.aws_client("dynamodb")
        try:
            answer = work()
        except Exception:
            dynamodb.delete_item(TableName=RECORDS, Key={"id": {"S": key}})
            raise
        expires = self._stage.now() // SECOND + EXPIRES_AFTER_SECONDS
        dynamodb.update_item(
            TableName=RECORDS,
            Key={"id": {"S": key}},
            UpdateExpression=_COMPLETE,
            ExpressionAttributeNames={
                "#response_data": "data",
                "#expiry": "expiration",
                "#status": "status",
            },
            ExpressionAttributeValues={
                ":response_data": {"S": json.dumps(answer)},
                ":expiry": {"N": str(expires)},
                ":status": {"S": "COMPLETED"},
            },
        )
        return answer
