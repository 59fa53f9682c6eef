"""What a checkout that can be asked for refunds has besides, and who may ask."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_

from checkout_stack import OPEN_ACCESS, CheckoutApi, CheckoutStack, RefundAccess, ScopeFrom
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import (
    ALARM,
    MAPPING,
    Synthesized,
    checkout,
    payment_service,
    synthesize,
    unchecked_app,
)
from tests.slices import sliced

ROUTE = "AWS::ApiGatewayV2::Route"
REFUNDS = "/orders/{order_id}/refunds"
REFUND_URL = "https://pay.example.com/refunds"
SCOPE = "checkout/refund"


def jwt(name: str = "Buyers") -> authorizers.HttpJwtAuthorizer:
    return authorizers.HttpJwtAuthorizer(name, "https://issuer.example.com", jwt_audience=["shop"])


def made(stack: cdk.Stack, *, refund_url: str | None = REFUND_URL, **properties: Any) -> None:
    service = payment_service(stack, refund_url=refund_url)
    orders = checkout(stack, payment_service=service)
    CheckoutApi(stack, "Api", checkout=orders, **{"authorizer": jwt(), **properties})


@pytest.fixture(scope="module")
def refunding(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    stack = cdk.Stack(unchecked_app(tmp_path_factory.mktemp("cdk.out")), "Shop")
    made(stack, refunds=RefundAccess.scopes(SCOPE))
    return synthesize(stack)


def test_nobody_is_let_in_without_the_refunds_own_scope(refunding: Synthesized) -> None:
    routes = {each["RouteKey"]: each for each in refunding.of_type(ROUTE).values()}
    assert {f"POST {REFUNDS}", f"GET {REFUNDS}"} <= routes.keys()
    for key, route in routes.items():
        wanted = [SCOPE] if REFUNDS in key else None
        assert (route["AuthorizationType"], route.get("AuthorizationScopes")) == ("JWT", wanted)


def test_the_function_may_do_what_a_refund_takes_and_nothing_else(refunding: Synthesized) -> None:
    table = "CheckoutOrdersTable.Arn"
    asked = {action for action, where in refunding.permissions("ApiRefundOrder") if where == table}
    names = ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")
    assert asked == {f"dynamodb:{name}" for name in names}
    assert not any("secret" in each for each, _ in refunding.permissions("ApiRefundOrder"))


def test_the_workers_are_told_how_to_refund(refunding: Synthesized) -> None:
    for function in ("CheckoutConsumer", "CheckoutReconciler"):
        told = refunding.environment(function)
        assert (told["PAYMENT_SERVICE_REFUNDS"], told["PAYMENT_SERVICE_REFUND_URL"]) == (
            "true",
            REFUND_URL,
        )


def test_the_relay_is_told_of_operations_too(refunding: Synthesized) -> None:
    patterns = [
        json.loads(each["Pattern"])
        for mapping in refunding.of_type(MAPPING).values()
        for each in mapping.get("FilterCriteria", {}).get("Filters", ())
    ]
    new = {"NewImage": {"status": {"S": ["REQUESTED"]}}}
    assert {"eventName": ["INSERT"], "dynamodb": new} in patterns
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    assert len(patterns) <= 5


def test_refunds_have_alarms_of_their_own(refunding: Synthesized) -> None:
    names = " ".join(refunding.of_type(ALARM))
    assert "RefundsNeedReview" in names
    assert "RefundsUnsettledTooLong" in names


def test_without_refunds_nothing_of_this_is_there(stack: cdk.Stack) -> None:
    made(stack, refund_url=None)
    template = json.dumps(synthesize(stack).template).lower()
    assert "refund" not in template
    assert "requested" not in template


def test_the_example_gives_its_back_office_a_token_with_the_scope_and_its_buyers_none(
    tmp_path: Path,
) -> None:
    example = synthesize(
        CheckoutStack(
            unchecked_app(tmp_path / "cdk.out"),
            "Example",
            payment_service_url="https://pay.example.com/charges",
            key_retention=cdk.Duration.hours(24),
            refund_url=REFUND_URL,
        )
    )
    clients = example.of_type("AWS::Cognito::UserPoolClient")
    scopes = {name: each.get("AllowedOAuthScopes", ()) for name, each in clients.items()}
    [back_office] = [name for name, wanted in scopes.items() if wanted]
    assert "BackOffice" in back_office
    assert clients[back_office]["AllowedOAuthFlows"] == ["client_credentials"]
    assert clients[back_office]["GenerateSecret"] is True
    [authorizer] = example.of_type("AWS::ApiGatewayV2::Authorizer").values()
    audience = authorizer["JwtConfiguration"]["Audience"]
    assert audience == [{"Ref": name} for name in clients]
    routes = {each["RouteKey"]: each for each in example.of_type(ROUTE).values()}
    assert routes[f"POST {REFUNDS}"]["AuthorizationScopes"] == [SCOPE]


@pytest.mark.parametrize(
    ("properties", "fix"),
    [
        ({"refund_url": None, "refunds": RefundAccess.scopes(SCOPE)}, "refund_url"),
        ({"refunds": RefundAccess.scopes()}, "checkout/refund"),
        ({"refunds": RefundAccess.scopes(" ")}, "no scope"),
        ({"refunds": RefundAccess.scopes(cognito.OAuthScope.custom(SCOPE))}, "a text"),  # type: ignore[arg-type]
        ({"refunds": RefundAccess.scopes("openid", SCOPE)}, "any buyer's token"),
        ({"authorizer": OPEN_ACCESS, "refunds": RefundAccess.scopes(SCOPE)}, "RefundAccess.by"),
        ({"refunds": RefundAccess.by(authorizers.HttpIamAuthorizer())}, "HttpJwtAuthorizer"),
    ],
)
def test_what_would_let_a_buyer_or_anybody_in_is_refused(
    properties: dict[str, Any], fix: str, stack: cdk.Stack
) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match=fix):
        made(stack, **properties)


def test_an_authorizer_that_says_nothing_of_who_asks_is_refused(stack: cdk.Stack) -> None:
    function = lambda_.Function.from_function_arn(
        stack, "Asks", "arn:aws:lambda:eu-west-1:111122223333:function:asks"
    )
    operators = authorizers.HttpLambdaAuthorizer("Operators", function)
    with pytest.raises(CheckoutMisconfiguredError, match="scope_from"):
        made(stack, refunds=RefundAccess.by(operators))


@pytest.mark.parametrize("prop", ["refunds", "captures"])
@pytest.mark.parametrize("wrong", ["x", "", 5, [], authorizers.HttpJwtAuthorizer], ids=str)
def test_what_is_no_authorizer_lets_nobody_refund_and_the_report_says_what_would(
    wrong: Any, prop: str, stack: cdk.Stack
) -> None:
    """An empty one was taken for none, and the buyers' let everybody in."""
    access: dict[str, Any] = {prop: RefundAccess.by(wrong)}
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        made(stack, **access)
    [violation] = refused.value.violations
    assert violation.property == f"{prop}.authorizer"
    assert "RefundAccess.by(HttpJwtAuthorizer(" in violation.fix


