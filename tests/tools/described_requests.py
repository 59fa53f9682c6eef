"""Requests that Schemathesis makes of the API's description, and what each answer has to be.

Its plugin of pytest is switched off (``pyproject.toml``): it would be imported by every process.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from checkout_stack.api.commands import openapi_document
from tests.hypothesis_profiles import examples
from tools.openapi import operations

__all__ = ["CHECKS", "LABELS", "operation_of", "requests_of", "searching"]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""No server error, and no answer that the description lacks."""
LABELS = [f"{method} {path}" for method, path, _ in operations(openapi_document())]


@cache
def operation_of(label: str) -> Any:
    """Return an operation, such as ``GET /orders``, as Schemathesis knows it."""
    method, _, path = label.partition(" ")
    return schemathesis.openapi.from_dict(openapi_document())[path][method]


@cache
def requests_of(label: str) -> st.SearchStrategy[Any]:
    """Return requests of an operation: such as fit the description, and such as do not."""
    operation = operation_of(label)
    return st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))


def searching(most: int) -> settings:
    """Return settings for a search of ``most`` requests; the short profile takes a tenth."""
    return settings(
        max_examples=examples(most), deadline=None, suppress_health_check=list(HealthCheck)
    )
