"""The shop's buyer, who stays the same person when the token runs out."""

from __future__ import annotations

import secrets
import threading

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.buyers import Buyer


class SignedInBuyer:
    """A user of the deployed user pool, with an id token that can be renewed."""

    def __init__(self, aws: LocalAws, user_pool: str, client: str, buyer: Buyer) -> None:
        self._aws = aws
        self._user_pool = user_pool
        self._client = client
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
                self._buyer = Buyer(stale.name, self._new_token(f"{stale.name}@example.com"))
            return self._buyer

    def _new_token(self, email: str) -> str:
        cognito = self._aws.cognito()
        password = f"Aa1!{secrets.token_urlsafe(16)}"
        cognito.admin_set_user_password(
            UserPoolId=self._user_pool, Username=email, Password=password, Permanent=True
        )
        answer = cognito.admin_initiate_auth(
            UserPoolId=self._user_pool,
            ClientId=self._client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer["AuthenticationResult"]["IdToken"]
