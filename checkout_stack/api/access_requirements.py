"""Who may call an HTTP API of a checkout, and from which pages: what is accepted at synth."""

from __future__ import annotations

import json
import re

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers

from checkout_stack.api.attempt_limits import AttemptLimits
from checkout_stack.api.refund_access import RefundAccess
from checkout_stack.api.scope_from import GUESTS_BY_CART, OpenAccess, ScopeFrom
from checkout_stack.events.order_events import OrderEvents
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.place_requirements import Given, Kind, Place
from checkout_stack.foundation.property_types import (
    FLAG,
    SECRET,
    Expected,
    instance_of,
    own,
    type_requirements,
)
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.payment_service.payment_service import PaymentService

_SCOPE_FROM = Expected(
    accepts=lambda value: isinstance(value, ScopeFrom) and value.is_of_texts,
    allowed="a ScopeFrom of names that are texts",
    fix='give ScopeFrom.jwt_claims("iss", "sub")',
).or_none()


def _is_authorizer(value: object) -> bool:
    """Whether API Gateway can ask it, or nobody. A missing one has a requirement of its own."""
    if value is None or isinstance(value, OpenAccess):
        return True
    of_others = type | apigwv2.HttpRouteIntegration | PaymentService | OrderEvents
    return hasattr(value, "bind") and not isinstance(value, of_others)


#: Types of the properties of ``CheckoutApi``.
TYPES = {
    "checkout": own(IdempotentCheckout),
    "authorizer": Expected(
        accepts=_is_authorizer,
        allowed="an authorizer of aws_apigatewayv2_authorizers, OPEN_ACCESS, or GUESTS_BY_CART",
        fix='give HttpJwtAuthorizer("Buyers", issuer, jwt_audience=[...]), or another',
    ),
    "scope_from": _SCOPE_FROM,
    "cart_secret": SECRET.or_none(),
    "guards_carts": FLAG,
    "cors": instance_of(
        apigwv2.CorsPreflightOptions,
        allowed="an aws_apigatewayv2.CorsPreflightOptions",
        fix="give CorsPreflightOptions(allow_origins=[...], allow_headers=[...])",
    ).or_none(),
    "functions": own(FunctionSettings).or_none(),
    "attempt_limits": own(AttemptLimits).or_none(),
    "refunds": own(RefundAccess).or_none(),
    "captures": own(RefundAccess).or_none(),
    "buyers_may_cancel": FLAG,
}
#: Types of what a ``RefundAccess`` was made of.
_TYPES_OF_ACCESS = {
    "authorizer": Expected(
        accepts=_is_authorizer,
        allowed="an authorizer of aws_apigatewayv2_authorizers that lets operators in",
        fix='give RefundAccess.by(HttpJwtAuthorizer("Operators", issuer, jwt_audience=[...]))',
    ),
    "scope_from": _SCOPE_FROM,
    "wanted_scopes": instance_of(
        tuple, allowed="a tuple of scopes", fix='give RefundAccess.scopes("checkout/refund")'
    ),
}
#: What a page has to be able to send: the key, JSON, and, unless access is open, a token.
HEADERS_OF_EVERY_PAGE = frozenset({"idempotency-key", "content-type"})
HEADER_OF_A_SIGNED_IN_PAGE = "authorization"
HEADER_OF_A_GUESTS_PAGE = "cart-token"

_REGION_OF_FUNCTION = re.compile(r":lambda:([a-z]{2}(?:-[a-z]+)+-[0-9]+):[0-9]{12}:function:")

_OfOneApi = (
    authorizers.HttpJwtAuthorizer
    | authorizers.HttpUserPoolAuthorizer
    | authorizers.HttpLambdaAuthorizer
)
_OF_ONE_API = (
    authorizers.HttpJwtAuthorizer,
    authorizers.HttpUserPoolAuthorizer,
    authorizers.HttpLambdaAuthorizer,
)
_ASK_BY_NAME = (
    "pass authorizer=HttpJwtAuthorizer(...) or another authorizer; "
    "if nobody signs in, say so by name: authorizer=OPEN_ACCESS, or GUESTS_BY_CART"
)


def access_type_requirements(**accesses: RefundAccess | None) -> list[Requirement]:
    """Return that what each access was made of has its type; ``accesses`` by their properties."""
    return [
        requirement
        for name, access in accesses.items()
        if isinstance(access, RefundAccess)
        for requirement in type_requirements(_TYPES_OF_ACCESS, vars(access), of=name)
    ]


def access_requirements(
    *,
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
    scope_from: ScopeFrom | None,
    cors: apigwv2.CorsPreflightOptions | None,
) -> list[Requirement]:
    """Return what has to hold of the authorizer, of the scope, and between the two."""
    return [
        *_authorizer(authorizer),
        _of_this_api(authorizer),
        *(scope_from.requirements() if scope_from is not None else []),
        *_scope_fits_authorizer(authorizer, scope_from),
        *(_cors(cors, authorizer) if cors is not None else []),
    ]


