"""Buyers: users of the deployed user pool, with the id tokens that the HTTP API asks for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from checkout_stack.local.aws import LocalAws


@dataclass(frozen=True)
class Buyer:
    """Somebody who is signed in."""

    name: str
    id_token: str


def sign_up_and_in(aws: LocalAws, user_pool: str, client: str, *names: str) -> list[Buyer]:
    """Create users, and sign each in."""
    cognito = aws.cognito()
    buyers = []
    for name in names:
        email, password = f"{name}@example.com", f"Aa1!{secrets.token_urlsafe(16)}"
        cognito.admin_create_user(
            UserPoolId=user_pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        cognito.admin_set_user_password(
            UserPoolId=user_pool, Username=email, Password=password, Permanent=True
        )
        answer = cognito.admin_initiate_auth(
            UserPoolId=user_pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        buyers.append(Buyer(name, answer["AuthenticationResult"]["IdToken"]))
    return buyers
