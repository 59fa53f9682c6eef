"""The description of the HTTP API says what the handlers do, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from checkout_runtime.domain.fields import Check, Integer, Text
from checkout_runtime.domain.submission import LINE_FIELDS, ORDER_FIELDS, parse_submission
from checkout_runtime.handlers import problems
from checkout_runtime.handlers.problems import ProblemType
from checkout_stack.api.commands import openapi_document
from checkout_stack.cli import main
from tests.checkout_runtime.factories import submitted
from tools.http_api_pages import HTTP_API, PROBLEMS, http_api_page, problems_page
from tools.openapi import WRITTEN, document, operations, problems_of, text
from tools.openapi_examples import examples
from tools.openapi_operations import OPERATIONS
from tools.problem_texts import TEXTS

Example = tuple[str, int, str, str]


@cache
def described() -> dict[str, Any]:
    """The document as it is shipped."""
    return openapi_document()


def operation(name: str) -> dict[str, Any]:
    [found] = (each for _, _, each in operations(described()) if each["operationId"] == name)
    return found


def answers() -> Iterator[tuple[str, str, str, str, Any]]:
    """Operation, status, media type, name and value of every example of an answer."""
    for _, _, each in operations(described()):
        for status, response in each["responses"].items():
            for media_type, content in response["content"].items():
                for name, example in content.get("examples", {}).items():
                    yield each["operationId"], status, media_type, name, example["value"]


def holds(schema: dict[str, Any], value: object) -> bool:
    """Whether a value is what a schema of the document says."""
    whole = {**schema, "components": described()["components"]}
    return not list(Draft202012Validator(whole).iter_errors(value))


def test_the_document_is_what_the_declarations_and_the_handlers_make() -> None:
    assert WRITTEN.read_text() == text(document()), "run: python -m tools.openapi"


def test_the_pages_are_what_the_document_makes() -> None:
    assert PROBLEMS.read_text() == problems_page(), "run: python -m tools.http_api_pages"
    written = HTTP_API.read_text()
    assert written == http_api_page(written), "run: python -m tools.http_api_pages"


def test_it_is_openapi_3_1() -> None:
    assert list(OpenAPIV31SpecValidator(described()).iter_errors()) == []


def test_every_answer_is_an_example_of_its_own_schema() -> None:
    shown = list(answers())
    assert len(shown) > 50
    for name, status, media_type, example, value in shown:
        content = operation(name)["responses"][status]["content"][media_type]
        assert holds(content["schema"], value), (name, status, example)
        if media_type == "application/problem+json":
            assert (str(value["status"]), value["type"].rpartition(":")[2]) == (status, example)


def test_every_request_is_an_example_of_its_own_schema() -> None:
    for name in OPERATIONS:
        body = operation(name).get("requestBody", {}).get("content", {}).get("application/json")
        for example in body["examples"].values() if body else ():
            assert holds(body["schema"], example["value"]), (name, example)


def test_no_example_is_lost_on_the_way_into_the_document() -> None:
    written = {(name, example) for name, _, _, example, _ in answers()}
    assert written == {(each.operation, each.name) for each in examples()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_problem_that_a_handler_declares_has_an_example_and_no_other_has(name: str) -> None:
    shown = {
        example
        for operation_id, _, media_type, example, _ in answers()
        if (operation_id, media_type) == (name, "application/problem+json")
    }
    assert shown == {kind.slug for kind in problems_of(name)}


def test_every_problem_type_is_some_handlers_and_has_words() -> None:
    known = {each.slug for each in vars(problems).values() if isinstance(each, ProblemType)}
    declared = {kind.slug for name in OPERATIONS for kind in problems_of(name)}
    assert known == declared == set(TEXTS)


@pytest.mark.parametrize("schema", sorted({each.shows for each in OPERATIONS.values()}))
def test_what_is_shown_is_described_field_by_field(schema: str) -> None:
    shown = {
        field
        for name, _, media_type, _, value in answers()
        if media_type == "application/json" and OPERATIONS[name].shows == schema
        for field in value
    }
    described_fields = set(described()["components"]["schemas"][schema]["properties"])
    assert shown == described_fields - NEVER_IN_AN_EXAMPLE


NEVER_IN_AN_EXAMPLE = {"code", "review_reason"}
"""Fields of refunds that came to another end."""


def edges(name: str, check: Check) -> Iterator[object]:
    """Values at the edges of what a field takes, and beyond."""
    yield from (None, True, "", " ", "x ", 0, -1, 1.5, [], {})
    match check:
        case Integer(low, high):
            yield from (low - 1, low, high, high + 1, str(low))
        case Text():
            yield from ("x", "x" * 128, "x" * 129)
        case _ if name == "currency":
            yield from ("EUR", "eur", "EURO", "XXX", "XAU")
        case _:
            line = {"sku": "mug", "quantity": 1}
            yield from ([line] * count for count in (1, 100, 101))


@pytest.mark.parametrize(("name", "check"), [*ORDER_FIELDS.items(), *LINE_FIELDS.items()])
def test_the_schema_takes_at_the_edges_what_the_parser_takes(name: str, check: Check) -> None:
    schema = {"$ref": "#/components/schemas/PricedOrder"}
    taken = []
    for value in edges(name, check):
        body = submitted()
        if name in LINE_FIELDS:
            body["lines"] = [{**body["lines"][0], name: value}]
        else:
            body[name] = value
        parsed = not isinstance(parse_submission(body), list)
        assert holds(schema, body) == parsed, body
        taken.append(parsed)
    assert True in taken
    assert False in taken


def test_a_field_too_many_or_too_few_is_refused_by_both() -> None:
    schema = {"$ref": "#/components/schemas/PricedOrder"}
    for body in (submitted(colour="red"), *(submitted(**{name: ...}) for name in ORDER_FIELDS)):
        assert isinstance(parse_submission(body), list)
        assert not holds(schema, body)


def test_the_command_prints_it_and_names_a_server() -> None:
    plain = CliRunner().invoke(main, ["api", "openapi"])
    assert json.loads(plain.output) == described()
    named = CliRunner().invoke(main, ["api", "openapi", "--server", "https://api.example.com"])
    assert json.loads(named.output)["servers"] == [{"url": "https://api.example.com"}]
