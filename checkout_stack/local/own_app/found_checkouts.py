"""Find checkouts among what was deployed: by the table that their functions name.

So a checkout is found whole even if its API is in another stack than its functions, and whatever
the app's outputs are called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.own_app.assembly import OUR_HANDLERS
from checkout_stack.local.own_app.local_template import REPLACED_KIND

WEBHOOK_PATH = "/payment-events"
"""Of the route that a ``PaymentWebhook`` has in its API."""


@dataclass
class FoundCheckout:
    """A deployed checkout: its functions, by the module of their handler."""

    functions: dict[str, str] = field(default_factory=dict)
    """Names."""

    variables: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Environment variables of each."""

    outputs: dict[str, str] = field(default_factory=dict)
    """Under the names that the outputs of our own stack have."""

    @property
    def name(self) -> str:
        """What it is called in messages: the beginning of its consumer's name."""
        return self.functions["process_payments"].partition("Consumer")[0].rstrip("-")

    @property
    def kind(self) -> str:
        """The kind of its payment service."""
        return self.variables["process_payments"]["PAYMENT_SERVICE_KIND"]

    @property
    def can_find_a_lost_charge(self) -> bool:
        """Whether its payment service has keys or look-ups, so that a lost answer is found."""
        told = self.variables["process_payments"]
        keys = told.get("PAYMENT_KEY_RETENTION_SECONDS", "0") != "0"
        return self.kind == REPLACED_KIND and (keys or "PAYMENT_SERVICE_LOOK_UP_URL" in told)

    @property
    def signs_carts(self) -> bool:
        """Whether its API takes only carts that a shop has signed."""
        return "CART_SECRET_ARN" in self.variables.get("place_order", {})


def find_checkouts(run: LocalRun, aws: LocalAws) -> list[FoundCheckout]:
    """Every checkout that is deployed, with all that the scenarios need to know of it.

    :raises LocalRunError: if there is none.
    """
    found: dict[str, FoundCheckout] = {}
    relays: dict[str, str] = {}
    pages = aws.functions().get_paginator("list_functions").paginate()
    for function in (each for page in pages for each in page["Functions"]):
        handler = function.get("Handler", "")
        if not handler.startswith(OUR_HANDLERS):
            continue
        module = handler.removeprefix(OUR_HANDLERS).partition(".")[0]
        variables = dict(function.get("Environment", {}).get("Variables", {}))
        if module == "relay_orders":
            relays[variables["PAYMENT_QUEUE_URL"]] = function["FunctionName"]
        elif table := variables.get("ORDER_TABLE_NAME"):
            checkout = found.setdefault(table, FoundCheckout())
            if module in checkout.functions and "CART_SECRET_ARN" in variables:
                continue  # Of a checkout with two APIs the scenarios use the one without carts.
            checkout.functions[module] = function["FunctionName"]
            checkout.variables[module] = variables
    whole = [each for each in found.values() if "process_payments" in each.functions]
    if not whole:
        raise LocalRunError("no checkout was deployed: none of the stacks has its consumer")
    apis = _apis(aws)
    for checkout in whole:
        queue = checkout.variables["process_payments"]["PAYMENT_QUEUE_URL"]
        checkout.functions["relay_orders"] = relays[queue]
        checkout.outputs = _outputs(checkout, aws, apis)
    run.progress.say(f"checkouts: {', '.join(sorted(each.name for each in whole))}")
    return sorted(whole, key=lambda each: each.name)


@dataclass(frozen=True)
class _Api:
    """A deployed HTTP API."""

    endpoint: str
    is_callable: bool
    """Whether the scenarios can use its routes: they are open, or behind a JWT authorizer."""


def _outputs(checkout: FoundCheckout, aws: LocalAws, apis: Mapping[str, _Api]) -> dict[str, str]:
    variables = checkout.variables["process_payments"]
    queue, sqs = variables["PAYMENT_QUEUE_URL"], aws.sqs()
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["RedrivePolicy"])
    redrive = json.loads(attributes["Attributes"]["RedrivePolicy"])
    outputs = {
        "OrderTableName": variables["ORDER_TABLE_NAME"],
        "PaymentQueueUrl": queue,
        "DeadLetterQueueUrl": _url(sqs, redrive["deadLetterTargetArn"]),
        "RelayFailureQueueUrl": _url(sqs, _failure_target(checkout, aws)),
        "PaymentConsumerFunctionName": checkout.functions["process_payments"],
        "ReconcilerFunctionName": checkout.functions["reconcile_orders"],
    }
    if "PAYMENT_SERVICE_SECRET_ARN" in variables:
        outputs["PaymentSecretArn"] = variables["PAYMENT_SERVICE_SECRET_ARN"]
    orders = apis.get(checkout.functions.get("place_order", ""))
    if orders is not None and orders.is_callable:
        outputs["ApiUrl"] = orders.endpoint
    webhooks = apis.get(checkout.functions.get("receive_webhook", ""))
    if webhooks is not None and checkout.kind == REPLACED_KIND:
        outputs["WebhookUrl"] = f"{webhooks.endpoint}{WEBHOOK_PATH}"
    for each in checkout.variables.values():
        if "EVENT_BUS_NAME" in each:  # an ARN, whose end is the name
            outputs["EventBusName"] = each["EVENT_BUS_NAME"].rpartition("/")[2]
    return outputs


def _failure_target(checkout: FoundCheckout, aws: LocalAws) -> str:
    mappings = aws.functions().list_event_source_mappings(
        FunctionName=checkout.functions["relay_orders"]
    )["EventSourceMappings"]
    return str(mappings[0]["DestinationConfig"]["OnFailure"]["Destination"])


def _url(sqs: Any, arn: str) -> str:
    return str(sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])


def _apis(aws: LocalAws) -> dict[str, _Api]:
    """HTTP APIs, by the names of the functions that they call."""
    gateway = aws.client("apigatewayv2")
    found: dict[str, _Api] = {}
    for api in gateway.get_apis()["Items"]:
        routes = gateway.get_routes(ApiId=api["ApiId"])["Items"]
        kinds = {each.get("AuthorizationType", "NONE") for each in routes}
        here = _Api(str(api["ApiEndpoint"]), is_callable=kinds <= {"NONE", "JWT"})
        for integration in gateway.get_integrations(ApiId=api["ApiId"])["Items"]:
            uri = str(integration.get("IntegrationUri", ""))
            function = uri.partition(":function:")[2].partition("/")[0].partition(":")[0]
            if function and (here.is_callable or function not in found):
                found[function] = here
    return found
