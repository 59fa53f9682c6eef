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
