"""What an app only names, because it is made elsewhere: values of secrets, and event buses."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import ClientError

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.own_app.found_checkouts import FoundCheckout


def fill_secrets(
    aws: LocalAws,
    found: Iterable[FoundCheckout],
    *,
    charges_and_carts: str,
    signs_webhooks: str,
) -> None:
    """Give every secret that functions read a local value; make those that the app only names.

    :param charges_and_carts: The value of secrets for charges, and of those that sign carts.
    :param signs_webhooks: The value of secrets under which webhooks are signed.
    :raises LocalRunError: if a secret does not take its value.
    """
    values = {
        "PAYMENT_SERVICE_SECRET_ARN": charges_and_carts,
        "CART_SECRET_ARN": charges_and_carts,
        "WEBHOOK_SECRET_ARN": signs_webhooks,
    }
    by_arn = {
        variables[name]: value
        for checkout in found
        for variables in checkout.variables.values()
        for name, value in values.items()
        if name in variables
    }
    manager = aws.secrets_manager()
    for arn, value in by_arn.items():
        try:
            manager.put_secret_value(SecretId=arn, SecretString=value)
        except manager.exceptions.ResourceNotFoundException:
            manager.create_secret(Name=arn.partition(":secret:")[2] or arn, SecretString=value)
        except ClientError as problem:
            raise LocalRunError(f"the secret {arn} cannot be filled: {problem}") from problem


def make_buses(aws: LocalAws, found: Iterable[FoundCheckout]) -> None:
    """Make the event buses that checkouts announce on and no stack here has."""
    wanted = {
        checkout.outputs["EventBusName"] for checkout in found if "EventBusName" in checkout.outputs
    }
    events = aws.event_bus()
    there = {each["Name"] for each in events.list_event_buses()["EventBuses"]}
    for name in sorted(wanted - there):
        events.create_event_bus(Name=name)
