"""A schema for each event is in the package, is made of its record, and allows newer fields."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from checkout_runtime.events import NotAnOrderEventError, event_schema, read_event
from checkout_runtime.events.order_events import KINDS, VERSION
from tests.checkout_runtime.events.deliveries import COMMON, OWN, delivered, detail
from tools.event_schemas import FOLDER, schemas


def validator(kind: str) -> Draft202012Validator:
    schema = event_schema(kind)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_files_are_up_to_date() -> None:
    written = {file.name: file.read_text() for file in FOLDER.iterdir()}
    for name, text in schemas().items():
        assert written[name] == text, "run: python -m tools.event_schemas"
    assert {name.partition("-")[0] for name in written} == set(KINDS)
    assert len(written) == len(KINDS) * VERSION


@pytest.mark.parametrize("kind", OWN)
def test_what_is_read_fits_and_so_does_what_a_newer_checkout_adds(kind: str) -> None:
    validator(kind).validate(detail(kind))
    validator(kind).validate(detail(kind, tip=100))
    validator(kind).validate(detail(kind, correlation_id=None))


@pytest.mark.parametrize("kind", OWN)
def test_what_the_schema_requires_the_reader_requires_too(kind: str) -> None:
    for name in {*COMMON, *OWN[kind]}:
        without = {name: None}
        assert fits(kind, without) == reads(kind, without), name


def fits(kind: str, changes: dict[str, Any]) -> bool:
    try:
        validator(kind).validate(detail(kind, **changes))
    except ValidationError:
        return False
    return True


def reads(kind: str, changes: dict[str, Any]) -> bool:
    try:
        read_event(delivered(kind, **changes))
    except NotAnOrderEventError:
        return False
    return True


@pytest.mark.parametrize("kind", OWN)
def test_every_field_says_what_it_means(kind: str) -> None:
    schema = event_schema(kind)
    assert schema["description"]
    assert list(schema["properties"]) == [*COMMON, *OWN[kind]]
    assert all(each["description"].endswith(".") for each in schema["properties"].values())


@pytest.mark.parametrize(("kind", "version"), [("OrderPaid", 2), ("../OrderPaid", 1), ("X", 1)])
def test_there_is_no_schema_of_what_does_not_exist(kind: str, version: int) -> None:
    with pytest.raises(LookupError, match=f"no event {kind} of version {version}"):
        event_schema(kind, version)
