"""A charge behind an API ends before the API gives up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from checkout_stack.policy.rules.judging import (
    ONLY_READS,
    Verdict,
    agreed,
    judge_each,
    judged,
    number,
    shown,
)
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, at, possibilities
from checkout_stack.policy.workload.invocations import calls_asynchronously, invoked_arn
from checkout_stack.policy.workload.relations import related_function
from checkout_stack.policy.workload.senders import (
    API_BODY,
    HTTP_INTEGRATION,
    REST_METHOD,
    integrations_of,
)
from checkout_stack.policy.workload.workload import Workload

DEFAULT_TIMEOUT_SECONDS = 3
"""How long a function may run where nothing is said."""
REST_MILLISECONDS = 29_000
"""How long a REST API waits where nothing is said."""
HTTP_MILLISECONDS = 30_000
"""How long an HTTP API waits at most."""
_REST_APIS = ("AWS::ApiGateway::RestApi", "AWS::Serverless::Api")
Call = tuple[Resource, Resource, Value, int]
"""What calls, the function, for how many milliseconds it waits, and the default."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each charging function that an API calls."""
    charging = [each for each in _calls(workload) if workload.charges(each[1])]
    return judge_each(charging, _judge, otherwise="no API calls a function that charges")


def _judge(call: Call) -> Judgement:
    caller, function, waits, default = call
    runs = function.prop("Timeout")
    pairs = product(possibilities(runs), possibilities(waits))
    seconds = f"{default // 1000} (the default)" if waits is None else f"{shown(waits)} / 1000"
    by = "an API" if caller is function else str(caller)
    return judged(
        agreed(f"{shown(runs)}, against {seconds}", [_ends(*each, default) for each in pairs]),
        function,
        "Timeout",
        given=f"Timeout is {shown(runs)}, and {by} waits for {seconds} seconds",
        allowed="a function that ends before the API gives up",
        fix="answer 202 once the order is written, and charge from a FIFO queue; or lower Timeout",
    )


def _ends(runs: Value, waits: Value, default: int) -> Verdict:
    seconds, milliseconds = number(runs, DEFAULT_TIMEOUT_SECONDS), number(waits, default)
    if isinstance(seconds, Unknown):
        return seconds
    return milliseconds if isinstance(milliseconds, Unknown) else seconds * 1000 <= milliseconds


def _calls(workload: Workload) -> Iterator[Call]:
    for method in workload.of_type(REST_METHOD):
        if _only_reads(method.prop("HttpMethod")):
            continue
        waits = method.prop("Integration", "TimeoutInMillis")
        function = _invoked(method, method.prop("Integration", "Uri"))
        if function is not None and not calls_asynchronously(method):
            yield method, function, waits, REST_MILLISECONDS
    for integration in workload.of_type(HTTP_INTEGRATION):
        function = _invoked(integration, integration.prop("IntegrationUri"))
        if function is not None:
            waits = integration.prop("TimeoutInMillis")
            yield integration, function, waits, HTTP_MILLISECONDS
    for api in workload.of_type(*API_BODY):
        default = REST_MILLISECONDS if api.type in _REST_APIS else HTTP_MILLISECONDS
        for each in integrations_of(api):
            function = _invoked(api, at(each, "uri"))
            if function is not None:
                yield api, function, at(each, "timeoutInMillis"), default
    for function, path, event in workload.sam_events:
        limits = {"Api": REST_MILLISECONDS, "HttpApi": HTTP_MILLISECONDS}
        kind = str(event.get("Type"))
        if kind in limits and not _only_reads(at(event, "Properties", "Method")):
            given = function.prop(*path, "Properties", "TimeoutInMillis")
            yield function, function, given, limits[kind]


def _only_reads(method: Value) -> bool:
    return str(method).upper() in ONLY_READS


def _invoked(resource: Resource, uri: Value) -> Resource | None:
    """The function that an integration calls, by its ARN or by the URI that invokes it."""
    function = related_function(resource, invoked_arn(uri))
    return function if isinstance(function, Resource) else None


RULE = Rule(
    id="synchronous-charge",
    title="A charge behind an API ends before the API gives up",
    severity=Severity.ERROR,
    why=(
        "API Gateway answers 504 after 29 seconds (an HTTP API: 30), but the function runs on "
        "and may still charge. The buyer sees an error and pays again. A queue between the API "
        "and the charge lets the API answer at once."
    ),
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    fix_cdk="payments.grant_send_messages(relay)  # the API's function sends, another one charges",
    fix_cloudformation="Properties:\n  Timeout: 20  # less than the API waits",
    check=check,
)
