"""A synthesized template, asked about by type and by the beginning of a logical id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb
from constructs import Construct

from checkout_stack import IdempotentCheckout, PaymentService
from checkout_stack.pipeline.app_checkouts import remember
from checkout_stack.pipeline.checkout_requirements import enforce_requirements

Properties = dict[str, Any]

QUEUE = "AWS::SQS::Queue"
TABLE = "AWS::DynamoDB::GlobalTable"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
ALARM = "AWS::CloudWatch::Alarm"
LOG_GROUP = "AWS::Logs::LogGroup"
METRIC_FILTER = "AWS::Logs::MetricFilter"


STAGED = {"aws:cdk:disable-asset-staging": False}
"""``post_cli_context`` of an app whose test reads the files of its assets."""


def unchecked_app(outdir: Path | None = None, **options: Any) -> cdk.App:
    """An app without CDK's own template check, where this version has one: a second saved."""
    if "builtin_cloud_formation_validation" in signature(cdk.App.__init__).parameters:
        options["builtin_cloud_formation_validation"] = False
    return cdk.App(outdir=None if outdir is None else str(outdir), **options)


def warnings_of(stack: cdk.Stack) -> list[str]:
    """Return the warnings of a stack's constructs.

    Not by ``assertions.Annotations``: two distributions bring ``aws_cdk.cloud_assembly_schema``,
    and which of them is installed last decides whether jsii can read its answer.
    """
    return [
        str(entry.data)
        for each in stack.node.find_all()
        for entry in each.node.metadata
        if entry.type == "aws:cdk:warning"
    ]


def root_of(stack: cdk.Stack) -> Construct:
    """Return the app of a stack, for another stack beside it."""
    root = stack.node.root
    assert isinstance(root, Construct)
    return root


@dataclass(frozen=True)
class Synthesized:
    """The template of one stack."""

    template: dict[str, Any]

    @property
    def resources(self) -> dict[str, Properties]:
        """All resources by logical id."""
        return cast(dict[str, Properties], self.template["Resources"])

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Properties of all resources of one type, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def logical_id(self, kind: str, beginning: str) -> str:
        """The one resource of a type whose logical id begins so, or an assertion error."""
        found = [each for each in self.of_type(kind) if each.startswith(beginning)]
        assert len(found) == 1, f"{kind} {beginning}*: {found} of {list(self.of_type(kind))}"
        return found[0]

    def one(self, kind: str, beginning: str) -> Properties:
        """The properties of that resource."""
        return self.of_type(kind)[self.logical_id(kind, beginning)]

    def arn(self, kind: str, beginning: str) -> Properties:
        """How a template refers to that resource's ARN."""
        return {"Fn::GetAtt": [self.logical_id(kind, beginning), "Arn"]}

    def environment(self, beginning: str) -> Properties:
        """The environment of a function."""
        return cast(Properties, self.one(FUNCTION, beginning)["Environment"]["Variables"])

    def permissions(self, role: str) -> set[tuple[str, str]]:
        """Everything that a role may do: (action, resource as JSON with logical ids cut short)."""
        role_id = self.logical_id("AWS::IAM::Role", role)
        assert "ManagedPolicyArns" not in self.of_type("AWS::IAM::Role")[role_id]
        return {
            (action, _readable(resource))
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role_id} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
            for action in _listed(statement["Action"])
            for resource in _listed(statement["Resource"])
            if statement["Effect"] == "Allow"
        }


def synthesize(stack: cdk.Stack) -> Synthesized:
    """Synthesize the app of ``stack`` and return the stack's template."""
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return Synthesized(app.synth().get_stack_artifact(stack.artifact_id).template)


@cache
def template_of(build: Callable[[cdk.Stack], object]) -> Synthesized:
    """The template of a stack that ``build`` fills, synthesized once; for tests that only read."""
    stack = cdk.Stack(unchecked_app(), "Shop")
    build(stack)
    return synthesize(stack)


def findings_in(outdir: Path) -> set[tuple[str, str]]:
    """What the plug-ins of an app found at its synth, as (rule, construct path)."""
    report = outdir / "validation-report.json"
    if not report.exists():
        return set()
    return {
        (violation["ruleName"], construct["constructPath"])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def payment_service(stack: cdk.Stack, **changes: Any) -> PaymentService:
    """A payment service for ``stack``; ``changes`` go to ``PaymentService.http``."""
    region = "us-east-1" if cdk.Token.is_unresolved(stack.region) else stack.region
    name = f"arn:aws:secretsmanager:{region}:111122223333:secret:payment-AbCdEf"
    secret = cdk.aws_secretsmanager.Secret.from_secret_complete_arn(
        stack, f"Secret{len(stack.node.children)}", name
    )
    properties: dict[str, Any] = {
        "url": "https://pay.example.com/charges",
        "secret": secret,
        "key_retention": cdk.Duration.hours(24),
    }
    return PaymentService.http(**{**properties, **changes})


def checkout(
    stack: cdk.Stack, construct_id: str = "Checkout", **changes: Any
) -> IdempotentCheckout:
    """A checkout with defaults; ``changes`` go to ``IdempotentCheckout``."""
    if "payment_service" not in changes:
        changes["payment_service"] = payment_service(stack)
    return IdempotentCheckout(stack, construct_id, **changes)


def considered(stack: cdk.Stack, construct_id: str = "Checkout", **changes: Any) -> Construct:
    """A checkout whose properties are judged and remembered, and of which nothing is made.

    It takes a tenth of the time of :func:`checkout`.
    """
    if "payment_service" not in changes:
        changes["payment_service"] = payment_service(stack)
    parameters = signature(IdempotentCheckout.__init__).parameters
    given = {name: each.default for name, each in parameters.items()} | changes
    judged = Construct(stack, construct_id)
    has = enforce_requirements(judged, given)
    made = aws_dynamodb.Table.from_table_name(judged, "Orders", f"orders-{judged.node.addr}")
    remember(judged, has, given["order_table"] or made)
    return judged


def _listed(value: Any) -> Iterator[Any]:
    return iter(value if isinstance(value, list) else [value])


def _readable(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        logical_id, attribute = resource["Fn::GetAtt"]
        return f"{logical_id[:-8]}.{attribute}"
    if "Ref" in resource:
        return str(resource["Ref"])[:-8]
    if "Fn::Join" in resource:
        return "".join(_readable(part) for part in resource["Fn::Join"][1])
    return json.dumps(resource)
