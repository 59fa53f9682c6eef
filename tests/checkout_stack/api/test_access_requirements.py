"""Who may call has to be said, and has to stay the same person."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_lambda as lambda_

from checkout_stack import GUESTS_BY_CART, OPEN_ACCESS, ScopeFrom
from checkout_stack.api.access_requirements import access_requirements

PAGE = "https://shop.example.com"


def violations(**given: Any) -> list[str]:
    properties: dict[str, Any] = {"authorizer": jwt(), "scope_from": None, "cors": None, **given}
    rows = access_requirements(**properties)
    return [f"{each.property}: {each.fix}" for each in rows if not each.holds]


def jwt() -> apigwv2.IHttpRouteAuthorizer:
    return authorizers.HttpJwtAuthorizer("Jwt", "https://id.example.com", jwt_audience=["shop"])


def custom(stack: cdk.Stack) -> apigwv2.IHttpRouteAuthorizer:
    function = lambda_.Function.from_function_name(stack, "Authorizer", "authorizer")
    return authorizers.HttpLambdaAuthorizer("Custom", function)


def test_a_jwt_authorizer_with_the_default_scope_is_accepted() -> None:
    assert violations() == []


def test_open_access_by_name_is_accepted() -> None:
    assert violations(authorizer=OPEN_ACCESS) == []


def test_no_authorizer_is_refused_with_how_to_ask_for_open_access() -> None:
    (violation,) = violations(authorizer=None)
    assert "authorizer=OPEN_ACCESS" in violation


def test_open_access_by_another_name_is_refused() -> None:
    (violation,) = violations(authorizer=apigwv2.HttpNoneAuthorizer())
    assert "authorizer=OPEN_ACCESS" in violation


def test_iam_is_refused_because_its_principal_is_a_rotating_session_name() -> None:
    (violation,) = violations(authorizer=authorizers.HttpIamAuthorizer())
    assert violation.startswith("authorizer:")


def test_a_scope_with_open_access_is_refused_because_there_is_no_principal() -> None:
    (violation,) = violations(authorizer=OPEN_ACCESS, scope_from=ScopeFrom.jwt_claims("sub"))
    assert violation.startswith("scope_from:")


def test_a_lambda_context_is_refused_with_a_jwt_authorizer_that_sets_none() -> None:
    (violation,) = violations(scope_from=ScopeFrom.lambda_context("user"))
    assert violation.startswith("scope_from:")


def test_jwt_claims_are_refused_with_a_lambda_authorizer_that_sets_none(stack: cdk.Stack) -> None:
    (violation,) = violations(authorizer=custom(stack))
    assert violation.startswith("scope_from:")


def test_a_lambda_authorizer_with_its_own_context_is_accepted(stack: cdk.Stack) -> None:
    assert violations(authorizer=custom(stack), scope_from=ScopeFrom.lambda_context("user")) == []


def test_a_volatile_claim_is_refused() -> None:
    (violation,) = violations(scope_from=ScopeFrom.jwt_claims("sid"))
    assert "leave out sid" in violation


def test_a_page_that_cannot_send_the_key_is_refused() -> None:
    cors = apigwv2.CorsPreflightOptions(allow_origins=[PAGE], allow_headers=["Content-Type"])
    assert violations(cors=cors) == ["cors.allow_headers: add authorization, idempotency-key"]


@pytest.mark.parametrize("headers", [["*"], ["Content-Type", "Idempotency-Key", "Authorization"]])
def test_a_page_that_can_send_what_is_needed_is_accepted(headers: list[str]) -> None:
    cors = apigwv2.CorsPreflightOptions(allow_origins=[PAGE], allow_headers=headers)
    assert violations(cors=cors) == []


def test_an_open_page_needs_no_authorization_header() -> None:
    cors = apigwv2.CorsPreflightOptions(
        allow_origins=[PAGE], allow_headers=["content-type", "idempotency-key"]
    )
    assert violations(authorizer=OPEN_ACCESS, cors=cors) == []


def test_a_page_of_guests_has_to_be_able_to_send_their_cart() -> None:
    headers = ["content-type", "idempotency-key"]
    cors = apigwv2.CorsPreflightOptions(allow_origins=[PAGE], allow_headers=headers)
    (violation,) = violations(authorizer=GUESTS_BY_CART, cors=cors)
    assert "cart-token" in violation
    headers.append("Cart-Token")
    cors = apigwv2.CorsPreflightOptions(allow_origins=[PAGE], allow_headers=headers)
    assert violations(authorizer=GUESTS_BY_CART, cors=cors) == []


def test_guests_have_no_scope() -> None:
    scope = ScopeFrom.jwt_claims("sub")
    (violation,) = violations(authorizer=GUESTS_BY_CART, scope_from=scope)
    assert violation == "scope_from: leave scope_from out, or give an authorizer"
