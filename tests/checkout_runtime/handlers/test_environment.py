"""A variable that is missing or malformed is one clear error: which, what it holds, what it may."""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Callable

import pytest

from checkout_runtime.handlers.settings import (
    MalformedEnvironmentError,
    MissingEnvironmentError,
    Settings,
)
from checkout_runtime.intake import OrderIntake
from simulator.http_api import http_api
from tests.checkout_runtime.factories import submitted
from tests.tools.api_over_http import routes

SOURCE = inspect.getsource(Settings)
NUMBERS = re.findall(r'number\("([A-Z_]+)"', SOURCE)
CHOICES = re.findall(r'(?:flag|one_of)\("([A-Z_]+)"', SOURCE)
JSON = re.findall(r'decoded\(\s*"([A-Z_]+)"', SOURCE)
HAVE_A_DEFAULT = {"PAYMENT_SERVICE_SECRET_ARN_BY_NAME"}
REQUIRED = {*re.findall(r'(?:text|[.]number|decoded)\(\s*"([A-Z_]+)"', SOURCE)} - HAVE_A_DEFAULT
READERS = {name: part for name, part in vars(Settings).items() if isinstance(part, property)}


def read_everything() -> None:
    """Read each property of the settings whose variables are all there."""
    for name in READERS:
        if not name.startswith("_"):
            getattr(Settings(), name)


@pytest.fixture
def _everything_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {*REQUIRED, *NUMBERS}:
        monkeypatch.setenv(name, "1")
    for name in (*CHOICES, *JSON):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SCOPE_FROM", '[["jwt", "claims", "sub"]]')


pytestmark = pytest.mark.usefixtures("_everything_is_set")


def test_every_kind_of_variable_is_among_those_that_are_tried() -> None:
    assert {"UNSETTLED_SHARDS", "LEASE_SECONDS", "ATTEMPTS_PER_BUYER"} <= set(NUMBERS)
    assert {"CAPTURE", "GUARDS_CARTS", "GUESTS", "CHECKOUT_AWS_CLIENT"} <= set(CHOICES)
    assert len(JSON) == 2
    read_everything()


@pytest.mark.parametrize("name", sorted(set(NUMBERS)))
@pytest.mark.parametrize("given", ["many", "1.5", "-1", " 1", "1_000", "\N{FULLWIDTH DIGIT ONE}"])
def test_a_malformed_number_is_named_with_what_is_allowed(
    name: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(MalformedEnvironmentError) as wrong:
        read_everything()
    assert isinstance(wrong.value, ValueError)
    assert re.fullmatch(f"{name} is {given!r}; allowed: a whole number from [01]", str(wrong.value))


def test_a_capture_is_due_a_day_before_its_end_unless_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAPTURE_REMINDER_SECONDS", "7200")
    assert Settings().charge_policy.capture_reminder_seconds == 7200
    monkeypatch.delenv("CAPTURE_REMINDER_SECONDS")
    assert Settings().charge_policy.capture_reminder_seconds == 24 * 60 * 60


def test_a_count_of_which_there_is_at_least_one_is_not_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UNSETTLED_SHARDS", "0")
    with pytest.raises(MalformedEnvironmentError, match="from 1"):
        OrderIntake.from_environment()


@pytest.mark.parametrize("name", sorted(set(CHOICES)))
def test_what_is_switched_on_is_never_taken_for_off(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "True")
    with pytest.raises(MalformedEnvironmentError, match=f"{name} is 'True'; allowed: .*or not set"):
        read_everything()


@pytest.mark.parametrize("name", sorted(set(JSON)))
@pytest.mark.parametrize("given", ["{", "7", '["sub"]', "[[]]", '{"token": 1}', '[["jwt", 1]]'])
def test_json_of_another_form_is_named(
    name: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(MalformedEnvironmentError, match=f"{name} is .*allowed: a JSON"):
        read_everything()


@pytest.mark.parametrize("name", sorted(set(REQUIRED)))
@pytest.mark.parametrize("change", [os.environ.pop, lambda name: os.environ.update({name: ""})])
def test_a_variable_that_is_needed_and_not_there_is_named(
    name: str, change: Callable[[str], object]
) -> None:
    change(name)
    if name == "MAX_PAYMENT_ATTEMPTS":  # for a function of the version before it is not there
        with pytest.raises(MissingEnvironmentError):
            _ = Settings().max_payment_attempts
        return
    with pytest.raises(MissingEnvironmentError, match=f"not set: {name}"):
        read_everything()


def test_a_function_that_answers_buyers_says_that_it_is_misconfigured(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with http_api(routes(), variables={"UNSETTLED_SHARDS": "some"}) as api:
        headers = {"Content-Type": "application/json", "Idempotency-Key": "k1"}
        body = json.dumps(submitted()).encode()
        answer = api.request("POST", "/orders", headers=headers, body=body, claims={"sub": "ada"})
    assert (answer.status, answer.json()["type"].rpartition(":")[2]) == (500, "misconfigured")
    assert "UNSETTLED_SHARDS is 'some'; allowed: a whole number from 1" in caplog.text
