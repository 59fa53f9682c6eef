"""What a team decides about every function of a checkout: size, network, logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from checkout_stack.foundation.property_types import (
    FLAG,
    KEY,
    LOG_RETENTION,
    NUMBER,
    REMOVAL_POLICY,
    SECURITY_GROUP,
    SUBNETS,
    TEXT,
    VPC,
    sequence_of,
    type_requirements,
)
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.symmetric_key import symmetric_key_requirements

#: Quotas of Lambda, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LEAST_MEMORY_MEBIBYTES, MOST_MEMORY_MEBIBYTES = 128, 10_240
TYPES = {
    "memory_mebibytes": NUMBER.or_none(),
    "reserved_concurrency": NUMBER.or_none(),
    "vpc": VPC.or_none(),
    "vpc_subnets": SUBNETS.or_none(),
    "security_groups": sequence_of(SECURITY_GROUP),
    "log_retention": LOG_RETENTION,
    "log_removal_policy": REMOVAL_POLICY,
    "log_encryption_key": KEY.or_none(),
    "tracing": FLAG,
    "aws_client": TEXT,
}
AWS_CLIENTS = ("lean", "botocore")


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """Size, network and logs of functions. What each may do, and for how long, is not among them.

    Timeouts follow from :class:`~checkout_stack.CheckoutTiming`, permissions from the parts.
    """

    #: Memory in MiB, 128 to 10,240; Lambda gives CPU in proportion (one vCPU at 1769 MB,
    #: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). Default: 512 for the
    #: functions of the API, for whose start a buyer waits, and for the charge audit, which computes
    #: against its timeout; 256 for the others, which wait for the network most of the time
    #: (docs/operate/cost.md).
    memory_mebibytes: int | None = None
    #: Invocations at a time that are kept for each function and that it never exceeds; 1 or more.
    #: Default: none, the account's shared pool. Of the payment consumer it must be at least
    #: ``concurrent_charges / 10``, or throttling uses up the receives of messages.
    reserved_concurrency: int | None = None
    #: Where the functions get network interfaces. It must have ways to DynamoDB, SQS, Secrets
    #: Manager and the payment service. Default: none; the functions call public endpoints by TLS.
    vpc: ec2.IVpc | None = None
    #: In which subnets. Default: the private ones of ``vpc``.
    vpc_subnets: ec2.SubnetSelection | None = None
    #: Default: one for each function, made by CDK.
    security_groups: Sequence[ec2.ISecurityGroup] = ()
    #: How long log records are kept. Default one month.
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    #: What becomes of log groups when the stack is deleted. Default: they stay, as the orders do,
    #: until each record's retention ends.
    log_removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    #: Encrypts log groups; its policy must let CloudWatch Logs use it
    #: (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
    #: Default: the key of CloudWatch Logs.
    log_encryption_key: kms.IKey | None = None
    #: Whether X-Ray traces the functions: one invocation a second and 5 % of the others, at
    #: 5 dollars a million traces (https://aws.amazon.com/xray/pricing/; docs/operate/cost.md).
    #: Without it, correlation ids in the log still lead from request to charge. Default: not
    #: traced.
    tracing: bool = False
    #: What the functions call AWS with. ``lean``: a client of their own for the four services that
    #: they need, which starts in a fraction of botocore's time and leaves what it does not
    #: understand to botocore by itself. ``botocore``: botocore for everything. Default: lean.
    aws_client: Literal["lean", "botocore"] = "lean"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that every function of these settings has."""
        return {} if self.aws_client == "lean" else {"CHECKOUT_AWS_CLIENT": self.aws_client}

    def type_requirements(self, name: str) -> list[Requirement]:
        """Return that each has its type; ``name`` is the property that they were given as."""
        return type_requirements(TYPES, vars(self), of=name)

    def requirements(self, name: str) -> list[Requirement]:
        """Return what has to hold of them; ``name`` is the property that they were given as."""
        types = self.type_requirements(name)
        if not all(requirement.holds for requirement in types):
            return types
        token = cdk.Token.is_unresolved
        memory, reserved = self.memory_mebibytes, self.reserved_concurrency
        return [
            *symmetric_key_requirements(f"{name}.log_encryption_key", self.log_encryption_key),
            Requirement(
                holds=memory is None
                or token(memory)
                or LEAST_MEMORY_MEBIBYTES <= memory <= MOST_MEMORY_MEBIBYTES,
                property=f"{name}.memory_mebibytes",
                given=memory,
                allowed=f"{LEAST_MEMORY_MEBIBYTES} to {MOST_MEMORY_MEBIBYTES}, Lambda's quota",
                fix="leave it out",
            ),
            Requirement(
                holds=reserved is None or token(reserved) or reserved >= 1,
                property=f"{name}.reserved_concurrency",
                given=reserved,
                allowed="1 or more, or None; with 0 a function never runs",
                fix="leave it out, or keep at least one invocation",
            ),
            Requirement(
                holds=self.vpc is not None or not (self.vpc_subnets or self.security_groups),
                property=f"{name}.vpc",
                given="missing",
                allowed="a VPC, where vpc_subnets or security_groups are given",
                fix="give the VPC too, or neither",
            ),
            Requirement(
                holds=self.aws_client in AWS_CLIENTS,
                property=f"{name}.aws_client",
                given=repr(self.aws_client),
                allowed=" or ".join(repr(each) for each in AWS_CLIENTS),
                fix="leave it out",
            ),
        ]


def make_log_group(
    scope: Construct, construct_id: str, settings: FunctionSettings
) -> logs.LogGroup:
    """Make a log group that is kept and encrypted as the settings say."""
    return logs.LogGroup(
        scope,
        construct_id,
        retention=settings.log_retention,
        removal_policy=settings.log_removal_policy,
        encryption_key=settings.log_encryption_key,
    )
