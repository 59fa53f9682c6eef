"""Bring the whole checkout up on this machine, and take all of it down."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.app_settings import (
    LOOK_UP_URL_CONTEXT,
    PAYMENT_SERVICE_URL_CONTEXT,
    STACK_NAME,
)
from checkout_stack.local.aws import LocalAws
from checkout_stack.local.buyers import Buyer, sign_up_and_in
from checkout_stack.local.cdk_cli import CdkCli, install_cdk_cli
from checkout_stack.local.checkout_client import CheckoutClient
from checkout_stack.local.evidence import Evidence
from checkout_stack.local.ministack import (
    NAME as MINISTACK,
)
from checkout_stack.local.ministack import (
    make_ministack_environment,
    start_ministack,
)
from checkout_stack.local.payment_service_process import (
    NAME as PAYMENT_SERVICE,
)
from checkout_stack.local.payment_service_process import (
    PaymentControls,
    start_payment_service,
)
from checkout_stack.local.places import Places
from checkout_stack.local.ports import Ports
from checkout_stack.local.processes import Children
from checkout_stack.local.progress import Progress
from checkout_stack.local.run_directory import new_run_directory

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
    evidence: Evidence
    buyers: dict[str, Buyer]
    children: Children

    def check_running(self) -> None:
        """Raise, with the end of its log, if something that has to run does not."""
        self.children.check_running(MINISTACK, PAYMENT_SERVICE)


@contextmanager
def local_checkout(places: Places, ports: Ports, progress: Progress) -> Iterator[LocalCheckout]:
    """The production constructs, deployed by the real CDK CLI to a local AWS."""
    with new_run_directory(places.runs, progress.say) as directory:
        children = Children(directory)
        try:
            yield _bring_up(places, directory, ports, children, progress)
        finally:
            children.stop_all()


def _bring_up(
    places: Places, directory: Path, ports: Ports, children: Children, progress: Progress
) -> LocalCheckout:
    with progress.step("environments"):
        python = make_ministack_environment(places, progress)
        install_cdk_cli(places, children, progress)
    cdk = CdkCli(places, directory, children)
    payments = PaymentControls(ports.payment_service, secrets.token_urlsafe(24))
    urls = {
        PAYMENT_SERVICE_URL_CONTEXT: payments.charges_url,
        LOOK_UP_URL_CONTEXT: payments.charges_url,
    }
    with (
        progress.step("MiniStack, payment service, cdk bootstrap, cdk synth"),
        ThreadPoolExecutor(max_workers=1) as aside,
    ):
        synthesis = aside.submit(cdk.synthesize, "checkout_stack.local.app", urls)
        try:
            _, aws = start_ministack(python, directory, ports, children)
            start_payment_service(payments, directory / "ledger.sqlite", places, children)
            cdk.bootstrap(aws)
            synthesis.result()
        except BaseException:
            children.stop_all()
            raise
    with progress.step("cdk deploy"):
        outputs = cdk.deploy(STACK_NAME, aws)
    with progress.step("secret and buyers"):
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
