"""A scope names what identifies a person, and nothing that changes with a sign-in."""

import json

import pytest

from checkout_stack import ScopeFrom
from checkout_stack.api.scope_from import VOLATILE_CLAIMS


def violations(scope_from: ScopeFrom) -> list[str]:
    return [each.fix for each in scope_from.requirements() if not each.holds]


def test_claims_of_a_jwt_are_found_below_jwt_claims() -> None:
    assert json.loads(ScopeFrom.jwt_claims("iss", "sub").to_json()) == [
        ["jwt", "claims", "iss"],
        ["jwt", "claims", "sub"],
    ]


def test_values_of_a_lambda_authorizer_are_found_below_lambda() -> None:
    assert json.loads(ScopeFrom.lambda_context("tenant", "user").to_json()) == [
        ["lambda", "tenant"],
        ["lambda", "user"],
    ]


@pytest.mark.parametrize("claim", sorted(VOLATILE_CLAIMS))
def test_a_claim_that_changes_with_the_token_is_refused(claim: str) -> None:
    (fix,) = violations(ScopeFrom.jwt_claims("sub", claim))
    assert f"leave out {claim}" in fix


@pytest.mark.parametrize(
    "claim",
    [
        "jti",
        "iat",
        "exp",
        "nbf",
        "auth_time",
        "sid",
        "session_id",
        "event_id",
        "origin_jti",
        "nonce",
        "at_hash",
        "session_state",
        "uti",
        "rh",
        "device_key",
        "scope",
        "scp",
    ],
)
def test_the_volatile_claims_are_known(claim: str) -> None:
    assert claim in VOLATILE_CLAIMS


@pytest.mark.parametrize(
    "scope_from",
    [
        *(ScopeFrom.jwt_claims(), ScopeFrom.jwt_claims("sub", ""), ScopeFrom.lambda_context()),
        ScopeFrom.jwt_claims("iss", " sub"),
    ],
)
def test_a_scope_of_nothing_is_refused(scope_from: ScopeFrom) -> None:
    assert len(violations(scope_from)) == 1


def test_stable_claims_are_accepted() -> None:
    assert violations(ScopeFrom.jwt_claims("iss", "sub", "custom:tenant")) == []


@pytest.mark.parametrize("claim", ["SID", "Sid", "JTI", "Session_State"])
def test_a_volatile_claim_is_known_in_any_case(claim: str) -> None:
    (fix,) = violations(ScopeFrom.jwt_claims("sub", claim))
    assert f"leave out {claim}" in fix


@pytest.mark.parametrize("claim", ["iss", "sub", "oid", "tid", "azp", "email", "cognito:groups"])
def test_a_claim_that_stays_is_accepted(claim: str) -> None:
    assert violations(ScopeFrom.jwt_claims(claim)) == []
