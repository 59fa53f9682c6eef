"""Misuse is reported all at once, with where, what, given, allowed and fix."""

import aws_cdk as cdk
import pytest

from checkout_stack.foundation.requirements import CheckoutMisconfiguredError, Requirement, enforce


def row(name: str, *, holds: bool) -> Requirement:
    return Requirement(
        holds=holds, property=name, given=f"{name}!", allowed=f"other {name}", fix=f"change {name}"
    )


def test_what_holds_is_not_mentioned(stack: cdk.Stack) -> None:
    enforce(stack, [row("a", holds=True), row("b", holds=True)])


def test_each_violation_is_a_line_with_path_property_given_allowed_and_fix(
    stack: cdk.Stack,
) -> None:
    rows = [row("a", holds=False), row("b", holds=True), row("c", holds=False)]
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        enforce(stack, rows)
    assert str(refused.value).splitlines() == [
        "Shop: a is a!; allowed: other a; fix: change a",
        "Shop: c is c!; allowed: other c; fix: change c",
    ]
    assert refused.value.violations == (rows[0], rows[2])


@pytest.mark.parametrize(
    "secret",
    [
        "sk_live_51Hunter2",
        "rk_test_51Hunter2",
        "whsec_Mf+KQ9r8/GKYqrTwjUPhunter2==",
        "access_token$production$merchant$hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
        "https://me:hunter2@packages.example/simple",
        "https://me:hun@hunter2@packages.example/simple",
        "https://hunter2@packages.example/simple",
        "https://pay.example/charges?mode=live&api_key=hunter2",
    ],
)
def test_what_is_written_like_a_secret_is_not_quoted(secret: str, stack: cdk.Stack) -> None:
    """It was given in the place of another text, and what synth says ends up in logs of CI."""
    given = f"{secret!r}, which is no word"
    rows = [Requirement(holds=False, property="name", given=given, allowed="a word", fix="give it")]
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        enforce(stack, rows)
    said = str(refused.value)
    assert secret not in said
    assert "hunter2" not in said.lower()
    assert "***" in said
    assert said.startswith("Shop: name is '")
    assert said.endswith("which is no word; allowed: a word; fix: give it")


@pytest.mark.parametrize(
    "given", ["'https://pay.example/v1?***', which has a query", "'sk'", "a secret named 'whsec_'"]
)
def test_any_other_text_is_quoted_as_it_is(given: str, stack: cdk.Stack) -> None:
    rows = [Requirement(holds=False, property="url", given=given, allowed="a", fix="b")]
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        enforce(stack, rows)
    assert f"url is {given}; allowed: a" in str(refused.value)
