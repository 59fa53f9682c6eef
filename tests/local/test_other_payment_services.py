"""A module of one's own and Stripe, deployed: both are charged once for what is sent twice.

One stack holds a checkout for each. The module is the example's, and charges at its double of Acme.
Stripe's SDK is bundled at synth, and charges at localstripe, behind a proxy that loses answers.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.cdk_cli import CdkCli
from checkout_stack.local.checkout_client import Answer, CheckoutClient
from checkout_stack.local.local_run import LocalRun
from examples.own_payment_service import acme_double
from examples.own_payment_service.acme_double import AcmeDouble
from tests.checkout_runtime.stripe import local_stripe, troubled_proxy
from tests.checkout_runtime.stripe.local_stripe import CARD, REFUSED_CARD, LocalStripe
from tests.checkout_runtime.stripe.troubled_proxy import Proxy

pytestmark = [pytest.mark.local, pytest.mark.thorough]

SECONDS_TO_SETTLE = 60.0
MODULE = Path(acme_double.__file__).parent / "payments"
APP = """
import json, pathlib, sys
import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from checkout_stack import (
    OPEN_ACCESS, CheckoutApi, CheckoutTiming, IdempotentCheckout, PaymentService
)
from checkout_stack.local.ministack_template import for_ministack

module, acme_url, stripe_url = sys.argv[1:]
app = cdk.App()
shop = cdk.Stack(app, "Shops")
secrets = {
    name: secretsmanager.Secret.from_secret_name_v2(shop, f"{name}Key", f"shops/{name}")
    for name in ("Acme", "Stripe")
}
services = {
    "Acme": PaymentService.custom(
        source=pathlib.Path(module),
        factory="acme_payments:make_payment_service",
        key_retention=cdk.Duration.days(7),
        secrets={"acme": secrets["Acme"]},
        environment={"ACME_URL": acme_url},
        timeout=cdk.Duration.seconds(2),
    ),
    "Stripe": PaymentService.stripe(
        secret=secrets["Stripe"], api_url=stripe_url, timeout=cdk.Duration.seconds(4)
    ),
}
timing = CheckoutTiming(
    consumer_timeout=cdk.Duration.seconds(18),
    first_retry=cdk.Duration.seconds(1),
    longest_retry=cdk.Duration.seconds(4),
)
for name, service in services.items():
    checkout = IdempotentCheckout(shop, name, payment_service=service, timing=timing)
    api = CheckoutApi(shop, f"{name}Api", checkout=checkout, authorizer=OPEN_ACCESS)
    cdk.CfnOutput(shop, f"{name}Url", value=api.url)

# What the local AWS does not know is said otherwise (docs/guide/local.md); AWS takes it as it is.
for stack in app.synth().stacks:
    file = pathlib.Path(stack.template_full_path)
    file.write_text(json.dumps(for_ministack(json.loads(file.read_text()))))
