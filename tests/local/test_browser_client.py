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
from tests.clients.test_failures import A_YEAR_BACK

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = [pytest.mark.local, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
ONE_BAR = {"offline": False, "latency": 400, "downloadThroughput": 5_000, "uploadThroughput": 5_000}
"""A slow mobile network: milliseconds, and bytes a second."""
UNHURRIED = {"pause": 1_000, "patience": 60_000, "timeout": 20_000}


@pytest.fixture
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser profile."""
    context = browser.new_context()
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def shop() -> Iterator[str]:
    """Address of the shop's page."""
    with serving_files(FILES) as address:
        yield address


@pytest.fixture
def tab(profile: BrowserContext, shop: str, checkout: LocalCheckout) -> Tab:
    """A page with the token of a buyer who is signed in."""
    profile.add_init_script(f"window.token = {checkout.buyers['ada'].id_token!r};")
    return Tab.opened(profile, shop, f"http://{checkout.client.host}", **UNHURRIED)


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


def test_two_tabs_that_press_at_once_are_one_purchase(
    tab: Tab, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    second = Tab.opened(tab.page.context, tab.shop, tab.api, **UNHURRIED)
    for each in (tab, second):
        each.press(cart)

    assert [each.outcome()["outcome"] for each in (tab, second)] == ["paid", "paid"]
    assert_one_order_and_charge(checkout, cart)


def test_a_purchase_that_is_pressed_offline_is_made_once_the_network_is_back(
    tab: Tab, profile: BrowserContext, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    profile.set_offline(True)
    tab.press(cart)
    tab.page.wait_for_timeout(300)
    assert checkout.inspector.orders(cart["customer"]) == []
    profile.set_offline(False)

    assert tab.outcome()["outcome"] == "paid"
    assert_one_order_and_charge(checkout, cart)


def test_a_throttled_network_makes_it_slow_and_nothing_else(
    tab: Tab, profile: BrowserContext, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    network = profile.new_cdp_session(tab.page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", ONE_BAR)
    began = tab.page.evaluate("performance.now()")

    assert tab.pay(cart)["outcome"] == "paid"
    assert tab.page.evaluate("performance.now()") - began > ONE_BAR["latency"]
    assert_one_order_and_charge(checkout, cart)


def test_a_clock_that_is_set_between_two_presses_changes_nothing(
    tab: Tab, profile: BrowserContext, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    tab.press(cart, "pm_slow_1500ms")
    tab.page.wait_for_timeout(300)
    profile.add_init_script(A_YEAR_BACK)
    tab.reload()
    assert tab.page.evaluate("Date.now()") == 1

    assert tab.pay(cart, "pm_slow_1500ms")["outcome"] == "paid"
    assert_one_order_and_charge(checkout, cart)


def test_a_guest_pays_by_the_signed_cart_and_finds_the_order_again(
    profile: BrowserContext, shop: str, checkout: LocalCheckout, cart: dict[str, Any]
) -> None:
    guests = checkout.guests
    assert guests is not None
    cart_id = str(uuid.uuid4())
    short = guests.sign(cart_id, {})
    profile.add_init_script(f"window.headers = {{ 'Cart-Token': {short!r} }};")
    tab = Tab.opened(profile, shop, f"http://{guests.client.host}", **UNHURRIED)
    assert tab.pay({"cart": guests.sign(cart_id, cart)}, "pm_declined")["outcome"] == "declined"
    tab.reload()
    assert tab.resume()["outcome"] == "declined"

    signed_again = {"cart": guests.sign(cart_id, cart)}
    paid = tab.pay(signed_again, "pm_ok")
    assert (paid["outcome"], paid["order"]["attempt"]) == ("paid", 2)
    tab.reload()
    assert tab.resume(cart=signed_again)["order"]["order_id"] == paid["order"]["order_id"]
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
