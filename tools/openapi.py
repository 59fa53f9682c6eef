"""The OpenAPI description of the HTTP API: ``python -m tools.openapi``.

Routes are the construct's, fields and problem types the runtime's, and examples are what the
handlers answered. It is written to where ``checkout api openapi`` finds it, and a test holds it to
all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from importlib import import_module
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from checkout_runtime.handlers.problems import ProblemType
from checkout_runtime.handlers.refunds import PROBLEMS_OF_THE_LIST
from checkout_stack.api.routes import CANCEL_ORDER, CAPTURE_ORDER, REFUND_ORDER, ROUTES
from simulator.http_api import Answer
from tools.openapi_answers import problem_types
from tools.openapi_examples import Example, carried_out, examples
from tools.openapi_headers import HEADERS, PARAMETERS, WIRE_NAME
from tools.openapi_operations import OPERATIONS, Operation
from tools.openapi_schemas import schemas
from tools.problem_texts import TEXTS

WRITTEN = Path(__file__).parents[1] / "checkout_stack" / "api" / "openapi.json"

_DESCRIPTION = """\
Places orders that resubmission does not double. Send the same request with the same \
`Idempotency-Key` as often as it takes: it stays one order and one charge.

Prices are never the buyer's word. Either your own server calls and sends a `PricedOrder`, or, \
where the API has a `cart_secret`, the buyer's browser sends a `SignedCart` that your shop signed.

