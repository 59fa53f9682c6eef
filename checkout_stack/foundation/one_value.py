"""Whether two things that were given are one: also where only the deployment knows their value."""

from __future__ import annotations

import json
import re

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IConstruct

from checkout_stack.foundation.place_requirements import Place, place_of

#: A resource or parameter by its logical id, which is unique in its stack alone.
_OF_ONE_STACK = re.compile(r'"(Ref": "(?!AWS::)|Fn::GetAtt"|Fn::Sub")')

#: Behind the name of a secret in its whole ARN.
_ADDED_BY_AWS = re.compile(r"-[A-Za-z0-9]{6}\Z")


def value_keys(scope: IConstruct, text: str) -> tuple[str, ...]:
    """Return keys of which two texts share one if they will have the same value.

    A token counts by what it resolves to. A reference counts with the construct that it refers to,
    or the very same token; anything else that CloudFormation resolves, such as an import or the
    account's id, with the account and Region of the stack.
    """
    if not cdk.Token.is_unresolved(text):
        return (text,)
    stack = cdk.Stack.of(scope)
    resolved = json.dumps(stack.resolve(text), sort_keys=True)
    if not _OF_ONE_STACK.search(resolved):
        return (" ".join([resolved, stack.account, stack.region]),)
    tokens = cdk.Tokenization.reverse_string(text).tokens
    targets = [each.target.node.path for each in tokens if isinstance(each, cdk.Reference)]
    return (" ".join([resolved, *(targets or [stack.node.path])]), text)


def resource_keys(
    scope: IConstruct, resource: cdk.IResource, *, arn: str, name: str | None
) -> tuple[str, ...]:
    """Return keys of which two resources share one if they are the same.

    :param scope: The construct that was given it.
    :param name: How AWS calls it. ``None``, or a token, where only the deployment knows.
    """
    named: tuple[str, ...] = ()
    if name is not None and not cdk.Token.is_unresolved(name):
        named = (f"{_where(scope, place_of(resource, arn))}/{name}",)
    tokens = [each for each in (arn, name) if each is not None and cdk.Token.is_unresolved(each)]
    return (
        resource.node.path,
        *named,
        *(key for each in tokens for key in value_keys(scope, each)),
    )


def secret_keys(scope: IConstruct, secret: secretsmanager.ISecret) -> tuple[str, ...]:
    """Return :func:`resource_keys` of a secret, made in this app or imported."""
    name = _name_of_secret(secret)
    made = secret.node.default_child
    if isinstance(made, secretsmanager.CfnSecret):
        # A token in any case, behind which there may be no name.
        given = cdk.Stack.of(made).resolve(made.name)
        name = given if isinstance(given, str) else name
    return resource_keys(scope, secret, arn=secret.secret_arn, name=name)


def _name_of_secret(secret: secretsmanager.ISecret) -> str:
    """Return how AWS calls a secret, of its ARN where that is known.

    CDK takes any last part of six characters for what AWS adds to a name in a whole ARN, and drops
    it from a partial one too, which has no such part: ``shop-stripe`` would be called ``shop``.
    """
    arn = secret.secret_arn
    if cdk.Token.is_unresolved(arn):
        return secret.secret_name
    name = arn.split(":", 6)[-1]
    return name if secret.secret_full_arn is None else _ADDED_BY_AWS.sub("", name)


def _where(scope: IConstruct, place: Place) -> str:
    """Return account and Region; the stack's own where the resource may be there."""
    stack = cdk.Stack.of(scope)
    return f"{_own(stack.account, place.account)}/{_own(stack.region, place.region)}"


def _own(of_stack: str, of_resource: str) -> str:
    unknown = cdk.Token.is_unresolved(of_stack) or cdk.Token.is_unresolved(of_resource)
    return of_stack if unknown else of_resource
