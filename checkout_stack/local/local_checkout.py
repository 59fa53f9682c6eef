"""Bring the whole checkout up on this machine."""

from __future__ import annotations

import base64
import secrets
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.buyers import BackOffice, Buyer, UserPool
from checkout_stack.local.cdk_cli import CdkCli, install_cdk_cli
from checkout_stack.local.checkout_client import CheckoutClient, local_host
from checkout_stack.local.checkout_controls import CheckoutControls
from checkout_stack.local.checkout_inspector import CheckoutInspector
from checkout_stack.local.guests import GuestShop
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.ministack import NAME as MINISTACK
from checkout_stack.local.ministack import make_ministack_environment, start_ministack
from checkout_stack.local.payment_service_process import PaymentControls, PaymentServiceProcess
from checkout_stack.local.ports import LOOPBACK

BUYERS = ("ada", "ben")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One checkout of the local run: its stack, and the payment service behind it.

    This is what the local run and its CDK app have to agree on.
    """

    stack_name: str
    payment_timeout_seconds: int
    """Total deadline of one call to the payment service."""

    payment_service: str
    """Name of the payment service's process. Deployments that name the same one share it."""

    captures_later: bool = False
    """Whether its charges are holds, which the back office captures."""

    orders_per_buyer: int | None = None
    """How many orders a buyer may place in an hour. None: it limits nothing."""

    @property
    def url_context(self) -> str:
        """The CDK context in which the app finds the URL of charges and of look-ups."""
        return f"paymentServiceUrlOf{self.stack_name}"


PLAIN = Deployment(
    stack_name="CheckoutLocal", payment_timeout_seconds=2, payment_service="payment service"
)
"""The checkout that people try. 2 s is long for loopback, and short for the person who waits."""

FAULTS = Deployment(
    stack_name="CheckoutFaults",
    payment_timeout_seconds=1,
    payment_service="failing payment service",
)
"""The checkout that is broken on purpose, with the shortest times that synthesis accepts."""

HOLDS = Deployment(
    stack_name="CheckoutHolds",
    payment_timeout_seconds=2,
    payment_service="payment service",
    captures_later=True,
)
"""The checkout whose charges are holds, captured later; at the payment service of ``PLAIN``."""

DEPLOYMENTS = (PLAIN, FAULTS, HOLDS)
"""Those of ``make run``, each only where a row of it is wanted. ``make serve`` has the first."""

UNDER_LOAD = Deployment(
    stack_name="CheckoutUnderLoad",
    payment_timeout_seconds=2,
    payment_service="payment service",
    orders_per_buyer=20,
)
"""A checkout of ``make chaos``: as people try it, with the limits that the docs advise."""

HOLDS_UNDER_LOAD = replace(UNDER_LOAD, stack_name="CheckoutHoldsUnderLoad", captures_later=True)
"""The other one, whose charges are holds; at the same payment service."""

ON_TRIAL = (UNDER_LOAD, HOLDS_UNDER_LOAD)
"""Those of ``make chaos``."""


@dataclass(frozen=True, kw_only=True)
class LocalCheckout:
    """A checkout that is up: how to use it, and how to see what it did."""

    run: LocalRun
    aws: LocalAws
    outputs: Mapping[str, str]
    """Of its stack."""

    payment_service: PaymentServiceProcess
    client: CheckoutClient
    controls: CheckoutControls
    inspector: CheckoutInspector
    users: UserPool
    buyers: Mapping[str, Buyer]
    """Those of ``BUYERS``, by name."""

    guests: GuestShop | None = None
    """The API for buyers who do not sign in; None: its stack has none."""

    @classmethod
    def of(
        cls,
        run: LocalRun,
        aws: LocalAws,
        outputs: Mapping[str, str],
        payment_service: PaymentServiceProcess,
        users: UserPool,
        *,
        buyers: Mapping[str, Buyer] | None = None,
        client: CheckoutClient | None = None,
    ) -> LocalCheckout:
        """A checkout that was deployed.

        :param buyers: Those of ``BUYERS``. Default: they are signed up here.
        :param client: Of its HTTP API. Default: the one at ``ApiUrl``.
        """
        return cls(
            run=run,
            aws=aws,
            outputs=outputs,
            payment_service=payment_service,
            client=client or CheckoutClient(outputs["ApiUrl"], run.ports.api),
            controls=CheckoutControls(run, aws, outputs, payment_service.controls),
            inspector=CheckoutInspector(aws, outputs, payment_service.controls),
            users=users,
            buyers=buyers or users.sign_up_and_in(*BUYERS),
            guests=_guests(run, aws, outputs),
        )

    @property
    def payments(self) -> PaymentControls:
        """Settings and ledger of its payment service."""
        return self.payment_service.controls

    @property
    def back_office(self) -> BackOffice:
        """Who may ask for refunds and captures by the HTTP API."""
        return BackOffice(self.users, self.outputs["BackOfficeClientId"], self.run.ports.api)

    def check_running(self) -> None:
        """Raise, with the end of its log, if something that has to run does not."""
        self.run.processes.check_running(MINISTACK)
        self.payment_service.check_running()