Where the API is open to anybody (`OPEN_ACCESS`) no credentials are needed. Where buyers are \
guests (`GUESTS_BY_CART`) the signed cart takes their place: in the body of `POST /orders`, else \
as `Cart-Token`. Behind an authorizer of your own they may be others than a bearer token."""
#: Operations that are not named as the handler that answers them, by method and path.
_ALSO = {("GET", REFUND_ORDER.path): "list_refunds"}
#: What API Gateway answers by itself. https://docs.aws.amazon.com/apigateway/latest/developerguide/
_OF_THE_GATEWAY = {
    401: "The bearer token is missing, wrong or out of date.",
    403: "The authorizer refuses the caller.",
    429: "The account's or the stage's request rate is used up. Send it again later.",
    500: "The function failed. Send it again with the same key.",
    503: "The function did not answer in time. Send it again with the same key.",
}


def handlers() -> dict[tuple[str, str], str]:
    """Return the handler that answers each route, by method and path."""
    return {
        (method.name, each.path): each.handler
        for each in (*ROUTES, CANCEL_ORDER, CAPTURE_ORDER, REFUND_ORDER)
        for method in (each.method, *each.also)
    }


def document() -> dict[str, Any]:
    """Return the document."""
    routes = handlers()
    found = [(each, carried_out(each, routes)) for each in examples()]
    paths: dict[str, dict[str, Any]] = {}
    for (method, path), operation in {**routes, **_ALSO}.items():
        own = [(each, answer) for each, answer in found if each.operation == operation]
        paths.setdefault(path, {})[method.lower()] = _operation(operation, own)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "IdempotentCheckout",
            "summary": "One order and one charge, however often it is resubmitted.",
            "description": _DESCRIPTION,
            "version": version("idempotent-checkout"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"buyer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"buyer": {"type": "http", "scheme": "bearer"}},
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "schemas": schemas(),
        },
    }


def problems_of(operation: str) -> tuple[ProblemType, ...]:
    """Return the problem types that a handler declares."""
    if operation == "list_refunds":
        return PROBLEMS_OF_THE_LIST
    declared: tuple[ProblemType, ...] = import_module(
        f"checkout_runtime.handlers.{operation}"
    ).PROBLEMS
    return declared


Found = list[tuple[Example, Answer]]


def _operation(operation: str, found: Found) -> dict[str, Any]:
    said = OPERATIONS[operation]
    described: dict[str, Any] = {
        "operationId": operation,
        "summary": said.summary,
        "description": said.description,
        "parameters": [_reference("parameters", each) for each in said.parameters],
    }
    if said.body:
        described["requestBody"] = _request_body(said.body, found)
    described["responses"] = _responses(said, operation, found)
    return described


def _request_body(names: tuple[str, ...], found: Found) -> dict[str, Any]:
    options = [_reference("schemas", name) for name in names]
    sent = {
        example.name: {"summary": example.summary, "value": json.loads(example.request.body or b"")}
        for example, answer in found
        if answer.status < HTTPStatus.BAD_REQUEST
    }
    body = {
        "schema": options[0] if len(options) == 1 else {"oneOf": options},
        "examples": _without_repetition(sent),
    }
    return {"required": True, "content": {"application/json": body}}


def _without_repetition(sent: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, each in sent.items():
        if each["value"] not in [other["value"] for other in kept.values()]:
            kept[name] = each
    return kept


def _responses(said: Operation, operation: str, found: Found) -> dict[str, Any]:
    by_status = sorted(problems_of(operation), key=lambda kind: kind.status)
    problems = {
        status: list(kinds) for status, kinds in groupby(by_status, key=lambda kind: kind.status)
    }
    responses = {
        status: _success(text, status, found, said) for status, text in said.answers.items()
    }
    for status in sorted({*problems, *_OF_THE_GATEWAY}):
        responses[status] = _failure(status, problems.get(status, []), found)
    return {str(status): each for status, each in sorted(responses.items())}


def _success(text: str, status: int, found: Found, said: Operation) -> dict[str, Any]:
    return {
        "description": text,
        "headers": {
            WIRE_NAME[name]: {**_reference("headers", f"{name}Always" if is_sure else name)}
            for name, is_sure in _headers(status, said).items()
        },
        "content": {
            "application/json": {
                "schema": _reference("schemas", said.shows),
                "examples": _answers(found, status),
            }
        },
    }


def _headers(status: int, said: Operation) -> dict[str, bool]:
    """Return the headers of a success, and whether it always has each."""
    if said.shows != "Order":
        return {"IdempotentReplayed": False} if said.body else {}
    # A 202 is an order on its way, which always says when to ask again.
    always = {"RetryAfter": status == HTTPStatus.ACCEPTED}
    of_a_request = {"Location": True, "IdempotentReplayed": False} if said.body else {}
    return {**of_a_request, **always, "CorrelationId": False}


def _failure(status: int, kinds: list[ProblemType], found: Found) -> dict[str, Any]:
    gateway = _OF_THE_GATEWAY.get(status)
    texts = [f"`{kind.slug}`: {TEXTS[kind.slug].meaning}" for kind in kinds]
    content: dict[str, Any] = {}
    if kinds:
        content["application/problem+json"] = {
            "schema": problem_types(kinds),
            "examples": _answers(found, status),
        }
    if gateway:
        texts.append(f"API Gateway itself: {gateway}")
        content["application/json"] = {"schema": _reference("schemas", "GatewayMessage")}
    described: dict[str, Any] = {"description": "\n\n".join(texts), "content": content}
    if status == HTTPStatus.SERVICE_UNAVAILABLE or (
        status == HTTPStatus.TOO_MANY_REQUESTS and kinds
    ):
        described["headers"] = {"Retry-After": _reference("headers", "RetryAfter")}
    return described


def _answers(found: Found, status: int) -> dict[str, Any]:
    return {
        example.name: {"summary": example.summary, "value": answer.json()}
        for example, answer in found
        if answer.status == status
    }


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def text(of: dict[str, Any]) -> str:
    """Return the document as it is written."""
    return json.dumps(of, indent=1, ensure_ascii=False) + "\n"


def operations(of: dict[str, Any]) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of each operation."""
    for path, methods in of["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


if __name__ == "__main__":
    WRITTEN.write_text(text(document()), encoding="utf-8")
