"""Follow the events of checkouts: a line for each that is put on an event bus."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from checkout_stack.local.aws import ACCOUNT, REGION, LocalAws

NAME = "checkout-local-events"
"""Of a queue of the local run's own, beside what the app has, and of the rules that fill it."""
PATTERN = {"source": ["idempotent-checkout"]}
"""What checkouts put on a bus; whatever else is there is the app's."""
MOST_AT_ONCE = 10


class EventTail:
    """Takes from each bus what checkouts put there, from now on."""

    def __init__(self, aws: LocalAws, buses: Iterable[str], say: Callable[[str], None]) -> None:
        """Watch event buses, by their names.

        :param say: Gets a line for each event.
        """
        self._say = say
        self._sqs = aws.sqs()
        self._queue = self._sqs.create_queue(QueueName=NAME)["QueueUrl"]
        events = aws.event_bus()
        for bus in sorted(set(buses)):
            events.put_rule(Name=NAME, EventBusName=bus, EventPattern=json.dumps(PATTERN))
            target = {"Id": NAME, "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}"}
            events.put_targets(Rule=NAME, EventBusName=bus, Targets=[target])

    def look(self) -> None:
        """Tell each event that came since the last look."""
        while messages := self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=MOST_AT_ONCE
        ).get("Messages"):
            for message in messages:
                self._say(_line(json.loads(message["Body"])))
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )


def _line(event: Mapping[str, Any]) -> str:
    detail = event["detail"]
    return (
        f"{time.strftime('%H:%M:%S')} {detail['order_id']} event {event['detail-type']} "
        f"{json.dumps(detail)}"
    )
