"""A deployed checkout, found by its stack: logical ids are part of the constructs' interface."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.exceptions as aws
from botocore.config import Config

#: Logical ids after the construct's own prefix, without CDK's eight hexadecimal digits.
PARTS = {
    "order_table": "OrdersTable",
    "payment_queue": "PaymentsQueue",
    "dead_letter_queue": "PaymentsDeadLetters",
    "relay_failure_queue": "RelayFailures",
    "relay": "RelayFunction",
    "payment_consumer": "ConsumerFunction",
    "reconciler": "ReconcilerFunction",
    "charge_audit": "ChargeAuditFunction",
}
#: Lambda's longest time-out, and what the way there and back takes.
LONGEST_INVOCATION_SECONDS = 15 * 60 + 10
_LOGICAL_ID = re.compile(rf"(.*?)({'|'.join(PARTS.values())})[0-9A-F]{{8}}")
_ATTEMPT_LIMIT = "MAX_PAYMENT_ATTEMPTS"
"""The environment variable of the functions that start payment attempts."""
_NAMESPACE = "CHECKOUT_NAMESPACE"
"""The environment variable of the functions that know what orders are called."""
_STARTS_ATTEMPTS = "StartPaymentAttempt"
"""In the logical id of the function that ``CheckoutApi`` makes for it."""
_PLACES_ORDERS = "PlaceOrder"
"""In the logical id of the function that ``CheckoutApi`` makes for it."""


class OperationError(Exception):
    """A command cannot do its work; the message says what was given and how to fix it."""


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn what AWS raises into an :class:`OperationError`."""
    try:
        yield
    except (aws.NoCredentialsError, aws.PartialCredentialsError) as problem:
        raise OperationError(
            "no AWS credentials: sign in, name --profile, or set AWS_ACCESS_KEY_ID"
        ) from problem
    except aws.ProfileNotFound as problem:
        raise OperationError(f"{problem}: name one of your AWS configuration") from problem
    except aws.NoRegionError as problem:
        raise OperationError("no AWS Region: give --region, or set AWS_REGION") from problem
    except (aws.EndpointConnectionError, aws.ConnectTimeoutError) as problem:
        raise OperationError(f"{problem}; check --region and --endpoint-url") from problem
    except aws.ClientError as problem:
        error = problem.response["Error"]
        said = f"{problem.operation_name}: {error.get('Code')}: {error.get('Message')}"
        raise OperationError(said[:500]) from problem
    except aws.BotoCoreError as problem:
        raise OperationError(str(problem)[:500]) from problem


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a checkout is, as the command line says it."""

    stack: str
    checkout: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeployedCheckout:
    """The resources of one checkout, and clients to act on them."""

    stack: str
    name: str
    #: Physical ids by part: a name, or a queue's URL.
    resources: Mapping[str, str]
    session: boto3.Session = field(repr=False)
    endpoint_url: str | None = None

    def client(self, service: Any, config: Config | None = None) -> Any:
        """A client of one AWS service."""
        return self.session.client(service, endpoint_url=self.endpoint_url, config=config)

    def ask_reconciler(self, wish: str, order_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Let the reconciler do for some orders what an operator asks for.

        :param wish: ``look_up`` or ``redrive``.
        :raises OperationError: if the function failed, or must not be invoked.
        """
        return list(self.invoke_reconciler({wish: list(order_ids)})["orders"])

    def invoke_reconciler(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Run the reconciler and return its answer."""
        return self._invoke("reconciler", event)

    def carry_out(self, wish: Mapping[str, Any], *, older: str) -> dict[str, Any]:
        """Ask the reconciler for something that an operator wishes, and return what it did.

        :param older: What functions of a version before cannot, in words: ``cannot cancel``.
        :raises OperationError: if the deployed functions do not know the wish.
        """
        told = self.invoke_reconciler(wish)
        if "done" not in told:
            # An older function takes any other event for its schedule, which harms nothing.
            raise OperationError(f"the deployed functions {older}: deploy this version first")
        return told

    def audit_charges(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Compare charges with orders and return what differs.

        :raises OperationError: if the payment service cannot list, or the audit failed.
        """
        if "charge_audit" not in self.resources:
            raise OperationError(
                f"checkout {self.name} has no charge audit: its payment service cannot list "
                "charges; give PaymentService.http a list_url and deploy"
            )
        return self._invoke("charge_audit", event)

    def _invoke(self, part: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Run a function once, however long it takes, and return its answer."""
        patient = Config(
            read_timeout=LONGEST_INVOCATION_SECONDS,
            retries={"total_max_attempts": 1},
            tcp_keepalive=True,
        )
        functions = self.client("lambda", patient)
        with told_in_one_line():
            answer = functions.invoke(
                FunctionName=self.resources[part], Payload=json.dumps(event).encode()
            )
            said: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            reason = str(said.get("errorMessage", "no reason given"))[:300]
            raise OperationError(f"the {part.replace('_', ' ')} failed: {reason}; see its log")
        return said


def find_checkout(target: Target) -> DeployedCheckout:
    """Find a checkout in its stack.

    :raises OperationError: if there are no credentials, no Region, no such stack, no checkout in
        it, or several and none is named.
    """
    with told_in_one_line():
        session = boto3.Session(profile_name=target.profile, region_name=target.region)
        found = _checkouts(session, target)
    where = f"stack {target.stack} in {session.region_name or 'the default Region'}"
    if not found:
        raise OperationError(f"{where} has no checkout; give --stack and --region of one")
    name = target.checkout
    if name is None and len(found) == 1:
        [name] = found
    if name not in found:
        given = "several checkouts" if name is None else f"no checkout {name}"
        raise OperationError(f"{where} has {given}; give --checkout: {', '.join(sorted(found))}")
    return DeployedCheckout(
        stack=target.stack,
        name=name,
        resources=found[name],
        session=session,
        endpoint_url=target.endpoint_url,
    )


def _checkouts(session: boto3.Session, target: Target) -> dict[str, dict[str, str]]:
    """The resources of every checkout of the stack, by the beginning of their logical ids."""
    cloudformation = session.client("cloudformation", endpoint_url=target.endpoint_url)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=target.stack)
    part_of = {suffix: part for part, suffix in PARTS.items()}
    found: dict[str, dict[str, str]] = {}
    for page in pages:
        for resource in page["StackResourceSummaries"]:
            named = _LOGICAL_ID.fullmatch(resource["LogicalResourceId"])
            if named and "PhysicalResourceId" in resource:
                parts = found.setdefault(named[1], {})
                parts[part_of[named[2]]] = resource["PhysicalResourceId"]
    # A table of the user's own is not among them: every function knows its name.
    complete = {name: parts for name, parts in found.items() if "reconciler" in parts}
    for parts in complete.values():
        if "order_table" not in parts:
            functions = session.client("lambda", endpoint_url=target.endpoint_url)
            told = functions.get_function_configuration(FunctionName=parts["reconciler"])
            parts["order_table"] = told["Environment"]["Variables"]["ORDER_TABLE_NAME"]
    return complete


def attempt_limit(checkout: DeployedCheckout) -> int | None:
    """Payment attempts for one order; None where no function of the stack tells.

    The HTTP API may be in another stack, and a shop may start attempts in its own process.
    """
    try:
        with told_in_one_line():
            limit = _told_by_function(checkout, _STARTS_ATTEMPTS, _ATTEMPT_LIMIT)
    except OperationError:
        return None
    return int(limit) if limit is not None and limit.isdecimal() else None


def namespace_of(checkout: DeployedCheckout) -> str:
    """Return the namespace of the checkout, which is part of every order's id.

    :raises OperationError: if no function of the stack tells it.
    """
    with told_in_one_line():
        namespace = _told_by_function(checkout, _PLACES_ORDERS, _NAMESPACE)
    if not namespace:
        raise OperationError(
            f"stack {checkout.stack} has no HTTP API of this checkout, which would tell its "
            "namespace: give --namespace"
        )
    return namespace


def _told_by_function(checkout: DeployedCheckout, kind: str, variable: str) -> str | None:
    """Return a variable of this checkout's function of a kind, if the stack has one."""
    functions = checkout.client("lambda")
    pages = checkout.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=checkout.stack):
        for resource in page["StackResourceSummaries"]:
            if (
                resource["ResourceType"] != "AWS::Lambda::Function"
                or kind not in resource["LogicalResourceId"]
            ):
                continue
            told = functions.get_function_configuration(FunctionName=resource["PhysicalResourceId"])
            variables = told.get("Environment", {}).get("Variables", {})
            ours = variables.get("ORDER_TABLE_NAME") == checkout.resources["order_table"]
            if ours and variable in variables:
                return str(variables[variable])
    return None
