"""Checkouts are found on the local AWS by their functions, whoever deployed them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from checkout_stack.api.payment_webhook import PATH
from checkout_stack.local.aws import LocalAws
from checkout_stack.local.event_tail import EventTail
from checkout_stack.local.local_checkout import PLAIN, Deployment, LocalCheckout
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.own_app.found_checkouts import (
    WEBHOOK_PATH,
    FoundCheckout,
    find_checkouts,
)
from checkout_stack.local.own_app.named_resources import fill_secrets, make_buses

pytestmark = pytest.mark.local


@pytest.fixture
def found(
    shared_run: LocalRun,
    bootstrapped_aws: LocalAws,
    checkouts: Mapping[Deployment, LocalCheckout],
) -> dict[Deployment, FoundCheckout]:
    """What is found of the checkouts of the local run."""
    everything = find_checkouts(shared_run, bootstrapped_aws)
    return {
        deployment: each
        for deployment in checkouts
        for each in everything
        if each.name.startswith(deployment.stack_name)
    }


def test_each_is_found_with_what_its_stack_says_of_itself(
    found: Mapping[Deployment, FoundCheckout], checkouts: Mapping[Deployment, LocalCheckout]
) -> None:
    assert found.keys() == checkouts.keys()
    for deployment in checkouts:
        said, seen = checkouts[deployment].outputs, found[deployment].outputs
        assert {name: _named(value) for name, value in seen.items()} == {
            name: _named(said[name]) for name in seen
        }
        assert {"ApiUrl", "EventBusName"} <= seen.keys()
    assert "WebhookUrl" in found[PLAIN].outputs


def _named(value: str) -> tuple[str, str]:
    """A name, or an API or queue by its address: hosts are said in several ways."""
    api, _, rest = str(urlsplit(value).hostname).partition(".execute-api.")
    return (api if rest else ""), urlsplit(value).path.rstrip("/")


def test_webhooks_come_to_the_route_that_the_construct_makes() -> None:
    assert WEBHOOK_PATH == PATH


def test_webhooks_of_a_service_that_is_not_replaced_have_no_sender(
    found: Mapping[Deployment, FoundCheckout],
    shared_run: LocalRun,
    bootstrapped_aws: LocalAws,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FoundCheckout, "kind", "stripe")

    again = find_checkouts(shared_run, bootstrapped_aws)

    assert found[PLAIN].name in {each.name for each in again}
    assert [each.name for each in again if "WebhookUrl" in each.outputs] == []


def test_what_the_app_only_names_is_made_with_a_value_for_what_it_is_for(
    bootstrapped_aws: LocalAws,
) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:"
    named = FoundCheckout(
        variables={
            "process_payments": {"PAYMENT_SERVICE_SECRET_ARN": f"{arn}shop/charges"},
            "receive_webhook": {"WEBHOOK_SECRET_ARN": f"{arn}shop/webhooks"},
        },
        outputs={"EventBusName": "of-another-team"},
    )

    for _ in range(2):  # what is there by then gets its value, too
        make_buses(bootstrapped_aws, [named])
        fill_secrets(
            bootstrapped_aws, [named], charges_and_carts="charges", signs_webhooks="whsec_c2VjcmV0"
        )

    read = bootstrapped_aws.secrets_manager().get_secret_value
    assert read(SecretId="shop/charges")["SecretString"] == "charges"
    assert read(SecretId="shop/webhooks")["SecretString"] == "whsec_c2VjcmV0"
    buses = bootstrapped_aws.event_bus().list_event_buses()["EventBuses"]
    assert "of-another-team" in {each["Name"] for each in buses}


def test_each_event_of_a_checkout_is_a_line_and_what_else_is_on_the_bus_is_none(
    bootstrapped_aws: LocalAws,
) -> None:
    events = bootstrapped_aws.event_bus()
    events.create_event_bus(Name="Tailed")
    said: list[str] = []
    tail = EventTail(bootstrapped_aws, ["Tailed", "Tailed"], said.append)
    others = {"EventBusName": "Tailed", "DetailType": "OrderPaid", "Detail": '{"order_id": "x"}'}
    ours = {**others, "Source": "idempotent-checkout", "Detail": '{"order_id": "ord_1"}'}

    events.put_events(Entries=[{**others, "Source": "billing"}, ours])
    tail.look()
    tail.look()

    [line] = said
    assert 'ord_1 event OrderPaid {"order_id": "ord_1"}' in line
