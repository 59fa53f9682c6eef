"""A team that imports the constructs and runs the packs gets no findings of theirs."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks

from checkout_stack import OPEN_ACCESS, CheckoutApi, Observability
from tests.checkout_stack.synthesized import checkout
from tests.slices import sliced


@pytest.fixture
def checked(stack: cdk.Stack) -> cdk.Stack:
    app = stack.node.root
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), PCIDSS321Checks(app))
    return stack


def synth(stack: cdk.Stack) -> None:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    app.synth()


@pytest.mark.parametrize(
    "observability", sliced(2, [Observability.full(), Observability.minimal()])
)
def test_a_checkout_with_an_open_api_adds_no_finding_to_another_app(
    observability: Observability, checked: cdk.Stack
) -> None:
    made = checkout(checked, observability=observability)
    CheckoutApi(checked, "Api", checkout=made, authorizer=OPEN_ACCESS)
    synth(checked)


def test_findings_beside_the_checkout_are_still_found(checked: cdk.Stack) -> None:
    checkout(checked)
    sqs.Queue(checked, "SomethingElse")
    with pytest.raises(RuntimeError, match="SomethingElse"):
        synth(checked)
