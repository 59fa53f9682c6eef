"""How rules judge the ids under which configurations send to a queue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkout_stack.policy.rules.queues import is_fifo
from checkout_stack.policy.template.values import Text, Unknown, Value
from checkout_stack.policy.workload.senders import Sender
from checkout_stack.policy.workload.workload import Workload

NO_SENDER = "nothing sends such work by its configuration"
FRESH = re.compile(
    r"context\W+(?:extendedRequestId|requestId|requestTime(?:Epoch)?)\b|ingestion-time"
    r"|\$\.messageId\b|States\.UUID|EnteredTime|StartTime|\buuid\(|\bnow\(",
    re.IGNORECASE,
)
"""What differs when the same order is sent again, of API Gateway, pipes and state machines."""
_OF_THE_TEMPLATE = re.compile(r"\$\{[\w-]*!?[A-Z][\w.:]*\}")


def fifo_senders(workload: Workload) -> Iterator[Sender]:
    """What sends to a FIFO work queue by its configuration."""
    for queue in workload.queues:
        if is_fifo(queue) is not False:
            yield from workload.senders_to(queue)


def is_constant(written: Value) -> bool | Unknown:
    """Whether an id is the same for all messages: it takes nothing from request, event or input."""
    if isinstance(written, Unknown):
        return written
    text = _OF_THE_TEMPLATE.sub("", str(written)) if isinstance(written, str | Text) else ""
    return "$" not in text and not text.startswith("<") and "States." not in text
