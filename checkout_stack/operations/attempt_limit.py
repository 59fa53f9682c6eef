"""How many payment attempts a buyer has for one order: the deployed functions know."""

from __future__ import annotations

from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.problem import OperationError, told_in_one_line

_VARIABLE = "MAX_PAYMENT_ATTEMPTS"
_STARTS_ATTEMPTS = "StartPaymentAttempt"
"""In the logical id of the function that ``CheckoutApi`` makes for it."""


def attempt_limit(checkout: DeployedCheckout) -> int | None:
    """Payment attempts for one order; None where no function of the stack tells.

    The HTTP API may be in another stack, and a shop may start attempts in its own process.
    """
    try:
        with told_in_one_line():
            return _limit_told(checkout)
    except OperationError:
        return None


def _limit_told(checkout: DeployedCheckout) -> int | None:
    functions = checkout.client("lambda")
    pages = checkout.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=checkout.stack):
        for resource in page["StackResourceSummaries"]:
            if (
                resource["ResourceType"] != "AWS::Lambda::Function"
                or _STARTS_ATTEMPTS not in resource["LogicalResourceId"]
            ):
                continue
            told = functions.get_function_configuration(FunctionName=resource["PhysicalResourceId"])
            variables = told.get("Environment", {}).get("Variables", {})
            ours = variables.get("ORDER_TABLE_NAME") == checkout.resources["order_table"]
            if ours and variables.get(_VARIABLE, "").isdecimal():
                return int(variables[_VARIABLE])
    return None
