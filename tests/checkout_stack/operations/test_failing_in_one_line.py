"""What cannot be used is said in one line, with exit code 2."""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner

from checkout_stack.cli import main
from checkout_stack.local.aws import LocalAws
from tests.slices import sliced

COMMANDS = (
    ("orders", "show", f"ord_{'a' * 52}"),
    ("orders", "unsettled"),
    ("orders", "release", f"ord_{'a' * 52}"),
    ("orders", "export"),
    ("orders", "find", "--key=k1", "--principal=ada"),
    ("orders", "settle", f"ord_{'a' * 52}", "--declined", "--why=x", "--by=me"),
    ("charges", "audit"),
    ("dlq", "list"),
    ("dlq", "redrive"),
    ("reconcile",),
    ("doctor",),
)
NOWHERE = {
    "AWS_ACCESS_KEY_ID": None,
    "AWS_SECRET_ACCESS_KEY": None,
    "AWS_PROFILE": None,
    "AWS_REGION": None,
    "AWS_DEFAULT_REGION": None,
    "AWS_ENDPOINT_URL": None,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "CHECKOUT_STACK": None,
}
KEYS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


def refused(*arguments: str, **environment: str) -> str:
    result = CliRunner().invoke(main, list(arguments), env={**NOWHERE, **environment})
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_missing_credentials(command: tuple[str, ...]) -> None:
    said = refused(*command, "--stack", "Shop", "--region", "eu-west-1")
    assert said.startswith("error: no AWS credentials: sign in")


def test_a_missing_region() -> None:
    assert "give --region" in refused("doctor", "--stack", "Shop", **KEYS)


def test_the_region_is_taken_from_the_variable_that_the_message_names() -> None:
    nobody = ("--endpoint-url", "http://127.0.0.1:9")
    said = refused("doctor", "--stack", "Shop", *nobody, AWS_REGION="eu-west-1", **KEYS)
    assert said.startswith("error: Could not connect"), said


def test_a_profile_that_is_not_there() -> None:
    said = refused("doctor", "--stack", "Shop", "--profile", "nobody")
    assert "nobody" in said


def test_an_address_where_nobody_answers() -> None:
    said = refused(
        "doctor", "--stack", "Shop", "--region", "x", "--endpoint-url", "http://127.0.0.1:9", **KEYS
    )
    assert "--endpoint-url" in said


@pytest.mark.parametrize("command", sliced(3, [(each,) for each in COMMANDS]), ids=" ".join)
def test_a_stack_that_is_not_there(command: tuple[str, ...], local_aws: LocalAws) -> None:
    said = refused(*command, "--stack", "NoSuchStack", **local_aws.environment())
    assert "NoSuchStack" in said


def test_a_missing_stack_is_a_wrong_command_line() -> None:
    result = CliRunner().invoke(main, ["orders", "unsettled"], env=NOWHERE)
    assert result.exit_code == 2
    assert "--stack" in result.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_says_the_exit_codes(command: tuple[str, ...]) -> None:
    words = [each for each in command if not each.startswith(("ord_", "--"))]
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    assert "Exit codes:" in result.stdout
