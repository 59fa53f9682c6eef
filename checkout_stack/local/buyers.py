"""Buyers and the back office: who calls the HTTP API, with the tokens that it asks for."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.loopback_http import request


@dataclass(frozen=True)
class Buyer:
    """Somebody who is signed in."""

    name: str
    id_token: str


@dataclass(frozen=True)
class UserPool:
    """The deployed user pool, and the client by which its users sign in."""

    aws: LocalAws
    pool: str
    client: str

    def sign_up_and_in(self, *names: str) -> dict[str, Buyer]:
        """Create users, and sign each in; buyers by name."""
        cognito = self.aws.cognito()
        for name in names:
            cognito.admin_create_user(
                UserPoolId=self.pool,
                Username=_email(name),
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": _email(name)},
                    {"Name": "email_verified", "Value": "true"},
                ],
            )
        return {name: self.sign_in(name) for name in names}

    def sign_in(self, name: str) -> Buyer:
        """Sign a user in, by a new password."""
        cognito, password = self.aws.cognito(), f"Aa1!{secrets.token_urlsafe(16)}"
        cognito.admin_set_user_password(
            UserPoolId=self.pool, Username=_email(name), Password=password, Permanent=True
        )
        answer = cognito.admin_initiate_auth(
            UserPoolId=self.pool,
            ClientId=self.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": _email(name), "PASSWORD": password},
        )
        return Buyer(name, answer["AuthenticationResult"]["IdToken"])


@dataclass(frozen=True)
class BackOffice:
    """The shop's own program: a client of the user pool that may ask for refunds."""

    users: UserPool
    client: str
    port: int
    """On which the local AWS takes plain HTTP."""

    def token(self) -> str:
        """Return a new access token, under the grant ``client_credentials``."""
        described = self.users.aws.cognito().describe_user_pool_client(
            UserPoolId=self.users.pool, ClientId=self.client
        )
        asked = {
            "grant_type": "client_credentials",
            "client_id": self.client,
            "client_secret": described["UserPoolClient"]["ClientSecret"],
        }
        reply = request(self.port, "POST", "/oauth2/token", form=asked, timeout=10)
        return str(reply.fields()["access_token"])


class SignedInBuyer:
    """A buyer who stays the same person when the token expires."""

    def __init__(self, users: UserPool, buyer: Buyer) -> None:
        self._users = users
        self._buyer = buyer
        self._lock = threading.Lock()

    @property
    def buyer(self) -> Buyer:
        """The buyer, with the newest token."""
        with self._lock:
            return self._buyer

    def renew(self, stale: Buyer) -> Buyer:
        """Sign in again, unless another thread has since ``stale`` was current."""
        with self._lock:
            if self._buyer is stale:
                self._buyer = self._users.sign_in(stale.name)
            return self._buyer


def _email(name: str) -> str:
    return f"{name}@example.com"
