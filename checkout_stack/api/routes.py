"""The routes of a checkout's HTTP API as a table, each with what its function may do and knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_iam as iam

from checkout_stack.idempotent_checkout import IdempotentCheckout

#: One DynamoDB call and a cold start; less than API Gateway's 30 s, so that the function and not
#: the gateway gives up (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
TIMEOUT = cdk.Duration.seconds(10)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route, and the function that answers it."""

    #: Id of the function's construct; part of logical ids, so it never changes.
    construct_id: str
    method: apigwv2.HttpMethod
    path: str
    #: Module below ``checkout_runtime.handlers``.
    handler: str
    #: What the function is for, in one sentence for the Lambda console.
    description: str
    #: What a buyer who calls it wants to do, for the alarms: "Buyers who wanted to ...".
    wish: str
    #: Allows its function what it does with orders, and nothing else.
    grant: Callable[[IdempotentCheckout, iam.IGrantable], iam.Grant]
    #: Variables of its function besides those of every route.
    environment: Callable[[IdempotentCheckout], dict[str, str]] = lambda _checkout: {}
    #: What its function answers besides ``method``.
    also: tuple[apigwv2.HttpMethod, ...] = ()
    #: Whether it verifies signed carts, where the API has a secret for them.
    takes_carts: bool = False
    timeout: cdk.Duration = TIMEOUT


PLACE_ORDER = Route(
    construct_id="PlaceOrder",
    method=apigwv2.HttpMethod.POST,
    path="/orders",
    handler="place_order",
    description="Accepts an order, once for each idempotency key.",
    wish="place an order",
    grant=IdempotentCheckout.grant_place_orders,
    environment=lambda checkout: {
        "CHECKOUT_NAMESPACE": checkout.namespace,
        "UNSETTLED_SHARDS": checkout.unsettled_index_shards,
    },
    takes_carts=True,
)
GET_ORDER = Route(
    construct_id="GetOrder",
    method=apigwv2.HttpMethod.GET,
    path="/orders/{order_id}",
    handler="get_order",
    description="Tells a buyer what became of an order.",
    wish="see what became of an order",
    grant=IdempotentCheckout.grant_read_orders,
)
START_PAYMENT_ATTEMPT = Route(
    construct_id="StartPaymentAttempt",
    method=apigwv2.HttpMethod.POST,
    path="/orders/{order_id}/payment-attempts",
    handler="start_payment_attempt",
    description="Starts another payment attempt after a decline.",
    wish="pay by other means",
    grant=IdempotentCheckout.grant_start_payment_attempts,
    environment=lambda checkout: {"UNSETTLED_SHARDS": checkout.unsettled_index_shards},
)
RESUME_PAYMENT = Route(
    construct_id="ResumePayment",
    method=apigwv2.HttpMethod.POST,
    path="/orders/{order_id}/resume",
    handler="resume_payment",
    description="Goes on with a payment after the buyer acted.",
    wish="confirm a payment",
    grant=IdempotentCheckout.grant_start_payment_attempts,
    environment=lambda checkout: {"UNSETTLED_SHARDS": checkout.unsettled_index_shards},
)
FIND_ORDER = Route(
    construct_id="FindOrder",
    method=apigwv2.HttpMethod.GET,
    path="/orders",
    handler="find_order",
    description="Finds a buyer's order by its idempotency key.",
    wish="find an order again",
    grant=IdempotentCheckout.grant_read_orders,
    environment=lambda checkout: {"CHECKOUT_NAMESPACE": checkout.namespace},
)
#: Made where refunds are, and behind an access of its own.
REFUND_ORDER = Route(
    construct_id="RefundOrder",
    method=apigwv2.HttpMethod.POST,
    also=(apigwv2.HttpMethod.GET,),
    path="/orders/{order_id}/refunds",
    handler="refunds",
    description="Gives money back, once for each idempotency key, and lists an order's refunds.",
    wish="be given their money back",
    grant=IdempotentCheckout.grant_refund_orders,
    environment=lambda checkout: {"UNSETTLED_SHARDS": checkout.unsettled_index_shards},
)
#: Made where buyers may cancel.
CANCEL_ORDER = Route(
    construct_id="CancelOrder",
    method=apigwv2.HttpMethod.POST,
    path="/orders/{order_id}/cancel",
    handler="cancel_order",
    description="Gives up a buyer's order that is not paid.",
    wish="cancel an order",
    grant=IdempotentCheckout.grant_cancel_orders,
    environment=lambda checkout: {
        "UNSETTLED_SHARDS": checkout.unsettled_index_shards,
        **checkout.cancel_environment,
    },
)
#: Made where captures are, and behind an access of its own.
CAPTURE_ORDER = Route(
    construct_id="CaptureOrder",
    method=apigwv2.HttpMethod.POST,
    path="/orders/{order_id}/capture",
    handler="capture_order",
    description="Takes money that is held for an order, once.",
    wish="have their order captured",
    grant=IdempotentCheckout.grant_capture_orders,
    environment=lambda checkout: {"UNSETTLED_SHARDS": checkout.unsettled_index_shards},
)
#: In the order in which their constructs are made.
ROUTES = (PLACE_ORDER, GET_ORDER, START_PAYMENT_ATTEMPT, RESUME_PAYMENT, FIND_ORDER)


def routes_of(*, refunds: bool, cancellations: bool, captures: bool) -> tuple[Route, ...]:
    """Return the routes of an API, in the order in which their constructs are made.

    Every API has those of :data:`ROUTES`; the others are asked for.
    """
    asked_for = {REFUND_ORDER: refunds, CANCEL_ORDER: cancellations, CAPTURE_ORDER: captures}
    return (*ROUTES, *(route for route, is_wanted in asked_for.items() if is_wanted))