@pytest.mark.parametrize("wrong", ["sub", ""])
def test_what_names_the_caller_has_a_type_of_its_own(wrong: Any, stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match=r"refunds.scope_from is a str"):
        made(stack, refunds=RefundAccess.by(jwt("Operators"), scope_from=wrong))


def test_the_buyers_authorizer_lets_nobody_refund(stack: cdk.Stack) -> None:
    buyers = jwt()
    with pytest.raises(CheckoutMisconfiguredError, match="another authorizer"):
        made(stack, authorizer=buyers, refunds=RefundAccess.by(buyers))


def pool_authorizer(stack: cdk.Stack, name: str, client: str) -> Any:
    pool = cognito.UserPool.from_user_pool_id(stack, f"{name}Pool", "eu-west-1_Shop")
    found = cognito.UserPoolClient.from_user_pool_client_id(stack, f"{name}Client", client)
    return authorizers.HttpUserPoolAuthorizer(name, pool, user_pool_clients=[found])


def of_issuer(stack: cdk.Stack, name: str) -> Any:
    return jwt(name)


def of_pool(stack: cdk.Stack, name: str) -> Any:
    return pool_authorizer(stack, name, "client")


@pytest.mark.parametrize("made_by", [of_issuer, of_pool])
@pytest.mark.parametrize("prop", ["refunds", "captures"])
def test_a_second_authorizer_that_takes_buyers_tokens_lets_nobody_refund(
    prop: str, made_by: Any, stack: cdk.Stack
) -> None:
    buyers, operators = (made_by(stack, name) for name in ("Buyers", "Operators"))
    urls = {name: f"https://pay.example.com/{name}" for name in ("look_up", "cancel", "capture")}
    holding = {"capture": "later", **{f"{name}_url": url for name, url in urls.items()}}
    service = payment_service(stack, refund_url=REFUND_URL, **holding)
    orders = checkout(stack, payment_service=service)
    access: dict[str, Any] = {prop: RefundAccess.by(operators)}
    with pytest.raises(CheckoutMisconfiguredError, match="takes buyers' tokens") as refused:
        CheckoutApi(stack, "Api", checkout=orders, authorizer=buyers, **access)
    assert 'scopes=["checkout/refund"]' in str(refused.value)
    assert "audience" in str(refused.value)


def test_with_a_scope_of_its_own_it_may_take_them(stack: cdk.Stack) -> None:
    made(stack, refunds=RefundAccess.by(jwt("Operators"), scopes=[SCOPE]))
    routes = synthesize(stack).of_type(ROUTE).values()
    scopes = [each["AuthorizationScopes"] for each in routes if REFUNDS in each["RouteKey"]]
    assert scopes == [[SCOPE], [SCOPE]]


