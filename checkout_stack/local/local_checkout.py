"""Bring the whole checkout up on this machine, and take all of it down."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.app_settings import FAULTS, PLAIN, Deployment
from checkout_stack.local.aws import LocalAws
from checkout_stack.local.buyers import Buyer, sign_up_and_in
from checkout_stack.local.cdk_cli import CdkCli, install_cdk_cli
from checkout_stack.local.checkout_client import CheckoutClient
from checkout_stack.local.checkout_controls import Operations
from checkout_stack.local.checkout_inspector import Evidence
from checkout_stack.local.local_run import new_run_directory
from checkout_stack.local.messages import Progress
from checkout_stack.local.ministack import (
    NAME as MINISTACK,
)
from checkout_stack.local.ministack import (
    make_ministack_environment,
    start_ministack,
)
from checkout_stack.local.payment_service_process import PaymentControls, PaymentServiceProcess
from checkout_stack.local.places import Places
from checkout_stack.local.ports import Ports
from checkout_stack.local.processes import Children

BUYERS = ("ada", "ben")


@dataclass(frozen=True, kw_only=True)
class LocalCheckout:
    """A checkout that is up: how to use it, and how to see what it did."""

    directory: Path
    ports: Ports
    aws: LocalAws
    outputs: dict[str, str]
    client: CheckoutClient
    payments: PaymentControls
    payment_service: PaymentServiceProcess
    operations: Operations
    evidence: Evidence
    buyers: dict[str, Buyer]
    children: Children

    def check_running(self) -> None:
        """Raise, with the end of its log, if something that has to run does not."""
        self.children.check_running(MINISTACK)
        self.payment_service.check_running()


@contextmanager
def local_checkout(places: Places, ports: Ports, progress: Progress) -> Iterator[LocalCheckout]:
    """The production constructs, deployed by the real CDK CLI to a local AWS."""
    with local_checkouts(places, ports, progress, (PLAIN,)) as [checkout]:
        yield checkout


@contextmanager
def local_checkouts(
    places: Places, ports: Ports, progress: Progress, deployments: Sequence[Deployment]
) -> Iterator[list[LocalCheckout]]:
    """Several checkouts in one local AWS, each with a payment service of its own."""
    with new_run_directory(places.runs, progress.say) as directory:
        children = Children(directory)
        try:
            yield _bring_up(places, directory, ports, children, progress, deployments)
        finally:
            children.stop_all()


def _bring_up(
    places: Places,
    directory: Path,
    ports: Ports,
    children: Children,
    progress: Progress,
    deployments: Sequence[Deployment],
) -> list[LocalCheckout]:
    with progress.step("environments"):
        python = make_ministack_environment(places, progress)
        install_cdk_cli(places, children, progress)
    cdk = CdkCli(places, directory, children)
    services = {
        deployment.stack_name: _payment_service(deployment, places, directory, ports, children)
        for deployment in deployments
    }
    urls = {
        deployment.url_context: services[deployment.stack_name].controls.charges_url
        for deployment in deployments
    }
    with (
        progress.step("MiniStack, payment service, cdk bootstrap, cdk synth"),
        ThreadPoolExecutor(max_workers=1) as aside,
    ):
        app = f'"{sys.executable}" -m checkout_stack.local.app'
        try:
            synthesis = aside.submit(cdk.synthesize, app, urls)
            _, aws = start_ministack(python, directory, ports, children)
            for service in services.values():
                service.start()
            cdk.bootstrap(aws)
            synthesis.result()
        except BaseException:
            children.stop_all()
            raise
    with progress.step("cdk deploy"):
        outputs = cdk.deploy(list(services), aws)
    with progress.step("secret and buyers"):
        return [
            _deployed(directory, ports, aws, outputs[stack], service, children, python)
            for stack, service in services.items()
        ]


def _payment_service(
    deployment: Deployment, places: Places, directory: Path, ports: Ports, children: Children
) -> PaymentServiceProcess:
    failing = deployment is FAULTS
    port = ports.failing_payment_service if failing else ports.payment_service
    return PaymentServiceProcess(
        controls=PaymentControls(port, secrets.token_urlsafe(24)),
        name="failing payment service" if failing else "payment service",
        ledger=directory / ("failing-ledger.sqlite" if failing else "ledger.sqlite"),
        places=places,
        children=children,
    )


def _deployed(
    directory: Path,
    ports: Ports,
    aws: LocalAws,
    outputs: dict[str, str],
    service: PaymentServiceProcess,
    children: Children,
    python: Path,
) -> LocalCheckout:
    payments = service.controls
    aws.secrets_manager().put_secret_value(
        SecretId=outputs["PaymentSecretArn"], SecretString=payments.secret
    )
    pool, client = outputs["UserPoolId"], outputs["UserPoolClientId"]
    buyers = {buyer.name: buyer for buyer in sign_up_and_in(aws, pool, client, *BUYERS)}
    return LocalCheckout(
        directory=directory,
        ports=ports,
        aws=aws,
        outputs=outputs,
        client=CheckoutClient(outputs["ApiUrl"], ports.api),
        payments=payments,
        payment_service=service,
        operations=Operations(
            aws=aws,
            sqs=aws.sqs(),
            functions=aws.functions(),
            outputs=outputs,
            children=children,
            directory=directory,
            python=python,
        ),
        evidence=_evidence(aws, outputs, payments),
        buyers=buyers,
        children=children,
    )


def _evidence(aws: LocalAws, outputs: dict[str, str], payments: PaymentControls) -> Evidence:
    return Evidence(
        dynamodb=aws.dynamodb(),
        sqs=aws.sqs(),
        payments=payments,
        table=outputs["OrderTableName"],
        queues={
            "payment queue": outputs["PaymentQueueUrl"],
            "dead-letter queue": outputs["DeadLetterQueueUrl"],
            "relay failure queue": outputs["RelayFailureQueueUrl"],
        },
    )
