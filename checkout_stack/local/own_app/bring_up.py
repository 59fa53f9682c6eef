"""Bring an own app up: its stacks on the local AWS, and the local payment service behind them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.buyers import Buyer, UserPool
from checkout_stack.local.checkout_client import CheckoutClient
from checkout_stack.local.local_checkout import (
    BUYERS,
    LocalCheckout,
    send_webhooks,
    webhook_secret,
)
from checkout_stack.local.local_run import LocalRun, Paths, local_run
from checkout_stack.local.loopback_http import request
from checkout_stack.local.messages import LocalRunError, Progress
from checkout_stack.local.ministack import make_ministack_environment, start_ministack
from checkout_stack.local.own_app import stand_in_api
from checkout_stack.local.own_app.assembly import AppStack, stacks_with_checkouts
from checkout_stack.local.own_app.deployment import AppDeployment
from checkout_stack.local.own_app.found_checkouts import FoundCheckout, find_checkouts
from checkout_stack.local.own_app.local_buyers import issuer_of, make_user_pool
from checkout_stack.local.own_app.local_template import LocalPlaces
from checkout_stack.local.own_app.named_resources import fill_secrets, make_buses
from checkout_stack.local.own_app.needs import check_needs
from checkout_stack.local.own_app.synthesis import assembly_of
from checkout_stack.local.payment_service_process import PaymentControls, PaymentServiceProcess
from checkout_stack.local.ports import Ports

SECONDS_TO_START = 15.0
SUPPORTED_TYPES = (
    "import json; from ministack.services.cloudformation import provisioners;"
    "print(json.dumps(sorted(provisioners._RESOURCE_HANDLERS)))"
)
"""A program that prints the resource types that MiniStack's CloudFormation knows."""


@dataclass(frozen=True, kw_only=True)
class OwnCheckout:
    """A checkout of an own app that is up."""

    found: FoundCheckout
    local: LocalCheckout
    has_api: bool
    """Whether its own HTTP API answers, and not the stand-in for one."""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.found.name


@contextmanager
def own_app_run(progress: Progress, **ports: int | None) -> Iterator[LocalRun]:
    """Begin a run for an app of the user's; nothing of it is left at the end.

    :param ports: As :meth:`Ports.choose` takes them.
    :raises LocalRunError: if something that it needs is not installed, or a port is not free.
    """
    check_needs()
    with local_run(progress, Paths.of_own_app(), **ports) as run:
        yield run


def bring_up_app(run: LocalRun, app: str, context: Sequence[str] = ()) -> list[OwnCheckout]:
    """Synthesize an app and deploy every stack with a checkout; returns these checkouts.

    :param app: As ``--app``: a command, or a folder that ``cdk synth`` has written.
    :param context: ``name=value`` each.
    :raises LocalRunError: if the app does not synthesize, has no checkout or cannot be deployed.
    """
    with run.progress.step("cdk synth"):
        stacks = stacks_with_checkouts(assembly_of(run, app, context))
    with run.progress.step("local AWS and payment service"):
        python = make_ministack_environment(run)
        aws = start_ministack(run, python)
        service = PaymentServiceProcess(
            run, PaymentControls(run.ports.payment_service, secrets.token_urlsafe(24))
        )
        service.start()
        users = make_user_pool(aws)
        buyers = users.sign_up_and_in(*BUYERS)
    _deploy(run, aws, stacks, service, users, _supported_types(python))
    found = find_checkouts(run, aws)
    make_buses(aws, found)
    signs_webhooks = webhook_secret()
    fill_secrets(
        aws, found, charges_and_carts=service.controls.secret, signs_webhooks=signs_webhooks
    )
    for each in found:
        if "WebhookUrl" in each.outputs:
            send_webhooks(run, each.outputs["WebhookUrl"], service.controls, signs_webhooks)
    return [_own_checkout(run, aws, each, service, users, buyers) for each in found]


def _deploy(
    run: LocalRun,
    aws: LocalAws,
    stacks: list[AppStack],
    service: PaymentServiceProcess,
    users: UserPool,
    supported: Collection[str],
) -> None:
    places = LocalPlaces(
        charges_url=service.controls.charges_url, issuer=issuer_of(users), audience=users.client
    )
    AppDeployment(run, aws, places, supported).deploy(stacks)


def _supported_types(python: Path) -> frozenset[str]:
    done = subprocess.run(
        [str(python), "-c", SUPPORTED_TYPES], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LocalRunError(f"the local AWS does not say what it knows: {done.stderr[-500:]}")
    return frozenset(json.loads(done.stdout))


def _own_checkout(
    run: LocalRun,
    aws: LocalAws,
    found: FoundCheckout,
    service: PaymentServiceProcess,
    users: UserPool,
    buyers: dict[str, Buyer],
) -> OwnCheckout:
    has_api = "ApiUrl" in found.outputs and not found.signs_carts
    client = None
    if not has_api:
        why = "its carts are signed" if found.signs_carts else "it has no HTTP API to call freely"
        run.progress.say(f"{found.name}: {why}, so the API's functions answer in a local process")
        client = _stand_in(run, aws, found)
        buyers = {name: Buyer(name, name) for name in BUYERS}
    local = LocalCheckout.of(run, aws, found.outputs, service, users, buyers=buyers, client=client)
    return OwnCheckout(found=found, local=local, has_api=has_api)


def _stand_in(run: LocalRun, aws: LocalAws, found: FoundCheckout) -> CheckoutClient:
    port = Ports.choose().shop
    told = found.variables["process_payments"]
    child = run.processes.start(
        f"stand-in API of {found.name}",
        [sys.executable, "-m", stand_in_api.__name__, str(port), str(run.directory)],
        environment={
            "PATH": os.defpath,
            **aws.environment(),
            "ORDER_TABLE_NAME": told["ORDER_TABLE_NAME"],
            "UNSETTLED_SHARDS": told["UNSETTLED_SHARDS"],
            "CHECKOUT_NAMESPACE": "local",
            "MAX_PAYMENT_ATTEMPTS": "5",
            "SCOPE_FROM": json.dumps(stand_in_api.SCOPE_FROM),
        },
        directory=run.paths.root,
    )
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        child.check_running()
        try:
            request(port, "GET", "/", timeout=2)
        except OSError:
            time.sleep(0.05)
            continue
        return CheckoutClient("http://stand-in", port)
    raise LocalRunError(f"the {child.name} does not answer; its log: {child.log}")
