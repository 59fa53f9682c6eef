"""What the functions of a checkout need to announce outcomes on an event bus."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

__all__ = ["allow_announcing", "announcing_environment"]


def announcing_environment(event_bus: events.IEventBus | None) -> dict[str, str]:
    """Return what tells a function that outcomes are announced; nothing where they are not."""
    return {} if event_bus is None else {"EVENT_BUS_NAME": event_bus.event_bus_arn}


def allow_announcing(function: lambda_.Function, event_bus: events.IEventBus | None) -> None:
    """Allow a function to put events on the bus, if there is one, and on no other.

    And to look whether that is there: EventBridge says nothing where events are put on none.
    """
    if event_bus is not None:
        event_bus.grant_put_events_to(function)
        iam.Grant.add_to_principal(
            grantee=function,
            actions=["events:DescribeEventBus"],
            resource_arns=[event_bus.event_bus_arn],
        )
