"""Who may ask for refunds and captures by the HTTP API: an access that no buyer has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from checkout_stack.api.scope_from import OpenAccess, ScopeFrom
from checkout_stack.foundation.requirements import Requirement, enforce
from checkout_stack.idempotent_checkout import IdempotentCheckout

#: Scopes that sign-ins ask for: OpenID Connect Core 5.4 and 11, and Cognito's own.
OF_ANYBODY = frozenset(
    {"openid", "profile", "email", "address", "phone", "offline_access"}
    | {"aws.cognito.signin.user.admin"}
)
_OfTokens = authorizers.HttpJwtAuthorizer | authorizers.HttpUserPoolAuthorizer
_OfFunction = authorizers.HttpLambdaAuthorizer
_OF_TOKENS = (authorizers.HttpJwtAuthorizer, authorizers.HttpUserPoolAuthorizer)
#: CDK's answer where a name is taken.
_TAKEN = re.compile(r"already a Construct with name '([^']+)'")
#: A version or alias at the end of a function's ARN.
_QUALIFIER = re.compile(r'(:function:[A-Za-z0-9_-]+):[^/"]+')


@dataclass(frozen=True, kw_only=True)
class RefundAccess:
    """Who may ask for refunds, or for held money, as one of the methods below makes it."""

    #: Of which a token must have one.
    wanted_scopes: tuple[str, ...] = ()
    #: Who lets a caller in; ``None``: who lets buyers in.
    authorizer: apigwv2.IHttpRouteAuthorizer | None = None
    #: What of that authorizer names the caller; ``None``: as for buyers.
    scope_from: ScopeFrom | None = None

    @staticmethod
    def scopes(*scopes: str) -> RefundAccess:
        """Let in the callers whose token has one of these OAuth scopes.

        The tokens are those of the API's own JWT authorizer. Give the scope, for example
        ``checkout/refund``, to a client of your shop and to your operators, and never to the client
        by which buyers sign in. At least one has to be given.
        """
        return RefundAccess(wanted_scopes=scopes)

    @staticmethod
    def by(
        authorizer: apigwv2.IHttpRouteAuthorizer,
        *,
        scope_from: ScopeFrom | None = None,
        scopes: Sequence[str] = (),
    ) -> RefundAccess:
        """Let in whom an authorizer lets in that is not the buyers'.

        :param authorizer: A JWT or Lambda authorizer of your operators.
        :param scope_from: What in its context names who asks; it is kept with each refund as a
            digest. Default: issuer and subject of the JWT.
        :param scopes: OAuth scopes of which a token must have one as well. Needed with a JWT
            authorizer that takes tokens of the buyers' issuer and audience. Default: none.
        """
        return RefundAccess(
            authorizer=authorizer,
            scope_from=ScopeFrom.jwt_claims("iss", "sub") if scope_from is None else scope_from,
            # A text would come apart into its letters, each a scope that nobody has.
            wanted_scopes=(
                tuple(scopes)
                if isinstance(scopes, Iterable) and not isinstance(scopes, str)
                else (scopes,)
            ),
        )


def refund_requirements(
    checkout: IdempotentCheckout,
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
    refunds: RefundAccess | None,
) -> list[Requirement]:
    """Return what has to hold where refunds can be asked for by the API."""
    if refunds is None:
        return []
    is_told = Requirement(
        holds=checkout.refunds,
        property="refunds",
        given="an access, with a payment service that was not told how to refund",
        allowed="a payment service with refund_url, or can_refund=True",
        fix="give PaymentService.http(refund_url=...), or leave refunds out",
    )
    return [is_told, *_requirements("refunds", authorizer, refunds)]


def capture_requirements(
    checkout: IdempotentCheckout,
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
    captures: RefundAccess | None,
) -> list[Requirement]:
    """Return what has to hold where held money can be asked for by the API."""
    if captures is None:
        return []
    holds_first = Requirement(
        holds=checkout.payment_service.has_holds,
        property="captures",
        given="an access, with a payment service that holds no money",
        allowed='a payment service with capture="later", or captures_holds=True',
        fix='give PaymentService.http(capture="later", ...), or captures_holds=True while holds '
        "from before are open, or leave captures out",
    )
    return [holds_first, *_requirements("captures", authorizer, captures)]


def buyers_token_requirements(
    api: apigwv2.HttpApi,
    buyers: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
    accesses: Mapping[str, RefundAccess | None],
) -> list[Requirement]:
    """Return that no token of a buyer is let in by a JWT authorizer of its own.

    What authorizers accept is known once the routes of ``api`` are made. ``accesses`` are those of
    the properties of these names.
    """
    of_buyers = _accepted_by(api, buyers)
    rows = []
    for name, access in accesses.items():
        if access is None or access.authorizer is None or access.wanted_scopes:
            continue
        rows.append(_asks_another_function(api, name, buyers, access.authorizer))
        shared = sorted(of_buyers & _accepted_by(api, access.authorizer))
        rows.append(
            Requirement(
                holds=not shared,
                property=name,
                given=f"an authorizer that takes buyers' tokens: {'; '.join(shared)}",
                allowed="another issuer or audience than the buyers', or a scope that no buyer has",
                fix='give RefundAccess.by(..., scopes=["checkout/refund"]), or an audience for '
                "operators alone",
            )
        )
    return rows


@contextmanager
def one_name_each(api: Construct) -> Iterator[None]:
    """Say in our words that two authorizers of ``api`` have one name.

    :raises CheckoutMisconfiguredError: if CDK cannot make the second one for that reason.
    """
    try:
        yield
    except RuntimeError as problem:
        taken = _TAKEN.search(str(problem))
        if taken is None:
            raise
        enforce(
            api,
            [
                Requirement(
                    holds=False,
                    property="authorizer",
                    given=f"one of two that are called {taken[1]!r}",
                    allowed="authorizers of different names: CDK makes each by its name",
                    fix=f'give the second another name, for example "{taken[1]}Operators"',
                )
            ],
        )


def _accepted_by(
    api: apigwv2.HttpApi, authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None
) -> set[str]:
    """Return the issuers, each with one audience, whose tokens a JWT authorizer takes."""
    if not isinstance(authorizer, _OF_TOKENS):
        return set()
    stack = cdk.Stack.of(api)
    told = (stack.resolve(each.jwt_configuration) for each in _made_for(api, authorizer))
    return {
        f"issuer {json.dumps(each['issuer'])}, audience {json.dumps(audience)}"
        for each in told
        for audience in each["audience"]
    }


def _asks_another_function(
    api: apigwv2.HttpApi,
    name: str,
    buyers: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
    operators: apigwv2.IHttpRouteAuthorizer,
) -> Requirement:
    """Return that ``operators`` is no second authorizer with the function that lets buyers in,
    nor with a version or an alias of it."""
    is_shared = False
    if isinstance(buyers, _OfFunction) and isinstance(operators, _OfFunction):
        of_buyers, of_operators = (
            [_function_in(each) for each in _made_for(api, authorizer)]
            for authorizer in (buyers, operators)
        )
        is_shared = of_buyers == of_operators
    return Requirement(
        holds=not is_shared,
        property=name,
        given="an authorizer that asks the function which lets buyers in",
        allowed=f"another function than the buyers': {name} are for whom it lets in",
        fix="give HttpLambdaAuthorizer(...) a function that lets operators in alone",
    )


def _function_in(authorizer: apigwv2.CfnAuthorizer) -> str:
    """Return the address of the function that an authorizer asks, whichever version of it."""
    stack = cdk.Stack.of(authorizer)
    address = json.dumps(stack.resolve(authorizer.authorizer_uri))
    for each in stack.node.find_all():
        if isinstance(each, lambda_.CfnVersion | lambda_.CfnAlias):
            of_function = stack.resolve(each.function_name)
            if isinstance(of_function, Mapping) and "Ref" in of_function:
                arn = {"Fn::GetAtt": [of_function["Ref"], "Arn"]}
                qualified = json.dumps(stack.resolve(each.ref))
                address = address.replace(qualified, json.dumps(arn))
    return _QUALIFIER.sub(r"\1", address)


def _made_for(
    api: apigwv2.HttpApi, authorizer: _OfFunction | _OfTokens
) -> list[apigwv2.CfnAuthorizer]:
    """Return what CDK made in ``api`` for an authorizer that its routes have."""
    stack = cdk.Stack.of(api)
    made = [each for each in api.node.find_all() if isinstance(each, apigwv2.CfnAuthorizer)]
    names_it = stack.resolve(authorizer.authorizer_id)
    return [each for each in made if stack.resolve(each.ref) == names_it]


def _requirements(
    name: str,
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
    access: RefundAccess,
) -> list[Requirement]:
    by_scope = access.authorizer is None
    of_anybody = sorted(each for each in map(str, access.wanted_scopes) if each in OF_ANYBODY)
    return [
        Requirement(
            holds=not of_anybody,
            property=name,
            given=f"the scope {', '.join(of_anybody)}, which any buyer's token may have",
            allowed="scopes that no buyer has",
            fix='give RefundAccess.scopes("checkout/refund")',
        ),
        Requirement(
            holds=all(map(_is_scope, access.wanted_scopes))
            and (not by_scope or bool(access.wanted_scopes)),
            property=name,
            given="no scope, or what is none: a text without spaces",
            allowed="at least one scope that no buyer has",
            fix='give RefundAccess.scopes("checkout/refund")',
        ),
        Requirement(
            holds=not by_scope or isinstance(authorizer, _OF_TOKENS),
            property=name,
            given="scopes, and an API without a JWT authorizer",
            allowed=f"scopes of the API's own JWT authorizer, or an authorizer for {name} alone",
            fix="give RefundAccess.by(HttpLambdaAuthorizer(...)) or another authorizer",
        ),
        Requirement(
            holds=by_scope
            or not isinstance(
                access.authorizer,
                apigwv2.HttpNoneAuthorizer | authorizers.HttpIamAuthorizer | OpenAccess,
            ),
            property=name,
            given=type(access.authorizer).__name__,
            allowed=f"a JWT or Lambda authorizer: {name} are never open, and each names who asked",
            fix="give RefundAccess.by(HttpJwtAuthorizer(...)) or RefundAccess.scopes(...)",
        ),
        Requirement(
            holds=by_scope or not access.wanted_scopes or isinstance(access.authorizer, _OF_TOKENS),
            property=name,
            given=f"scopes, with {type(access.authorizer).__name__}",
            allowed="scopes with a JWT authorizer: API Gateway reads them from its tokens alone",
            fix="leave scopes out, and let the authorizer decide",
        ),
        Requirement(
            holds=by_scope or access.authorizer is not authorizer,
            property=name,
            given="the authorizer that lets buyers in",
            allowed="another authorizer than the buyers'",
            fix='give RefundAccess.scopes("checkout/refund"), which buyers\' tokens have not',
        ),
    ]


def _is_scope(given: object) -> bool:
    """Tell whether it is one OAuth scope (RFC 6749, 3.3); spaces stand between two."""
    return isinstance(given, str) and given != "" and not any(map(str.isspace, given))
