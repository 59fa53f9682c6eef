"""How often buyers may try payments, against people who try out stolen cards."""

from __future__ import annotations

from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2

from checkout_stack.api.scope_from import GUESTS_BY_CART, OPEN_ACCESS, OpenAccess, ScopeFrom
from checkout_stack.foundation.property_types import (
    DURATION,
    instance_of,
    type_requirements,
)
from checkout_stack.foundation.requirements import Requirement

_TYPES = {
    "per_buyer": instance_of(int, allowed="a whole number", fix="give per_buyer=10").or_none(),
    "per_checkout": instance_of(
        int, allowed="a whole number", fix="give per_checkout=1000"
    ).or_none(),
    "orders_per_buyer": instance_of(
        int, allowed="a whole number", fix="give orders_per_buyer=20"
    ).or_none(),
    "window": DURATION,
    "decline_rate": instance_of(
        int, float, allowed="a number above 0, at most 1", fix="give decline_rate=0.5"
    ),
    "fewest_payments": instance_of(int, allowed="a whole number", fix="give fewest_payments=20"),
}
_LONGEST_WINDOW = cdk.Duration.days(1)


@dataclass(frozen=True, kw_only=True)
class AttemptLimits:
    """Limits of the payments that a buyer tries, and an alarm on the rate of declines.

    More than that is answered 429 with ``Retry-After``. Attempts that follow declines are limited:
    each is stored by a transaction, and read once more. First payments are neither limited nor cost
    anything, unless ``orders_per_buyer`` is given.

    A buyer is the principal of the caller's own token, or a guest's cart. Where your server calls
    with one token for all its buyers, they are one buyer, and ten declined cards of anybody would
    lock all of them out: give ``per_buyer=None`` there, or let ``scope_from`` name the buyer. Synth
    refuses the limits of each buyer where it can know: with ``OPEN_ACCESS``, and with a
    ``scope_from`` of claims that name a program.
    """

    #: Attempts of one buyer within ``window``, over all their orders. A second click is not
    #: counted: it is the same attempt. Default 10: two orders of four more attempts each, and two
    #: more. At least one order's ``max_payment_attempts``, so that a buyer whose card is declined
    #: never meets it. None: no such limit; what is left are the alarm, and ``per_checkout``.
    per_buyer: int | None = 10
    #: Attempts of all buyers together within ``window``. A fuse: once it has blown, nobody pays a
    #: declined order until the window is over, while new orders go on. Default: none, as no number
    #: fits every shop.
    per_checkout: int | None = None
    #: Orders of one buyer within ``window``, so first payments of new orders: at least 1. A
    #: resubmission is never counted, as it makes no order. Costs a transaction in place of a put
    #: for each order. Not where nobody signs in: there a buyer is everybody, or a cart, which is
    #: one order. Default: any number. 20 an hour is more than a good buyer places.
    orders_per_buyer: int | None = None
    #: From the first attempt that is counted until it begins anew. Whole seconds, from 1 min to
    #: 1 day. Default 1 h.
    window: cdk.Duration = field(default_factory=lambda: cdk.Duration.hours(1))
    #: Declined payments among those decided in a quarter of an hour, from which the alarm goes off:
    #: above 0, at most 1. Default 0.5; raise it if ordinary days of yours come near.
    decline_rate: float = 0.5
    #: Payments in a quarter of an hour below which the rate says nothing. At least 1. Default 20.
    fewest_payments: int = 20

    def environment(self) -> dict[str, str]:
        """Return the variables of the function that starts attempts."""
        return self._variables(
            ATTEMPTS_PER_BUYER=self.per_buyer, ATTEMPTS_PER_CHECKOUT=self.per_checkout
        )

    def intake_environment(self) -> dict[str, str]:
        """Return the variables of the function that places orders."""
        return self._variables(ORDERS_PER_BUYER=self.orders_per_buyer)

    def _variables(self, **limits: int | None) -> dict[str, str]:
        given = {name: str(limit) for name, limit in limits.items() if limit is not None}
        if not given:
            return {}
        return {**given, "ATTEMPTS_WINDOW_SECONDS": str(int(self.window.to_seconds()))}

    def requirements(
        self,
        max_payment_attempts: str,
        *,
        authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
        scope_from: ScopeFrom | None,
    ) -> list[Requirement]:
        """Return what has to hold of the limits.

        :param max_payment_attempts: Of the checkout; one that is known at deployment is not judged.
        :param authorizer: Of the API, which says who a buyer is.
        :param scope_from: Of the API: what in the authorizer's context names a buyer.
        """
        wrong = [
            each
            for each in type_requirements(_TYPES, vars(self), of="attempt_limits")
            if not each.holds
        ]
        if wrong:
            return wrong
        fewest = int(max_payment_attempts) if max_payment_attempts.isdecimal() else 1
        # One that is known at deployment cannot be judged, nor written as a number of seconds.
        unknown = self.window.is_unresolved()
        seconds = 0 if unknown else self.window.to_milliseconds() / 1000
        longest = _LONGEST_WINDOW.to_seconds()
        of_one_buyer = fewest if self.per_buyer is None else self.per_buyer
        return [
            *self._of_each_buyer(authorizer, scope_from),
            Requirement(
                holds=of_one_buyer >= fewest,
                property="attempt_limits.per_buyer",
                given=self.per_buyer,
                allowed=f"at least {fewest}, the attempts that one order may have",
                fix=f"give {fewest} or more, or lower max_payment_attempts",
            ),
            Requirement(
                holds=self.per_checkout is None or self.per_checkout >= of_one_buyer,
                property="attempt_limits.per_checkout",
                given=self.per_checkout,
                allowed=f"at least {of_one_buyer}, what one buyer may try, or None",
                fix="give what your busiest hour needs, several times over",
            ),
            Requirement(
                holds=self.orders_per_buyer is None or self.orders_per_buyer >= 1,
                property="attempt_limits.orders_per_buyer",
                given=self.orders_per_buyer,
                allowed="at least 1, or None",
                fix="give 20",
            ),
            Requirement(
                holds=60 <= seconds <= longest and seconds == int(seconds),
                property="attempt_limits.window",
                given=f"{seconds:g} s",
                allowed="whole seconds, from 1 min to 1 day",
                fix="give cdk.Duration.hours(1)",
            ),
            Requirement(
                holds=0 < self.decline_rate <= 1,
                property="attempt_limits.decline_rate",
                given=self.decline_rate,
                allowed="above 0, at most 1: a share of the payments",
                fix="give 0.5",
            ),
            Requirement(
                holds=self.fewest_payments >= 1,
                property="attempt_limits.fewest_payments",
                given=self.fewest_payments,
                allowed="at least 1",
                fix="give 20",
            ),
        ]

    def _of_each_buyer(
        self,
        authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
        scope_from: ScopeFrom | None,
    ) -> list[Requirement]:
        """Return that buyers can be told from each other where each of them has a limit."""
        shared = None
        if authorizer is OPEN_ACCESS:
            shared = "OPEN_ACCESS"
        elif scope_from is not None and scope_from.names_a_program:
            shared = f"scope_from {scope_from.to_json()}, which names a program and no buyer"
        limits = {"per_buyer": self.per_buyer, "orders_per_buyer": self.orders_per_buyer}
        has_guests = authorizer is GUESTS_BY_CART
        return [
            *(
                Requirement(
                    holds=limit is None or shared is None,
                    property=f"attempt_limits.{name}",
                    given=f"{limit}, with {shared}",
                    allowed="None where all buyers have one principal: the declined cards, or "
                    "orders, of a few would lock everybody out",
                    fix=f"give {name}=None (per_checkout limits all buyers together), or an "
                    "authorizer and a scope_from that name the buyer",
                )
                for name, limit in limits.items()
            ),
            Requirement(
                holds=self.orders_per_buyer is None or not has_guests,
                property="attempt_limits.orders_per_buyer",
                given=f"{self.orders_per_buyer}, with GUESTS_BY_CART",
                allowed="None: each cart is a buyer, and one order already",
                fix="leave orders_per_buyer out; limit new carts where your shop signs them",
            ),
        ]
