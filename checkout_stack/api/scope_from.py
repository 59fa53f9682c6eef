"""Whose order it is: the stable part of a caller's identity that scopes idempotency keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Final

from checkout_stack.foundation.requirements import Requirement

#: Claims that change between two sign-ins, or two tokens, of the same person. A buyer who signs in
#: again and resubmits would be another principal, and get a second order. Compared without regard
#: to capitals. Who issues them:
#:
#: - every OpenID provider (https://openid.net/specs/openid-connect-core-1_0.html#IDToken and
#:   https://www.rfc-editor.org/rfc/rfc9068): ``iat`` to ``updated_at``
#: - Keycloak: ``sid`` and, in older versions, ``session_state``
#:   (https://www.keycloak.org/docs/latest/upgrading/)
#: - Microsoft Entra (https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference):
#:   ``aio``, ``rh``, ``uti``, ``sid``, ``ipaddr``
#: - Auth0 and Okta (https://auth0.com/docs/secure/tokens/json-web-tokens/json-web-token-claims,
#:   https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/): ``sid``, ``jti``
#: - Amazon Cognito
#:   (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html):
#:   ``origin_jti``, ``event_id``, ``device_key``
#: - access tokens (RFC 9068, Okta, Entra): ``scope``, ``scp``, which the application chooses
VOLATILE_CLAIMS = frozenset(
    {
        *("iat", "exp", "nbf", "jti", "nonce", "auth_time", "acr", "amr"),
        *("at_hash", "c_hash", "s_hash", "updated_at"),
        *("sid", "session_id", "session_state"),
        *("aio", "rh", "uti", "ipaddr"),
        *("origin_jti", "event_id", "device_key"),
        *("scope", "scp"),
    }
)
#: Claims that say which program asks, or who issued its token, and never which buyer. As a scope
#: they make all buyers of that program one (https://www.rfc-editor.org/rfc/rfc9068,
#: https://openid.net/specs/openid-connect-core-1_0.html#IDToken, and the pages named above:
#: ``appid`` of Microsoft Entra, ``cid`` of Okta).
CLAIMS_OF_PROGRAMS = frozenset({"iss", "aud", "client_id", "azp", "appid", "cid"})


class OpenAccess(Enum):
    """The type of :data:`OPEN_ACCESS` and :data:`GUESTS_BY_CART`: nobody signs in."""

    OPEN_ACCESS = "open access"
    GUESTS_BY_CART = "guests by signed cart"


#: Asks for an API that anybody may call. All callers then share one scope: everyone who knows an
#: idempotency key or an order's id can resubmit and read that order.
OPEN_ACCESS: Final = OpenAccess.OPEN_ACCESS
#: Asks for an API for buyers who do not sign in. A buyer is who holds a cart that the shop signed:
#: the order of a cart is seen and paid only with a token of this cart. Needs ``cart_secret``
#: and ``guards_carts``. On every route but ``POST /orders`` the token is sent as the header
#: ``Cart-Token``.
GUESTS_BY_CART: Final = OpenAccess.GUESTS_BY_CART


@dataclass(frozen=True)
class ScopeFrom:
    """Where in a request's authorizer context the principal is found.

    Made by :meth:`jwt_claims` or :meth:`lambda_context`. What is named has to identify a person
    and stay the same from one token, session and device to the next. An e-mail address does not:
    its person may change it, and another may get it. A list, such as groups, identifies nobody.

    The values in their order are the person, and not their names. So two APIs of one checkout
    whose sign-ins may both say ``"7"`` need the issuer, or the like, beside it. And do not name
    others while orders are under way: all buyers would be new ones, who cannot see their orders,
    and whose resubmissions are further orders.

    >>> ScopeFrom.jwt_claims("iss", "sub").to_json()
    '[["jwt","claims","iss"],["jwt","claims","sub"]]'
    """

    #: Steps from ``requestContext.authorizer`` to each value.
    paths: tuple[tuple[str, ...], ...]

    @classmethod
    def jwt_claims(cls, *claims: str) -> ScopeFrom:
        """Scope by claims of a JWT authorizer's token, for example ``"iss", "sub"``."""
        return cls(tuple(("jwt", "claims", claim) for claim in claims))

    @classmethod
    def lambda_context(cls, *names: str) -> ScopeFrom:
        """Scope by values that a Lambda authorizer puts into its ``context``."""
        return cls(tuple(("lambda", name) for name in names))

    def to_json(self) -> str:
        """Return the paths as the intake functions read them from ``SCOPE_FROM``."""
        return json.dumps(self.paths, separators=(",", ":"))

    @property
    def is_of_texts(self) -> bool:
        """Whether all its names are texts, so that a function can be told of them."""
        return isinstance(self.paths, tuple) and all(
            isinstance(path, tuple) and path and all(isinstance(step, str) for step in path)
            for path in self.paths
        )

    @property
    def names_a_program(self) -> bool:
        """Whether all claims are such that no buyer differs from another by them."""
        return bool(self.paths) and all(
            path[0] == "jwt" and str(path[-1]).lower() in CLAIMS_OF_PROGRAMS for path in self.paths
        )

    def requirements(self) -> list[Requirement]:
        """Return what has to hold of the names."""
        names = [path[-1] for path in self.paths]
        are_text = all(isinstance(name, str) for name in names)
        volatile = [n for n in names if n.lower() in VOLATILE_CLAIMS] if are_text else []
        return [
            Requirement(
                holds=bool(names) and are_text and all(n and n == n.strip() for n in names),
                property="scope_from",
                given=names,
                allowed="one or more names, each a text of its own, none of them empty and "
                "without spaces at its ends",
                fix='name what identifies a person, for example ScopeFrom.jwt_claims("iss", "sub")',
            ),
            Requirement(
                holds=not volatile,
                property="scope_from",
                given=names,
                allowed=(
                    "claims that stay the same when a buyer signs in again; "
                    f"not {', '.join(sorted(VOLATILE_CLAIMS))}"
                ),
                fix=f"leave out {', '.join(volatile)}; a buyer's next token has another value",
            ),
        ]
