"""``checkout doctor``: what is deployed, judged by the policy, and its wiring as it is now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from checkout_stack.operations.deployed_checkout import DeployedCheckout, told_in_one_line
from checkout_stack.operations.options import EXIT_CODES, on_a_checkout, print_json, print_rows


@click.command(epilog=EXIT_CODES)
@on_a_checkout
def doctor(checkout: DeployedCheckout, *, as_json: bool) -> None:
    """Check a deployed checkout: its template by the policy, and its queues and mappings live."""
    found = [*_by_the_policy(checkout), *_live(checkout)]
    if as_json:
        print_json(found)
    elif found:
        columns = ("what", "where", "message")
        rows = [[each[column] for column in columns] for each in found]
        print_rows(f"{len(found)} findings", columns, rows)
    else:
        click.echo("no finding: template and live wiring are as they must be")
    if found:
        raise SystemExit(1)


def _by_the_policy(checkout: DeployedCheckout) -> Iterator[dict[str, Any]]:
    from checkout_stack.policy.check import check
    from checkout_stack.policy.rules import ALL_RULES, alarm_subscription
    from checkout_stack.policy.rules.rule import Outcome
    from checkout_stack.policy.template.reading import read_template

    with told_in_one_line():
        body = checkout.client("cloudformation").get_template(
            StackName=checkout.stack, TemplateStage="Original"
        )["TemplateBody"]
    text = body if isinstance(body, str) else json.dumps(body)
    # People also subscribe by hand after a deployment, so the template does not list them all.
    rules = [rule for rule in ALL_RULES if rule is not alarm_subscription.RULE]
    for checked in check([read_template(checkout.stack, text.encode())], rules):
        for finding in checked.findings:
            if finding.outcome is Outcome.VIOLATED and finding.acknowledged is None:
                yield {
                    "what": finding.rule_id,
                    "where": finding.logical_id,
                    "message": finding.message,
                }


def _live(checkout: DeployedCheckout) -> Iterator[dict[str, Any]]:
    """What may have been changed by hand since the stack was deployed."""
    with told_in_one_line():
        yield from _queue(checkout)
        for part in ("relay", "payment_consumer"):
            yield from _mappings(checkout, part)


def _queue(checkout: DeployedCheckout) -> Iterator[dict[str, Any]]:
    attributes = checkout.client("sqs").get_queue_attributes(
        QueueUrl=checkout.resources["payment_queue"], AttributeNames=["All"]
    )["Attributes"]
    wanted = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    for name, value in wanted.items():
        if attributes.get(name) != value:
            yield _finding(checkout, "payment_queue", f"{name} is {attributes.get(name)}")
    if "deadLetterTargetArn" not in attributes.get("RedrivePolicy", ""):
        yield _finding(checkout, "payment_queue", "it has no dead-letter queue")


def _mappings(checkout: DeployedCheckout, part: str) -> Iterator[dict[str, Any]]:
    mappings = checkout.client("lambda").list_event_source_mappings(
        FunctionName=checkout.resources[part]
    )["EventSourceMappings"]
    if not mappings:
        yield _finding(checkout, part, "it has no event source mapping: nothing starts it")
    for mapping in mappings:
        if mapping.get("State") not in ("Enabled", "Enabling", "Updating", "Creating"):
            yield _finding(checkout, part, f"its event source mapping is {mapping.get('State')}")
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
            yield _finding(checkout, part, "its mapping does not take partial batch responses")


def _finding(checkout: DeployedCheckout, part: str, message: str) -> dict[str, Any]:
    return {"what": "live", "where": checkout.resources[part], "message": message}
