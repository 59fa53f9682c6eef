"""A checkout fits into the stacks, keys, roles and rules that a team already has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import IConstruct, IMixin

from checkout_stack import (
    OPEN_ACCESS,
    CheckoutApi,
    CheckoutMisconfiguredError,
    CheckoutTiming,
    FunctionSettings,
    OrderRelay,
    OrderTable,
    PaymentQueue,
)
from tests.checkout_stack.synthesized import (
    FUNCTION,
    LOG_GROUP,
    QUEUE,
    TABLE,
    Synthesized,
    checkout,
    synthesize,
    unchecked_app,
    warnings_of,
)

IRELAND = cdk.Environment(account="111122223333", region="eu-west-1")


def statements(template: Synthesized, role: str) -> Iterator[dict[str, object]]:
    role_id = template.logical_id("AWS::IAM::Role", role)
    for policy in template.of_type("AWS::IAM::Policy").values():
        if {"Ref": role_id} in policy["Roles"]:
            yield from policy["PolicyDocument"]["Statement"]


# Keys ------------------------------------------------------------------------------------------


@cache
def encrypted() -> Synthesized:
    stack = cdk.Stack(unchecked_app(), "Shop", env=IRELAND)
    checkout(stack, encryption_key=kms.Key(stack, "Key"))
    return synthesize(stack)


def test_a_key_encrypts_the_table_and_the_payment_queues() -> None:
    template = encrypted()
    [replica] = template.one(TABLE, "CheckoutOrders")["Replicas"]
    assert "KMSMasterKeyId" in replica["SSESpecification"]
    for queue in ("CheckoutPaymentsQueue", "CheckoutPaymentsDeadLetters"):
        assert "KmsMasterKeyId" in template.one(QUEUE, queue)


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        ("CheckoutRelay", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("CheckoutConsumer", {"kms:Decrypt", "kms:Encrypt"}),
        ("CheckoutReconciler", {"kms:Decrypt", "kms:GenerateDataKey"}),
    ],
)
def test_each_function_may_use_the_key_for_what_it_does(role: str, actions: set[str]) -> None:
    granted = {action for action, _ in encrypted().permissions(role)}
    assert actions <= granted
    assert not granted & {"kms:*", "kms:CreateGrant", "kms:PutKeyPolicy"}


def test_a_key_is_used_on_the_table_through_dynamodb_only() -> None:
    template = encrypted()
    through = [
        each["Condition"]
        for each in statements(template, "CheckoutConsumer")
        if "kms:Encrypt" in str(each["Action"])
    ]
    assert through == [{"StringEquals": {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"}}]


def test_a_key_of_another_account_is_granted_too() -> None:
    stack = cdk.Stack(unchecked_app(), "Shop", env=IRELAND)
    arn = "arn:aws:kms:eu-west-1:444455556666:key/11111111-2222-3333-4444-555555555555"
    checkout(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", arn))
    assert ("kms:Decrypt", arn) in synthesize(stack).permissions("CheckoutRelay")


def test_a_key_in_a_stack_without_env_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="explicit account and Region"):
        checkout(stack, encryption_key=kms.Key(stack, "Key"))


# Roles -----------------------------------------------------------------------------------------


def test_a_permissions_boundary_is_on_every_role(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "team-boundary")
    checkout(stack, permissions_boundary=boundary)
    roles = synthesize(stack).of_type("AWS::IAM::Role").values()
    assert roles
    assert all("team-boundary" in str(each["PermissionsBoundary"]) for each in roles)


def test_a_redrive_is_granted_by_exactly_these_actions(stack: cdk.Stack) -> None:
    on_call = iam.Role(stack, "OnCall", assumed_by=iam.AccountRootPrincipal())
    checkout(stack).grant_redrive(on_call)
    assert synthesize(stack).permissions("OnCall") == {
        ("sqs:SendMessage", "CheckoutPaymentsQueue.Arn"),
        *(
            (f"sqs:{action}", "CheckoutPaymentsDeadLetters.Arn")
            for action in (
                "CancelMessageMoveTask",
                "DeleteMessage",
                "GetQueueAttributes",
                "ListMessageMoveTasks",
                "ReceiveMessage",
                "StartMessageMoveTask",
            )
        ),
    }


# Development -----------------------------------------------------------------------------------


def test_for_development_everything_goes_with_the_stack(stack: cdk.Stack) -> None:
    checkout(stack, for_development=True)
    template = synthesize(stack)
    [table] = [each for each in template.resources.values() if each["Type"] == TABLE]
    assert table["DeletionPolicy"] == "Delete"
    assert table["Properties"]["Replicas"][0]["DeletionProtectionEnabled"] is False
    groups = [each for each in template.resources.values() if each["Type"] == LOG_GROUP]
    assert {each["DeletionPolicy"] for each in groups} == {"Delete"}


def test_for_development_is_loud(stack: cdk.Stack) -> None:
    checkout(stack, for_development=True)
    [warning] = [each for each in warnings_of(stack) if "for_development=True" in each]
    assert "Never in production" in warning


# Parts alone, several stacks -------------------------------------------------------------------


def test_a_part_can_be_used_alone(stack: cdk.Stack) -> None:
    orders = OrderTable(stack, "Orders")
    payments = PaymentQueue(stack, "Payments", timing=CheckoutTiming())
    OrderRelay(stack, "Relay", orders=orders, payments=payments, settings=FunctionSettings())
    assert len(synthesize(stack).of_type(FUNCTION)) == 1


def test_the_api_may_be_in_another_stack_than_the_checkout() -> None:
    app = unchecked_app()
    made = checkout(cdk.Stack(app, "Orders"))
    front = cdk.Stack(app, "Front")
    CheckoutApi(front, "Api", checkout=made, authorizer=OPEN_ACCESS)
    table = synthesize(front).environment("ApiPlaceOrder")["ORDER_TABLE_NAME"]
    assert "Fn::ImportValue" in table


def test_one_app_has_many_checkouts_with_queues_of_different_names() -> None:
    app = unchecked_app()
    stacks = [cdk.Stack(app, f"Shop{place}", env=IRELAND) for place in range(3)]
    for each in stacks:
        checkout(each, "First")
        checkout(each, "Second")
    names = [
        queue["QueueName"]
        for each in stacks
        for queue in synthesize(each).of_type(QUEUE).values()
        if "QueueName" in queue
    ]
    assert len(set(names)) == len(names) == 6


# The team's own rules --------------------------------------------------------------------------


@jsii.implements(cdk.IAspect)
class _MoreMemory:
    def visit(self, node: IConstruct) -> None:
        if isinstance(node, lambda_.CfnFunction):
            node.memory_size = 2048


@jsii.implements(cdk.IPropertyInjector)
class _LongerKept:
    @property
    def construct_unique_id(self) -> str:
        return str(sqs.Queue.PROPERTY_INJECTION_ID)

    def inject(
        self,
        original_props: dict[str, object],
        *,
        id: str,  # noqa: A002 - named by the interface
        scope: IConstruct,
    ) -> dict[str, object]:
        return {**original_props, "maxMessageSizeBytes": 1024}


@jsii.implements(IMixin)
class _Traceless:
    def supports(self, construct: IConstruct) -> bool:
        return isinstance(construct, lambda_.CfnFunction)

    def apply_to(self, construct: IConstruct) -> None:
        assert isinstance(construct, lambda_.CfnFunction)
        construct.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="PassThrough")


def test_an_aspect_applies(stack: cdk.Stack) -> None:
    checkout(stack)
    cdk.Aspects.of(stack).add(_MoreMemory())
    functions = synthesize(stack).of_type(FUNCTION).values()
    assert {each["MemorySize"] for each in functions} == {2048}


def test_a_property_injector_applies() -> None:
    stack = cdk.Stack(unchecked_app(property_injectors=[_LongerKept()]), "Shop")
    checkout(stack)
    queues = synthesize(stack).of_type(QUEUE).values()
    assert {each["MaximumMessageSize"] for each in queues} == {1024}


def test_a_mixin_applies(stack: cdk.Stack) -> None:
    checkout(stack)
    cdk.Mixins.of(stack).apply(_Traceless())
    functions = synthesize(stack).of_type(FUNCTION).values()
    assert {each["TracingConfig"]["Mode"] for each in functions} == {"PassThrough"}


def test_tags_reach_the_table_and_the_queues(stack: cdk.Stack) -> None:
    checkout(stack)
    cdk.Tags.of(stack).add("team", "payments")
    template = synthesize(stack)
    for queue in template.of_type(QUEUE).values():
        assert {"Key": "team", "Value": "payments"} in queue["Tags"]


def test_where_tracing_is_asked_for_every_function_is_traced_and_may_say_so(
    stack: cdk.Stack,
) -> None:
    checkout(stack, functions=FunctionSettings(tracing=True))
    synthesized = synthesize(stack)
    functions = synthesized.of_type("AWS::Lambda::Function").values()
    assert all(function["TracingConfig"] == {"Mode": "Active"} for function in functions)
    for part in ("CheckoutRelay", "CheckoutConsumer", "CheckoutReconciler"):
        assert {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")} <= (
            synthesized.permissions(part)
        )