@pytest.mark.parametrize(
    "scopes",
    sliced(
        3,
        [
            ["openid"],
            *([" "], [""], [None]),
            [f"{SCOPE} openid"],
            [cognito.OAuthScope.custom(SCOPE)],
            [[SCOPE]],
            5,
        ],
    ),
)
def test_a_scope_of_anybody_is_none(scopes: Any, stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="scope"):
        made(stack, refunds=RefundAccess.by(jwt("Operators"), scopes=scopes))


def test_one_scope_need_not_be_in_a_list() -> None:
    assert RefundAccess.by(jwt("Operators"), scopes=SCOPE).wanted_scopes == (SCOPE,)


@pytest.mark.parametrize(("asked", "is_refused"), [("Buyers", True), ("Operators", False)])
def test_a_second_authorizer_that_asks_the_buyers_function_lets_nobody_refund(
    asked: str, *, is_refused: bool, stack: cdk.Stack
) -> None:
    functions = {
        name: lambda_.Function.from_function_arn(
            stack, f"{name}Function", f"arn:aws:lambda:us-east-1:111122223333:function:{name}"
        )
        for name in ("Buyers", "Operators")
    }
    buyers = authorizers.HttpLambdaAuthorizer("Buyers", functions["Buyers"])
    operators = authorizers.HttpLambdaAuthorizer("Operators", functions[asked])
    who = ScopeFrom.lambda_context("who")
    access = RefundAccess.by(operators, scope_from=who)
    refused = pytest.raises(CheckoutMisconfiguredError, match="a function that lets operators in")
    with refused if is_refused else nullcontext():
        made(stack, authorizer=buyers, scope_from=who, refunds=access)


@pytest.mark.parametrize("qualified", ["current_version", "add_alias", "imported"])
def test_another_version_of_the_buyers_function_is_that_function(
    qualified: str, stack: cdk.Stack
) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:function:asks"
    asks: lambda_.IFunction = lambda_.Function.from_function_arn(stack, "Asks", arn)
    again: lambda_.IFunction = lambda_.Function.from_function_arn(stack, "Live", f"{arn}:live")
    if qualified != "imported":
        asks = own = lambda_.Function(
            stack,
            "Own",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): ..."),
        )
        again = own.current_version if qualified == "current_version" else own.add_alias("live")
    who = ScopeFrom.lambda_context("who")
    buyers, operators = (
        authorizers.HttpLambdaAuthorizer(name, function)
        for name, function in (("Buyers", asks), ("Operators", again))
    )
    access = RefundAccess.by(operators, scope_from=who)
    with pytest.raises(CheckoutMisconfiguredError, match="a function that lets operators in"):
        made(stack, authorizer=buyers, scope_from=who, refunds=access)


def test_two_authorizers_of_one_name_are_named(stack: cdk.Stack) -> None:
    operators = authorizers.HttpJwtAuthorizer(
        "Buyers", "https://issuer.example.com", jwt_audience=["operators"]
    )
    with pytest.raises(CheckoutMisconfiguredError, match="two that are called 'Buyers'"):
        made(stack, refunds=RefundAccess.by(operators))


@pytest.mark.parametrize("wrong", [SCOPE, None, 7])
def test_scopes_that_are_no_scopes_are_refused(wrong: Any, stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match=r"refunds\.wanted_scopes is "):
        made(stack, refunds=RefundAccess(wanted_scopes=wrong))


def test_a_lambda_authorizer_reads_no_scopes(stack: cdk.Stack) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:function:asks"
    asks = lambda_.Function.from_function_arn(stack, "Asks", arn)
    access = RefundAccess.by(
        authorizers.HttpLambdaAuthorizer("Operators", asks),
        scope_from=ScopeFrom.lambda_context("operator"),
        scopes=[SCOPE],
    )
    with pytest.raises(CheckoutMisconfiguredError, match="leave scopes out"):
        made(stack, refunds=access)


def test_an_audience_of_operators_alone_is_enough(stack: cdk.Stack) -> None:
    operators = authorizers.HttpJwtAuthorizer(
        "Operators", "https://issuer.example.com", jwt_audience=["operators"]
    )
    made(stack, refunds=RefundAccess.by(operators))
    assert any(REFUNDS in each["RouteKey"] for each in synthesize(stack).of_type(ROUTE).values())


def test_operators_may_have_an_authorizer_of_their_own(stack: cdk.Stack) -> None:
    made(stack, authorizer=OPEN_ACCESS, refunds=RefundAccess.by(jwt("Operators")))
    template = synthesize(stack)
    for route in template.of_type(ROUTE).values():
        kind = "JWT" if REFUNDS in route["RouteKey"] else "NONE"
        assert route["AuthorizationType"] == kind
    told = template.environment("ApiRefundOrder")
    assert json.loads(told["SCOPE_FROM"]) == [["jwt", "claims", "iss"], ["jwt", "claims", "sub"]]
