"""The environment and the secrets of each function of an API, from the API's properties."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.api.attempt_limits import AttemptLimits
from checkout_stack.api.refund_access import RefundAccess
from checkout_stack.api.routes import (
    CAPTURE_ORDER,
    PLACE_ORDER,
    REFUND_ORDER,
    START_PAYMENT_ATTEMPT,
    Route,
)
from checkout_stack.api.scope_from import GUESTS_BY_CART, OpenAccess, ScopeFrom
from checkout_stack.idempotent_checkout import IdempotentCheckout


@dataclass(frozen=True, kw_only=True)
class FunctionChoices:
    """The properties of ``CheckoutApi`` that its functions have to know."""

    checkout: IdempotentCheckout
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None
    scope_from: ScopeFrom | None
    cart_secret: secretsmanager.ISecret | None
    guards_carts: bool
    attempt_limits: AttemptLimits | None
    refunds: RefundAccess | None
    captures: RefundAccess | None

    def secret_of(self, route: Route) -> secretsmanager.ISecret | None:
        """Return the secret of carts, for a function that reads them."""
        return self.cart_secret if route.takes_carts or self._has_guests(route) else None

    def refund_access(self, route: Route) -> RefundAccess | None:
        """Return who may call a route that no buyer may call; None for a buyers' route."""
        return {REFUND_ORDER: self.refunds, CAPTURE_ORDER: self.captures}.get(route)

    def counts_orders(self, route: Route) -> bool:
        """Return whether a route's function counts the orders of each buyer."""
        limits = self.attempt_limits
        return route is PLACE_ORDER and limits is not None and limits.orders_per_buyer is not None

    def environment(self, route: Route) -> dict[str, str]:
        """Return the variables of a route's function."""
        return {
            "ORDER_TABLE_NAME": self.checkout.order_table.table_name,
            "SCOPE_FROM": self._scope_json(route),
            "MAX_PAYMENT_ATTEMPTS": self.checkout.max_payment_attempts,
            **route.environment(self.checkout),
            **self._guests(route),
            **self._carts(route),
            **self._limits(route),
        }

    def _scope_json(self, route: Route) -> str:
        access = self.refund_access(route)
        if access is not None and access.scope_from is not None:
            return access.scope_from.to_json()
        if isinstance(self.authorizer, OpenAccess):
            return "[]"
        return (self.scope_from or ScopeFrom.jwt_claims("iss", "sub")).to_json()

    def _has_guests(self, route: Route) -> bool:
        return self.authorizer is GUESTS_BY_CART and self.refund_access(route) is None

    def _guests(self, route: Route) -> dict[str, str]:
        if not self._has_guests(route):
            return {}
        return {"GUESTS": "by_signed_cart", "CHECKOUT_NAMESPACE": self.checkout.namespace}

    def _carts(self, route: Route) -> dict[str, str]:
        secret = self.secret_of(route)
        if secret is None:
            return {}
        guard = {"GUARDS_CARTS": "true"} if self.guards_carts and route.takes_carts else {}
        return {"CART_SECRET_ARN": secret.secret_arn, **guard}

    def _limits(self, route: Route) -> dict[str, str]:
        if self.attempt_limits is None:
            return {}
        variables = {
            PLACE_ORDER: self.attempt_limits.intake_environment,
            START_PAYMENT_ATTEMPT: self.attempt_limits.environment,
        }
        return variables[route]() if route in variables else {}
