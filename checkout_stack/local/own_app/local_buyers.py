"""Buyers of an app whose identity provider is not here: a user pool of the local AWS."""

from __future__ import annotations

from checkout_stack.local.aws import REGION, LocalAws
from checkout_stack.local.buyers import UserPool

NAME = "LocalBuyers"


def make_user_pool(aws: LocalAws) -> UserPool:
    """Make the user pool whose tokens every JWT authorizer of the app accepts locally."""
    cognito = aws.cognito()
    pool = str(
        cognito.create_user_pool(PoolName=NAME, UsernameAttributes=["email"])["UserPool"]["Id"]
    )
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName=NAME, ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    return UserPool(aws, pool, str(client["UserPoolClient"]["ClientId"]))


def issuer_of(pool: UserPool) -> str:
    """The issuer of its tokens."""
    return f"https://cognito-idp.{REGION}.amazonaws.com/{pool.pool}"
