"""A payment service in this process, and one deployment that every test of deployed stacks shares.

Tests that deploy carry the mark ``local``, so that one process runs them, on one local AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.cdk_cli import install_cdk_cli
from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.local_checkout import (
    DEPLOYMENTS,
    FAULTS,
    PLAIN,
    Deployment,
    LocalCheckout,
    deploy,
    payment_services,
    start_local_aws,
    synthesize,
)
from checkout_stack.local.local_run import LocalRun, local_run
from checkout_stack.local.messages import Progress
from checkout_stack.local.payment_service_process import PaymentControls
from tests.local.paying import serving

CART = {
    "amount": 4200,
    "currency": "EUR",
    "customer": "cus_1",
    "lines": [{"sku": "mug", "quantity": 2}],
    "payment_method": "pm_ok",
}


@pytest.fixture
def ledger_file(tmp_path: Path) -> Path:
    """Where the ledger of this test is."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def payments(ledger_file: Path) -> Iterator[PaymentControls]:
    """The controls of a running payment service."""
    with serving(ledger_file) as controls:
        yield controls


@pytest.fixture(scope="session")
def shared_run() -> Iterator[LocalRun]:
    """The run that everything deployed belongs to; its synths do without CDK's template check."""
    with local_run(Progress()) as run, pytest.MonkeyPatch.context() as patched:
        patched.setenv("CDK_VALIDATION", "false")
        yield run


@pytest.fixture(scope="session")
def bootstrapped_aws(shared_run: LocalRun) -> LocalAws:
    """A local AWS to which the CDK CLI can deploy."""
    install_cdk_cli(shared_run)
    return start_local_aws(shared_run)


@pytest.fixture(scope="session")
def checkouts(
    request: pytest.FixtureRequest, shared_run: LocalRun, bootstrapped_aws: LocalAws
) -> Mapping[Deployment, LocalCheckout]:
    """The checkouts of the local run, deployed together; for fast tests without the held money."""
    thorough = any(item.get_closest_marker("thorough") for item in request.session.items)
    deployments = DEPLOYMENTS if thorough else (PLAIN, FAULTS)
    services = payment_services(shared_run, deployments)
    synthesize(shared_run, services)
    deployed = deploy(shared_run, bootstrapped_aws, services)
    return dict(zip(deployments, deployed, strict=True))


@pytest.fixture(scope="session")
def dying(checkouts: Mapping[Deployment, LocalCheckout]) -> str:
    """An order whose payment service is down, and whose message will be a dead letter."""
    checkout = checkouts[FAULTS]
    checkout.payment_service.stop()
    answer = checkout.client.place_order(checkout.buyers["ada"], "on-call-0001", CART)
    assert isinstance(answer, Answer)
    return str(answer.body["order_id"])


@pytest.fixture(scope="session")
def checkout(checkouts: Mapping[Deployment, LocalCheckout], dying: str) -> LocalCheckout:
    """The checkout that people try; while they do, a message of the other one dies."""
    return checkouts[PLAIN]
