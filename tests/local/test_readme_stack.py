"""A stack from the README, outside the repository and with only the wheel, makes one charge.

Its text is cut out of the README, so what a newcomer copies is what is deployed here.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.buyers import UserPool
from checkout_stack.local.cdk_cli import CdkCli
from checkout_stack.local.local_checkout import PLAIN, LocalCheckout
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.messages import Progress
from checkout_stack.local.payment_service_process import PaymentControls, PaymentServiceProcess
from checkout_stack.local.ports import Ports
from checkout_stack.local.scenarios import resubmissions
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.scenarios.verdict import Verdict
from tests.docs.pages import README_PROGRAM
from tests.package.distributions import STACK, build

pytestmark = [pytest.mark.local, pytest.mark.package]

SCENARIOS = resubmissions.SCENARIOS
README_URL = "https://payments.example.com/charges"
README_BUYERS = re.compile(r"authorizers\.HttpJwtAuthorizer\(.*\)")
#: A pool of buyers on the local AWS, in place of an identity provider that only AWS can ask.
POOL = """
import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers, aws_cognito as cognito

def pool_authorizer(app):
    people = cdk.Stack(app, "People")
    pool = cognito.UserPool(people, "Buyers", sign_in_aliases=cognito.SignInAliases(email=True))
    web = pool.add_client("Web", auth_flows=cognito.AuthFlow(admin_user_password=True))
    for name, value in {"Pool": pool.user_pool_id, "Client": web.user_pool_client_id}.items():
        cdk.CfnOutput(people, name, value=value)
    return authorizers.HttpUserPoolAuthorizer("Buyers", pool, user_pool_clients=[web])
"""
APP = """
import json, pathlib
import aws_cdk as cdk
from checkout_stack.local.ministack_template import for_ministack
from shop import app, checkout, stack

# What the scenarios count orders and messages by.
for name, value in {
    "ApiUrl": stack.node.find_child("Api").url,
    "OrderTableName": checkout.order_table.table_name,
    "PaymentQueueUrl": checkout.payment_queue.queue_url,
    "DeadLetterQueueUrl": checkout.dead_letter_queue.queue_url,
    "RelayFailureQueueUrl": checkout.relay_failure_queue.queue_url,
}.items():
    cdk.CfnOutput(stack, name, value=value)

# What the local AWS does not know is said otherwise (docs/guide/local.md); AWS takes it as it is.
for each in app.synth().stacks:
    file = pathlib.Path(each.template_full_path)
    file.write_text(json.dumps(for_ministack(json.loads(file.read_text()))))
"""


def readme_with(payments_url: str) -> str:
    """The README's program, with a payment service and buyers that are here, before its synth."""
    text, buyers = README_BUYERS.subn("pool_authorizer(app)", README_PROGRAM)
    assert buyers == text.count(README_URL) == text.count("app.synth()") == 1
    text = text.replace(README_URL, payments_url).replace("app.synth()", "")
    return f"from people import pool_authorizer\n{text}"


@pytest.fixture(scope="module")
def wheel_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel and what the wheel declares."""
    directory = tmp_path_factory.mktemp("wheel")
    return build(directory).install(STACK, directory / "environment")


@pytest.fixture(scope="module")
def shop(
    wheel_only: Path,
    shared_run: LocalRun,
    bootstrapped_aws: LocalAws,
    tmp_path_factory: pytest.TempPathFactory,
) -> LocalCheckout:
    """The README's stack, deployed by the CDK CLI from a directory of its own."""
    aws, project = bootstrapped_aws, tmp_path_factory.mktemp("shop")
    payments = PaymentControls(Ports.choose().payment_service, secrets.token_urlsafe(24))
    service = PaymentServiceProcess(shared_run, payments, "readme payment service")
    service.start()
    (project / "people.py").write_text(POOL)
    (project / "shop.py").write_text(readme_with(payments.charges_url))
    (project / "app.py").write_text(APP)
    aws.secrets_manager().create_secret(Name="shop/payment-key", SecretString=payments.secret)
    cdk = CdkCli(shared_run, "readme")
    cdk.synthesize(f'"{wheel_only}" app.py', {}, directory=project)
    outputs = cdk.deploy(["People", "Shop"], aws)
    users = UserPool(aws, outputs["People"]["Pool"], outputs["People"]["Client"])
    return LocalCheckout.of(shared_run, aws, outputs["Shop"], service, users)


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
