"""The browser's module on the deployed stack, from a page of another origin: orders and charges."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from checkout_stack.local.local_checkout import LocalCheckout
from tests.clients.scripted_api import serving_files
from tests.clients.tab import CART, FILES, Tab

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.local, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
UNHURRIED = {"pause": 1_000, "patience": 60_000, "timeout": 20_000}


@pytest.fixture
def tab(browser: Browser, checkout: LocalCheckout) -> Iterator[Tab]:
    """A page with the token of a buyer who is signed in."""
    with serving_files(FILES) as shop:
        context = browser.new_context()
        context.set_default_timeout(60_000)
        token = checkout.buyers["ada"].id_token
        context.add_init_script(f"window.token = {token!r};")
        yield Tab.opened(context, shop, f"http://{checkout.client.host}", **UNHURRIED)
        context.close()


@pytest.fixture
def cart() -> dict[str, Any]:
    """A cart of a customer of its own."""
    return {**CART, "customer": f"browser-{uuid.uuid4()}"}


def assert_one_order_and_charge(checkout: LocalCheckout, cart: dict[str, Any]) -> None:
    customer = cart["customer"]
    assert [order.status for order in checkout.inspector.orders(customer)] == ["PAID"]
    assert len(checkout.inspector.charges(customer)) == 1


def test_a_first_order_is_paid(tab: Tab, checkout: LocalCheckout, cart: dict[str, Any]) -> None:
    paid = tab.pay(cart)

    assert paid["outcome"] == "paid", tab.said
    assert paid["order"]["amount"] == CART["amount"]
    assert_one_order_and_charge(checkout, cart)


def test_the_page_of_the_guide_pays_as_it_is_printed(
    browser: Browser, checkout: LocalCheckout
) -> None:
    guide = (ROOT / "docs" / "guide" / "browser.md").read_text()
    [page] = re.findall(r"```html\n(.*?)```", guide, re.DOTALL)
    page = page.replace('"HTTP API"', f'"http://{checkout.client.host}"')
    page = page.replace('"TOKEN"', repr(checkout.buyers["ben"].id_token))
    with serving_files({**FILES, "/": ("text/html; charset=utf-8", page)}) as shop:
        visited = browser.new_page()
        visited.goto(shop)
        visited.get_by_role("button", name="Pay €42.00").click()

        expect(visited.get_by_role("status")).to_have_text(re.compile("^paid ord_"), timeout=60_000)
        visited.context.close()


def test_an_answer_that_is_lost_is_asked_for_again_and_found_to_be_the_same_order(
    tab: Tab, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    tab.page.evaluate(
        """() => {
          const reallyFetch = window.fetch;
          window.lost = [];
          window.fetch = async (url, request) => {
            const answer = await reallyFetch(url, request);
            if (request.method !== "POST" || lost.length) return answer;
            lost.push(answer.status);
            throw new TypeError("lost");
          };
        }"""
    )

    assert tab.pay(cart)["outcome"] == "paid"
    assert tab.page.evaluate("lost") == [202]
    assert_one_order_and_charge(checkout, cart)


def test_a_killed_tab_and_a_second_one_are_one_purchase(
    tab: Tab, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    tab.press(cart, "pm_slow_1500ms")
    tab.page.wait_for_timeout(300)
    second = Tab.opened(tab.page.context, tab.shop, tab.api, **UNHURRIED)
    tab.page.close()

    assert second.pay(cart, "pm_slow_1500ms")["outcome"] == "paid"
    assert_one_order_and_charge(checkout, cart)


def test_a_declined_order_is_paid_by_another_card_and_stays_one_order(
    tab: Tab, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    assert tab.pay(cart, "pm_declined")["outcome"] == "declined"
    tab.reload()

    paid = tab.pay(cart, "pm_ok")
    assert (paid["outcome"], paid["order"]["attempt"]) == ("paid", 2)
    assert_one_order_and_charge(checkout, cart)


def test_an_action_is_handed_over_and_the_payment_goes_on_when_the_buyer_acted(
    tab: Tab, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    tab.page.evaluate(
        """() => { window.onAction = ({ url, order }) => new Promise((resolve) => {
          window.actions.push(url);
          window.acted = resolve;
          window.waiting = order.order_id;
        }); }"""
    )
    tab.press(cart, "pm_action_required", acts=True)
    tab.page.wait_for_function("window.waiting")
    checkout.payments.buyer_acts(f"{tab.page.evaluate('waiting')}:1")
    tab.page.evaluate("acted()")

    assert tab.outcome()["outcome"] == "paid"
    assert tab.page.evaluate("actions[0]").startswith("https://")
    assert_one_order_and_charge(checkout, cart)
