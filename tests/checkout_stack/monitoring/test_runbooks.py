"""An alarm says where its runbook is read, where somebody has a place of their own."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from checkout_stack import CheckoutMisconfiguredError
from checkout_stack.monitoring.runbooks import RUNBOOKS_CONTEXT
from tests.checkout_stack.synthesized import ALARM, checkout, synthesize

WIKI = "https://wiki.example.com/{name}/now"


def described(stack: cdk.Stack) -> list[str]:
    alarms = synthesize(stack).of_type(ALARM).values()
    return [each["AlarmDescription"].rpartition(" Runbook: ")[2] for each in alarms]


def test_the_context_says_where_runbooks_are_read(stack: cdk.Stack) -> None:
    stack.node.set_context(RUNBOOKS_CONTEXT, WIKI)
    checkout(stack)
    addresses = described(stack)
    assert "https://wiki.example.com/orders-need-review/now" in addresses
    assert all(each.startswith("https://wiki.example.com/") for each in addresses)


@pytest.mark.parametrize("address", ["https://wiki.example.com/runbooks", 7])
def test_an_address_without_a_place_for_the_name_fails_the_synth(
    address: object, stack: cdk.Stack
) -> None:
    stack.node.set_context(RUNBOOKS_CONTEXT, address)
    with pytest.raises(CheckoutMisconfiguredError, match="context 'idempotent-checkout:runbooks'"):
        checkout(stack)