"""


@dataclass
class Shops:
    """Two deployed checkouts, and what they charge at."""

    acme: CheckoutClient
    stripe: CheckoutClient
    acme_service: AcmeDouble
    localstripe: LocalStripe
    proxy: Proxy


@pytest.fixture(scope="module")
def shops(
    shared_run: LocalRun, bootstrapped_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shops]:
    """Both, deployed by the CDK CLI."""
    with (
        acme_double.serving() as acme,
        local_stripe.serving() as stripe,
        troubled_proxy.proxying(stripe.url) as proxy,
    ):
        secrets = bootstrapped_aws.secrets_manager()
        for name, key in {"Acme": acme_double.API_KEY, "Stripe": local_stripe.SECRET}.items():
            secrets.create_secret(Name=f"shops/{name}", SecretString=key)
        project = tmp_path_factory.mktemp("shops")
        (project / "app.py").write_text(APP)
        cdk = CdkCli(shared_run, "shops")
        command = f'"{sys.executable}" app.py "{MODULE}" {acme.url} {proxy.url}'
        cdk.synthesize(command, {}, directory=project)
        outputs = cdk.deploy(["Shops"], bootstrapped_aws)["Shops"]
        yield Shops(
            acme=CheckoutClient(outputs["AcmeUrl"], shared_run.ports.api),
            stripe=CheckoutClient(outputs["StripeUrl"], shared_run.ports.api),
            acme_service=acme,
            localstripe=stripe,
            proxy=proxy,
        )


def order(payment_method: str) -> dict[str, Any]:
    return {
        "amount": 4200,
        "currency": "EUR",
        "customer": "cus_1",
        "lines": [{"sku": "mug", "quantity": 2}],
        "payment_method": payment_method,
    }


def placed(client: CheckoutClient, key: str, payment_method: str) -> Answer:
    answer = client.place_order(None, key, order(payment_method))
    assert isinstance(answer, Answer)
    assert answer.status in (200, 202), answer.body
    return answer


def settled(client: CheckoutClient, order_id: str) -> dict[str, Any]:
    """The order once it is settled."""
    until = time.monotonic() + SECONDS_TO_SETTLE
    while True:
        shown = client.get_order(None, order_id).body
        if shown["status"] in ("PAID", "DECLINED", "NEEDS_REVIEW"):
            return shown
        assert time.monotonic() < until, shown
        time.sleep(0.2)


def sent_twice_at_once(client: CheckoutClient, payment_method: str, key: str = "") -> str:
    """The id of the one order that two requests of one intent make."""
    key = key or str(uuid.uuid4())
    with ThreadPoolExecutor(2) as buyers:
        answers = list(buyers.map(lambda _: placed(client, key, payment_method), range(2)))
    order_ids = {answer.body["order_id"] for answer in answers}
    assert sorted(answer.is_replay for answer in answers) == [False, True]
    [order_id] = order_ids
    return str(order_id)


def captured_at_acme(shops: Shops, order_id: str) -> int:
    return sum(key.startswith(order_id) for key in shops.acme_service.captured)


def intents_of(shops: Shops) -> list[str]:
    return sorted(shops.localstripe.intents().values())


def test_a_module_of_ones_own_charges_once_for_what_is_sent_twice(shops: Shops) -> None:
    order_id = sent_twice_at_once(shops.acme, "card_ok", "thrice")
    assert settled(shops.acme, order_id)["status"] == "PAID"
    again = placed(shops.acme, "thrice", "card_ok")
    assert (again.is_replay, again.body["order_id"]) == (True, order_id)
    assert captured_at_acme(shops, order_id) == 1


def test_a_module_whose_answers_are_lost_is_asked_before_it_charges_again(shops: Shops) -> None:
    with shops.acme_service.in_trouble("loses"):
        order_id = sent_twice_at_once(shops.acme, "card_ok")
        until = time.monotonic() + SECONDS_TO_SETTLE
        while captured_at_acme(shops, order_id) == 0:
            assert time.monotonic() < until
            time.sleep(0.1)
    assert settled(shops.acme, order_id)["status"] == "PAID"
    assert captured_at_acme(shops, order_id) == 1


def test_a_modules_no_is_a_decline(shops: Shops) -> None:
    declined = settled(shops.acme, sent_twice_at_once(shops.acme, "card_refused"))
    assert (declined["status"], declined["decline_code"]) == ("DECLINED", "no_funds")


def test_stripe_charges_once_for_what_is_sent_twice(shops: Shops) -> None:
    shops.localstripe.forget_everything()
    order_id = sent_twice_at_once(shops.stripe, CARD)
    assert settled(shops.stripe, order_id)["status"] == "PAID"
    assert len(shops.localstripe.charges()) == 1
    assert intents_of(shops) == ["succeeded"]


def test_an_answer_of_stripe_that_is_lost_is_found_under_its_intent(shops: Shops) -> None:
    shops.localstripe.forget_everything()
    shops.proxy.lose_answers = ["confirm"]
    order_id = sent_twice_at_once(shops.stripe, CARD)
    assert settled(shops.stripe, order_id)["status"] == "PAID"
    assert shops.proxy.lose_answers == []
    assert len(shops.localstripe.charges()) == 1


def test_a_card_that_stripe_refuses_is_a_decline_and_its_intent_is_cancelled(shops: Shops) -> None:
    shops.localstripe.forget_everything()
    declined = settled(shops.stripe, sent_twice_at_once(shops.stripe, REFUSED_CARD))
    assert (declined["status"], declined["decline_code"]) == ("DECLINED", "card_declined")
    assert intents_of(shops) == ["canceled"]
