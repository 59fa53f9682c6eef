"""One Lambda function of the checkout's asset, with a role and a log group of its own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.function_settings import FunctionSettings, make_log_group

#: The newest Python that the code has been executed and tested on.
RUNTIME = lambda_.Runtime.PYTHON_3_13
#: Memory of functions that nobody waits for, and of those for whose start a buyer waits: CPU grows
#: with it. docs/operate/cost.md has what was measured.
WORKER_MEBIBYTES, BUYER_FACING_MEBIBYTES = 256, 512
#: What Lambda does as the function's role when the function is in a VPC
#: (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions).
NETWORK_INTERFACE_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
RUNTIME_PACKAGE = "checkout_runtime"
#: Tests that ship with the runtime for those who write a payment service; they need pytest.
CONFORMANCE_KIT = f"{RUNTIME_PACKAGE}/conformance"
#: As in a .gitignore. Beside the package there may be anything, in site-packages for example. What
#: an interpreter or a test run leaves behind would change the asset's hash, and with it every
#: function, without any change of code.
LEFT_OUT_OF_THE_ASSET = [
    "/*",
    f"!/{RUNTIME_PACKAGE}",
    "__pycache__",
    "*.pyc",
    ".*_cache",
    ".DS_Store",
    f"/{CONFORMANCE_KIT}",
]

_REASONS = {
    "AwsSolutions::AwsSolutions-L1": (
        "Python 3.13 is the newest runtime that the code has been executed and tested on; "
        "a newer one is adopted with its tests."
    ),
    "PCI.DSS.321::PCI.DSS.321-LambdaInsideVPC": (
        "The function listens on no network: it is invoked through IAM-authorised AWS APIs and "
        "calls public endpoints over TLS only. A VPC would add a path, not take one away."
    ),
    "PCI.DSS.321::PCI.DSS.321-IAMNoInlinePolicy": (
        "The policy belongs to one role of one function and comes and goes with it. A managed "
        "policy could be attached to something else."
    ),
    "PCI.DSS.321::PCI.DSS.321-CloudWatchLogGroupEncrypted": (
        "CloudWatch Logs encrypts at rest under its own key. The records hold ids, states and "
        "durations; no card number, token or content of an order."
    ),
}


_REASON_OF_WILDCARD = {
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": (
        "X-Ray's two write actions, and in a VPC those on network interfaces, know no narrower "
        "resource. Tests hold each role to its actions."
    ),
}


def asset_directory() -> Path:
    """Return the directory that holds the package of the Lambda code, installed or in a checkout.

    :raises ModuleNotFoundError: ``idempotent-checkout-runtime`` is not installed.
    """
    # Found and not imported: the construct needs the files, never what they do.
    spec = find_spec(RUNTIME_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"no package {RUNTIME_PACKAGE}: install idempotent-checkout-runtime, which holds the "
            "code of the functions"
        )
    return Path(spec.origin).parents[1]


class RuntimeFunction(Construct):
    """One handler of ``checkout_runtime`` as a Lambda function on arm64.

    Its role trusts Lambda only, has no managed policy, and starts with the permission to write
    its own log group, and the two X-Ray actions where it is traced. Grants add the rest, action by
    action.
    """

    #: The function itself.
    function: lambda_.Function
    #: The role of this function and of nothing else.
    role: iam.Role
    #: Where the function logs, one JSON object a line.
    log_group: logs.LogGroup

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        description: str,
        environment: Mapping[str, str],
        timeout: cdk.Duration,
        settings: FunctionSettings,
        usual_memory_mebibytes: int = WORKER_MEBIBYTES,
    ) -> None:
        """Create the function.

        :param handler: Module below ``checkout_runtime.handlers``, for example ``place_order``.
        :param description: What the function is for, in one sentence for the Lambda console.
        :param environment: Environment variables; durations in integer seconds.
        :param timeout: When Lambda ends an invocation; at most 15 minutes.
        :param settings: Size, network and logs.
        :param usual_memory_mebibytes: Memory where the settings give none.
        """
        super().__init__(scope, construct_id)
        # Orders outlive the stack (the table is retained), and so does the record of how they
        # were charged. It costs nothing for ever: each record leaves at the end of its retention.
        self.log_group = make_log_group(self, "Logs", settings)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Role of one function: {description}"[:1000],
        )
        self.log_group.grant_write(self.role)
        if settings.vpc is not None:
            iam.Grant.add_to_principal(
                grantee=self.role, actions=list(NETWORK_INTERFACE_ACTIONS), resource_arns=["*"]
            )
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(
                str(asset_directory()),
                exclude=LEFT_OUT_OF_THE_ASSET,
                ignore_mode=cdk.IgnoreMode.GIT,
            ),
            handler=f"checkout_runtime.handlers.{handler}.handler",
            memory_size=settings.memory_mebibytes or usual_memory_mebibytes,
            reserved_concurrent_executions=settings.reserved_concurrency,
            vpc=settings.vpc,
            vpc_subnets=settings.vpc_subnets,
            security_groups=list(settings.security_groups) or None,
            timeout=timeout,
            environment={**environment, **settings.environment},
            role=self.role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            # Of Lambda's own records those of what went wrong, such as a timeout. A start and a
            # report of each invocation would be more bytes than the function's records.
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            tracing=lambda_.Tracing.ACTIVE if settings.tracing else lambda_.Tracing.DISABLED,
        )
        needs_wildcard = settings.tracing or settings.vpc is not None
        acknowledge(self, _REASONS | (_REASON_OF_WILDCARD if needs_wildcard else {}))

    def grant_read_secret(self, secret: secretsmanager.ISecret) -> None:
        """Allow the function to read the secret's value: ``secretsmanager:GetSecretValue`` alone.

        ``ISecret.grant_read`` would add ``secretsmanager:DescribeSecret``. A secret imported
        without the six characters that Secrets Manager appends to its name matches by six
        wildcards.
        """
        iam.Grant.add_to_principal(
            grantee=self.role,
            actions=["secretsmanager:GetSecretValue"],
            resource_arns=[secret.secret_full_arn or f"{secret.secret_arn}-??????"],
        )
        if secret.encryption_key is not None:
            service = f"secretsmanager.{secret.stack.region}.amazonaws.com"
            secret.encryption_key.grant_decrypt(
                kms.ViaServicePrincipal(service, self.role.grant_principal)
            )
