"""A stack from the README, outside the repository and with only the wheel, makes one charge.

Its text is cut out of the README, so what a newcomer copies is what is deployed here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout_stack.local.app_settings import PLAIN
from checkout_stack.local.buyers import sign_up_and_in
from checkout_stack.local.cdk_cli import CdkCli, install_cdk_cli
from checkout_stack.local.checkout_client import CheckoutClient
from checkout_stack.local.evidence import Evidence
from checkout_stack.local.local_checkout import BUYERS, LocalCheckout
from checkout_stack.local.ministack import make_ministack_environment, start_ministack
from checkout_stack.local.operations import Operations
from checkout_stack.local.payment_service_process import PaymentControls, PaymentServiceProcess
from checkout_stack.local.places import Places
from checkout_stack.local.ports import Ports
from checkout_stack.local.processes import Children
from checkout_stack.local.progress import Progress
from checkout_stack.local.run_directory import new_run_directory
from checkout_stack.local.scenarios import intents, resubmissions
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.scenarios.verdict import Verdict
from tests.package.distributions import CHECKOUT, STACK, build

pytestmark = pytest.mark.local

SCENARIOS = (*resubmissions.SCENARIOS, *intents.SCENARIOS)
README_URL = "https://payments.example.com/charges"
APP = """
import json, pathlib
import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers, aws_cognito as cognito
from checkout_stack.local.ministack_template import for_ministack
from shop import Shop

app = cdk.App()
people = cdk.Stack(app, "People")
pool = cognito.UserPool(people, "Buyers", sign_in_aliases=cognito.SignInAliases(email=True))
web = pool.add_client("Web", auth_flows=cognito.AuthFlow(admin_user_password=True))
for name, value in {"Pool": pool.user_pool_id, "Client": web.user_pool_client_id}.items():
    cdk.CfnOutput(people, name, value=value)
authorizer = authorizers.HttpUserPoolAuthorizer("Buyers", pool, user_pool_clients=[web])
shop = Shop(app, "Shop", authorizer=authorizer)

# What the scenarios count orders and messages by.
checkout, api = shop.node.find_child("Checkout"), shop.node.find_child("Api")
for name, value in {
    "ApiUrl": api.url,
    "OrderTableName": checkout.order_table.table_name,
    "PaymentQueueUrl": checkout.payment_queue.queue_url,
    "DeadLetterQueueUrl": checkout.dead_letter_queue.queue_url,
    "RelayFailureQueueUrl": checkout.relay_failure_queue.queue_url,
}.items():
    cdk.CfnOutput(shop, name, value=value)

# What the local AWS does not know is said otherwise (docs/local.md); AWS takes it as it is.
for stack in app.synth().stacks:
    file = pathlib.Path(stack.template_full_path)
    file.write_text(json.dumps(for_ministack(json.loads(file.read_text()))))
"""


def stack_in_the_readme() -> str:
    """The first Python block of the README."""
    found = re.search(r"```python\n(.*?)```", (CHECKOUT / "README.md").read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def wheel_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel and what the wheel declares."""
    directory = tmp_path_factory.mktemp("wheel")
    return build(directory).install(STACK, directory / "environment")


@pytest.fixture(scope="module")
def shop(wheel_only: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCheckout]:
    """The README's stack, deployed by the CDK CLI from a directory of its own."""
    project = tmp_path_factory.mktemp("shop")
    places, ports, progress = Places.of_this_clone(), Ports.choose(), Progress()
    with new_run_directory(places.runs, progress.say) as directory:
        children = Children(directory)
        try:
            yield _deployed(wheel_only, project, directory, places, ports, children, progress)
        finally:
            children.stop_all()


def _deployed(
    python: Path,
    project: Path,
    directory: Path,
    places: Places,
    ports: Ports,
    children: Children,
    progress: Progress,
) -> LocalCheckout:
    ministack = make_ministack_environment(places, progress)
    install_cdk_cli(places, children, progress)
    _, aws = start_ministack(ministack, directory, ports, children)
    payments = PaymentControls(ports.payment_service, secrets.token_urlsafe(24))
    service = PaymentServiceProcess(
        controls=payments,
        name="payment service",
        ledger=directory / "ledger.sqlite",
        places=places,
        children=children,
    )
    service.start()
    text = stack_in_the_readme()
    assert README_URL in text
    (project / "shop.py").write_text(text.replace(README_URL, payments.charges_url))
    (project / "app.py").write_text(APP)
    aws.secrets_manager().create_secret(Name="shop/payment-key", SecretString=payments.secret)
    cdk = CdkCli(places, directory, children)
    cdk.synthesize(f'"{python}" app.py', {}, directory=project)
    cdk.bootstrap(aws)
    told = cdk.deploy(["People", "Shop"], aws)
    outputs = told["Shop"]
    buyers = sign_up_and_in(aws, told["People"]["Pool"], told["People"]["Client"], *BUYERS)
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
            python=ministack,
        ),
        evidence=Evidence(
            dynamodb=aws.dynamodb(),
            sqs=aws.sqs(),
            payments=payments,
            table=outputs["OrderTableName"],
            queues={
                "payment queue": outputs["PaymentQueueUrl"],
                "dead-letter queue": outputs["DeadLetterQueueUrl"],
                "relay failure queue": outputs["RelayFailureQueueUrl"],
            },
        ),
        buyers={buyer.name: buyer for buyer in buyers},
        children=children,
    )


@pytest.fixture(scope="module")
def verdict(shop: LocalCheckout) -> Verdict:
    """What the buyers of the scenarios do, tried once."""
    return try_all(SCENARIOS, {PLAIN: shop}, Progress())


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_a_resubmission_to_the_readmes_stack_ends_as_promised(verdict: Verdict, name: str) -> None:
    [row] = [row for row in verdict.rows if row.scenario.name == name]
    assert row.deviations == ()


def test_nothing_is_left_in_its_queues(verdict: Verdict) -> None:
    assert not any(verdict.left_in_queues.values()), verdict.left_in_queues