def _authorizer(authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None) -> list[Requirement]:
    return [
        Requirement(
            holds=authorizer is not None,
            property="authorizer",
            given="missing",
            allowed="an authorizer, GUESTS_BY_CART, or OPEN_ACCESS",
            fix=_ASK_BY_NAME,
        ),
        Requirement(
            holds=not isinstance(authorizer, apigwv2.HttpNoneAuthorizer),
            property="authorizer",
            given="HttpNoneAuthorizer",
            allowed="an authorizer, GUESTS_BY_CART, or OPEN_ACCESS",
            fix=_ASK_BY_NAME,
        ),
        Requirement(
            holds=not isinstance(authorizer, authorizers.HttpIamAuthorizer),
            property="authorizer",
            given="HttpIamAuthorizer",
            allowed=(
                "an authorizer with a stable principal; the caller under IAM is a session name, "
                "which changes, so a resubmission would make a second order"
            ),
            fix="use a JWT authorizer, or a Lambda authorizer with ScopeFrom.lambda_context(...)",
        ),
    ]


def _of_this_api(authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None) -> Requirement:
    # What is a construct by itself was imported, by an id that one API has.
    of_another = hasattr(authorizer, "node") or (
        isinstance(authorizer, _OF_ONE_API) and _is_attached(authorizer)
    )
    return Requirement(
        holds=not of_another,
        property="authorizer",
        given="an authorizer that another API has already",
        allowed="one that no other API has: CDK makes it in the first API, and the routes of a "
        "second would name what that one does not have",
        fix="make an authorizer for each CheckoutApi, with the same settings",
    )


def _is_attached(authorizer: _OfOneApi) -> bool:
    try:
        return bool(authorizer.authorizer_id)
    except RuntimeError:
        # CDK's answer until a route has it.
        return False


def own_access_requirements(*accesses: RefundAccess | None) -> list[Requirement]:
    """Return what has to hold of the authorizers that let no buyer in, where there are any."""
    return [
        requirement
        for access in accesses
        if access is not None and access.authorizer is not None
        for requirement in access_requirements(
            authorizer=access.authorizer, scope_from=access.scope_from, cors=None
        )
    ]


def bound_authorizer(api: apigwv2.HttpApi) -> list[Given]:
    """Return where the function is that the routes of ``api`` ask: known once they are made."""
    stack = cdk.Stack.of(api)
    uris = (
        json.dumps(stack.resolve(each.authorizer_uri))
        for each in api.node.find_all()
        if isinstance(each, apigwv2.CfnAuthorizer)
    )
    regions = {region for uri in uris for region in _REGION_OF_FUNCTION.findall(uri)}
    return [
        Given(Kind.AUTHORIZER, "authorizer", Place(account="", region=each))
        for each in sorted(regions)
    ]


def _scope_fits_authorizer(
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None, scope_from: ScopeFrom | None
) -> list[Requirement]:
    sources = {"jwt"} if scope_from is None else {path[0] for path in scope_from.paths}
    given = "the default, ScopeFrom.jwt_claims" if scope_from is None else scope_from.to_json()
    jwt = isinstance(authorizer, authorizers.HttpJwtAuthorizer | authorizers.HttpUserPoolAuthorizer)
    custom = isinstance(authorizer, authorizers.HttpLambdaAuthorizer)
    return [
        Requirement(
            holds=not (isinstance(authorizer, OpenAccess) and scope_from is not None),
            property="scope_from",
            given=given,
            allowed="nothing with OPEN_ACCESS or GUESTS_BY_CART: no authorizer names a principal",
            fix="leave scope_from out, or give an authorizer",
        ),
        Requirement(
            holds=not (jwt and sources != {"jwt"}),
            property="scope_from",
            given=given,
            allowed="ScopeFrom.jwt_claims(...) with a JWT authorizer; it sets nothing else",
            fix='use ScopeFrom.jwt_claims("iss", "sub")',
        ),
        Requirement(
            holds=not (custom and sources != {"lambda"}),
            property="scope_from",
            given=given,
            allowed="ScopeFrom.lambda_context(...) with a Lambda authorizer; it sets nothing else",
            fix="name the values of the authorizer's context that identify a person",
        ),
    ]


def _cors(
    cors: apigwv2.CorsPreflightOptions, authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None
) -> list[Requirement]:
    needed = set(HEADERS_OF_EVERY_PAGE)
    if authorizer is GUESTS_BY_CART:
        needed.add(HEADER_OF_A_GUESTS_PAGE)
    elif not isinstance(authorizer, OpenAccess):
        needed.add(HEADER_OF_A_SIGNED_IN_PAGE)
    given = {header.lower() for header in cors.allow_headers or []}
    missing = sorted(needed - given)
    return [
        Requirement(
            holds="*" in given or not missing,
            property="cors.allow_headers",
            given=sorted(given) or "missing",
            allowed=f"at least {', '.join(sorted(needed))}, or no page can place an order",
            fix=f"add {', '.join(missing)}",
        )
    ]