def bring_up(run: LocalRun, deployments: Sequence[Deployment]) -> list[LocalCheckout]:
    """Deploy checkouts with the real CDK CLI to a local AWS, each with its payment service."""
    with run.progress.step("environments"):
        make_ministack_environment(run)
        install_cdk_cli(run)
    services = payment_services(run, deployments)
    with (
        run.progress.step("MiniStack, payment service, cdk bootstrap, cdk synth"),
        ThreadPoolExecutor(max_workers=1) as aside,
    ):
        try:
            synthesis = aside.submit(synthesize, run, services)
            aws = start_local_aws(run)
            synthesis.result()
        except BaseException:
            run.processes.stop_all()
            raise
    return deploy(run, aws, services)


def start_local_aws(run: LocalRun) -> LocalAws:
    """Start the local AWS and bootstrap its account."""
    aws = start_ministack(run, make_ministack_environment(run))
    CdkCli(run).bootstrap(aws)
    return aws


Services = Mapping[Deployment, PaymentServiceProcess]


def payment_services(run: LocalRun, deployments: Sequence[Deployment]) -> Services:
    """The payment service of each deployment, not started yet."""
    ports = {FAULTS.payment_service: run.ports.failing_payment_service}
    services = {
        name: PaymentServiceProcess(
            run,
            PaymentControls(ports.get(name, run.ports.payment_service), secrets.token_urlsafe(24)),
            name,
        )
        for name in {each.payment_service for each in deployments}
    }
    return {each: services[each.payment_service] for each in deployments}


def synthesize(run: LocalRun, services: Services) -> None:
    """Synthesize the local run's CDK app with the addresses of the payment services."""
    urls = {each.url_context: service.controls.charges_url for each, service in services.items()}
    CdkCli(run).synthesize(f'"{sys.executable}" -m checkout_stack.local.app', urls)


def deploy(run: LocalRun, aws: LocalAws, services: Services) -> list[LocalCheckout]:
    """Deploy what was synthesized, and start the payment services."""
    for service in {each.name: each for each in services.values()}.values():
        service.start()
    with run.progress.step("cdk deploy"):
        outputs = CdkCli(run).deploy([each.stack_name for each in services], aws)
    with run.progress.step("secret and buyers"):
        return [
            _ready(run, aws, outputs[deployment.stack_name], service)
            for deployment, service in services.items()
        ]


def _ready(
    run: LocalRun, aws: LocalAws, outputs: dict[str, str], service: PaymentServiceProcess
) -> LocalCheckout:
    aws.secrets_manager().put_secret_value(
        SecretId=outputs["PaymentSecretArn"], SecretString=service.controls.secret
    )
    if "WebhookUrl" in outputs:
        secret = webhook_secret()
        aws.secrets_manager().put_secret_value(
            SecretId=outputs["WebhookSecretArn"], SecretString=secret
        )
        send_webhooks(run, outputs["WebhookUrl"], service.controls, secret)
    users = UserPool(aws, outputs["UserPoolId"], outputs["UserPoolClientId"])
    return LocalCheckout.of(run, aws, outputs, service, users)


def _guests(run: LocalRun, aws: LocalAws, outputs: Mapping[str, str]) -> GuestShop | None:
    if "GuestApiUrl" not in outputs:
        return None
    made = aws.secrets_manager().get_secret_value(SecretId=outputs["CartSecretArn"])
    client = CheckoutClient(outputs["GuestApiUrl"], run.ports.api)
    return GuestShop(client, made["SecretString"], outputs["Namespace"])


def webhook_secret() -> str:
    """A new secret to sign webhooks with, as Standard Webhooks has them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def send_webhooks(run: LocalRun, url: str, payments: PaymentControls, secret: str) -> None:
    """Let the payment service send webhooks to a deployed API, by its address on this machine."""
    port = run.ports.api
    payments.send_webhooks_to(
        f"http://{LOOPBACK}:{port}{urlsplit(url).path}", host=local_host(url, port), secret=secret
    )
