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
    r"context\W+(?:integration\W+)?(?:awsEndpointRequestId2?|extendedRequestId|requestId"
    r"|requestTime(?:Epoch)?|xrayTraceId)\b"
    r"|x-amzn-trace-id|ingestion-time|\$\.messageId\b|States\.(?:UUID|MathRandom)|EnteredTime"
    r"|StartTime|Task\.Token|\b(?:uuid|now|millis|random)\(",
    re.IGNORECASE,
)
"""What differs when the same order is sent again, of API Gateway, pipes and state machines."""
_OF_THE_TEMPLATE = re.compile(r"\$\{[\w-]*!?[A-Z][\w.:]*\}")
_OF_THE_API = re.compile(
    r"\$\{?(?:context\.(?:accountId|apiId|domainName|domainPrefix|httpMethod|protocol|resourceId"
    r"|resourcePath|routeKey|stage)|stageVariables\.\w+)\b\}?"
)
"""What is the same for all requests to a method of API Gateway."""


def fifo_senders(workload: Workload) -> Iterator[Sender]:
    """What sends to a FIFO work queue by its configuration."""
    for queue in workload.queues:
        if is_fifo(queue) is not False:
            yield from workload.senders_to(queue)


def is_constant(written: Value) -> bool | Unknown:
    """Whether an id is the same for all messages: it takes nothing from request, event or input."""
    if isinstance(written, Unknown):
        return written
    text = str(written) if isinstance(written, str | Text) else ""
    text = _OF_THE_API.sub("", _OF_THE_TEMPLATE.sub("", text))
    return "$" not in text and not text.startswith("<") and "States." not in text
