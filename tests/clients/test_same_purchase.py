"""One purchase has one key: over reloads, tabs, killed pages, failures and clock changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.scripted_api import (
    CAPTIVE_PORTAL,
    HANGS,
    LOST_ANSWER,
    LOST_REQUEST,
    Fault,
    ScriptedApi,
    refusal,
)
from tests.clients.tab import CART, NAMED_CART, Tab

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

WITHOUT_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});"""
WITHOUT_LOCKS = 'Object.defineProperty(Navigator.prototype, "locks", { value: undefined });'
A_YEAR_BACK = "Date.now = () => 1; Date = class extends Date { constructor() { super(1); } };"


def assert_one_order(api: ScriptedApi, requests: int) -> None:
    assert len(api.keys()) == requests
    assert len(set(api.keys())) == 1
    assert len(api.orders) == 1


def test_a_purchase_is_placed_once_and_followed_until_it_is_paid(
    tab: Tab, api: ScriptedApi
) -> None:
    paid = tab.pay()

    assert (paid["outcome"], paid["order"]["status"]) == ("paid", "PAID")
    assert api.whats() == ["POST /orders", "GET /orders/*", "GET /orders/*"]
    assert api.asked[0].body == CART


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(LOST_REQUEST, id="the request is lost"),
        pytest.param(LOST_ANSWER, id="the answer is lost"),
        pytest.param(HANGS, id="the answer comes too late"),
        pytest.param(refusal(500), id="500"),
        pytest.param(refusal(503, "try-again", retry_after="0.05"), id="503"),
        pytest.param(refusal(429), id="429"),
        pytest.param(refusal(409), id="409 of a gateway"),
        pytest.param(refusal(408), id="408"),
        pytest.param(CAPTIVE_PORTAL, id="200 of a captive portal"),
    ],
)
def test_a_failure_is_answered_by_the_same_request_under_the_same_key(
    tab: Tab, api: ScriptedApi, fault: Fault
) -> None:
    api.faults["POST /orders"].extend([fault, fault])

    assert tab.pay()["outcome"] == "paid"
    assert_one_order(api, requests=3)


def test_failures_while_the_order_is_followed_change_nothing(tab: Tab, api: ScriptedApi) -> None:
    api.faults["GET /orders/*"].extend([LOST_ANSWER, refusal(502), CAPTIVE_PORTAL, refusal(429)])

    assert tab.pay()["outcome"] == "paid"
    assert_one_order(api, requests=1)


def test_what_no_answer_came_to_can_be_paid_later_under_the_same_key(
    tab: Tab, api: ScriptedApi
) -> None:
    tab.begin(patience=50)
    api.faults["POST /orders"].extend([LOST_ANSWER] * 5)

    assert tab.pay() == {"outcome": "waiting", "order": None, "error": "No answer"}
    api.faults.clear()
    tab.begin(patience=3000)
    assert tab.pay()["outcome"] == "paid"
    assert len(set(api.keys())) == 1
    assert len(api.orders) == 1


def test_offline_waits_for_the_network(tab: Tab, profile: BrowserContext, api: ScriptedApi) -> None:
    tab.begin(pause=400)
    profile.set_offline(True)
    tab.press()
    tab.page.wait_for_timeout(100)
    assert api.asked == []
    profile.set_offline(False)

    assert tab.outcome()["outcome"] == "paid"
    assert_one_order(api, requests=1)


def test_a_browser_that_is_online_again_asks_at_once(
    tab: Tab, profile: BrowserContext, api: ScriptedApi
) -> None:
    tab.begin(pause=30_000, patience=100_000)
    profile.set_offline(True)
    tab.press()
    tab.page.wait_for_timeout(100)
    profile.set_offline(False)
    tab.page.wait_for_timeout(300)

    assert_one_order(api, requests=1)


def test_a_reload_keeps_the_key(tab: Tab, api: ScriptedApi) -> None:
    tab.press(method="pm_stuck")
    tab.page.wait_for_timeout(100)
    tab.reload()
    tab.press(method="pm_ok")
    tab.page.wait_for_timeout(100)

    assert_one_order(api, requests=2)


def test_the_back_button_keeps_the_key(tab: Tab, api: ScriptedApi) -> None:
    tab.press(method="pm_stuck")
    tab.page.wait_for_timeout(100)
    tab.page.goto(f"{tab.shop}/other")
    tab.page.go_back()
    tab.begin()
    tab.press()
    tab.page.wait_for_timeout(100)

    assert_one_order(api, requests=2)


def test_another_object_of_the_module_keeps_the_key(tab: Tab, api: ScriptedApi) -> None:
    tab.press(method="pm_stuck")
    tab.begin()
    tab.press()
    tab.page.wait_for_timeout(100)

    assert_one_order(api, requests=2)


def test_a_killed_tab_is_gone_on_with_in_a_new_one(
    tab: Tab, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    api.faults["POST /orders"].append(HANGS)
    tab.press()
    tab.page.wait_for_timeout(100)
    tab.page.close()
    new = open_tab()

    found = new.resume()

    assert found["outcome"] == "paid"
    assert_one_order(api, requests=1)
    assert api.whats()[1] == "GET /orders?key="


def test_where_the_api_finds_no_orders_by_key_a_killed_tab_pays_again_under_the_same_key(
    tab: Tab, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    api.has_later_fields = False
    api.faults["POST /orders"].append(HANGS)
    tab.press()
    tab.page.wait_for_timeout(100)
    tab.page.close()
    new = open_tab()

    assert new.resume() is None
    assert new.pay()["outcome"] == "paid"
    assert_one_order(api, requests=2)


@pytest.mark.parametrize("script", ["", WITHOUT_LOCKS], ids=["Web Locks", "no Web Locks"])
def test_two_tabs_that_press_at_the_same_moment_share_the_key(
    profile: BrowserContext, open_tab: Callable[..., Tab], api: ScriptedApi, script: str
) -> None:
    profile.add_init_script(script)
    tabs = [open_tab(), open_tab()]
    moment = tabs[0].page.evaluate("Date.now() + 300")
    for tab in tabs:
        tab.page.evaluate(
            """([cart, moment]) => {
              setTimeout(() => {
                window.paying = told(checkout.pay(cart, { paymentMethod: "pm_ok" }));
              }, moment - Date.now());
            }""",
            [CART, moment],
        )
    for tab in tabs:
        tab.page.wait_for_function("window.paying")

    assert [tab.outcome()["outcome"] for tab in tabs] == ["paid", "paid"]
    assert_one_order(api, requests=2)


def test_another_tab_is_told_how_the_purchase_goes(tab: Tab, open_tab: Callable[..., Tab]) -> None:
    tab.page.evaluate(
        "() => { window.heard = []; window.stop = checkout.subscribe((it) => heard.push(it)); }"
    )
    other = open_tab()
    other.pay(method="pm_declined")
    tab.page.wait_for_function("heard.at(-1)?.outcome === 'declined'")
    other.pay(method="pm_ok")
    tab.page.wait_for_function("heard.at(-1) === null")
    tab.page.evaluate("stop()")
    other.pay({**CART, "amount": 1})

    assert tab.page.evaluate("heard.at(-1)") is None


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        ({"amount": 4300}, True),
        ({"currency": "USD"}, True),
        ({"customer": "cus_2"}, True),
        ({"lines": [{"sku": "mug", "quantity": 1}]}, True),
        ({"lines": [*CART["lines"], CART["lines"][0]]}, True),
        ({"lines": [{"sku": "mug2", "quantity": 2}, {"sku": "tea", "quantity": 1}]}, True),
        ({"lines": CART["lines"][::-1]}, False),
        ({"id": "a cart's own"}, True),
    ],
)
def test_another_content_is_another_purchase(
    tab: Tab, api: ScriptedApi, change: dict[str, Any], is_another: bool
) -> None:
    tab.press(method="pm_stuck")
    tab.page.wait_for_timeout(50)
    tab.press({**CART, **change}, method="pm_stuck")
    tab.page.wait_for_timeout(100)

    assert (len(set(api.keys())) == 2) is is_another


def test_content_that_is_changed_and_changed_back_has_its_first_key(
    tab: Tab, api: ScriptedApi
) -> None:
    for amount in (1, 2, 1):
        tab.press({**CART, "amount": amount}, method="pm_stuck")
        tab.page.wait_for_timeout(50)

    first, second, third = api.keys()
    assert first == third != second


def test_a_paid_purchase_is_over_and_the_next_one_has_another_key(
    tab: Tab, api: ScriptedApi
) -> None:
    tab.pay()
    assert tab.resume() is None
    tab.pay()

    assert len(set(api.keys())) == 2
    assert tab.page.evaluate("localStorage.length") == 0


def test_a_new_purchase_is_begun_by_forgetting_the_old_one(tab: Tab, api: ScriptedApi) -> None:
    tab.begin(patience=50)
    tab.pay(method="pm_stuck")
    tab.forget()
    assert tab.resume() is None
    tab.pay(method="pm_stuck")

    assert len(set(api.keys())) == 2


def test_a_purchase_that_was_forgotten_meanwhile_does_not_touch_the_new_one(
    tab: Tab, api: ScriptedApi
) -> None:
    tab.begin(patience=10_000)
    tab.press(method="pm_stuck")
    other = Tab.opened(tab.page.context, tab.shop, api.address, patience=50)
    other.forget()
    other.pay(method="pm_stuck")
    api.orders[str(api.keys()[0])].states[0] = "PAID"
    assert tab.outcome()["outcome"] == "paid"
    other.pay(method="pm_stuck")

    first, second, third = api.keys()
    assert first != second == third


def test_a_named_cart_is_the_same_order_also_after_it_was_paid(
    tab: Tab, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    assert tab.pay(NAMED_CART)["outcome"] == "paid"
    assert "id" not in api.asked[0].body
    assert open_tab().pay(NAMED_CART)["outcome"] == "paid"
    assert_one_order(api, requests=2)
    assert tab.resume(cart=NAMED_CART)["outcome"] == "paid"
    assert tab.resume() is None
    assert tab.resume(cart={**NAMED_CART, "id": "cart-2"}) is None


def test_a_named_cart_that_was_paid_is_shown_again_also_by_an_older_api(
    tab: Tab, api: ScriptedApi
) -> None:
    api.has_later_fields = False
    tab.pay(NAMED_CART)
    tab.reload()

    assert tab.resume(cart=NAMED_CART)["outcome"] == "paid"


def test_a_purchase_that_ended_is_kept_no_longer_than_until_the_next_one(tab: Tab) -> None:
    for number in range(3):
        tab.pay({**NAMED_CART, "id": f"cart-{number}"})
        tab.pay({**CART, "amount": 1 + number}, method="pm_declined")

    assert tab.page.evaluate("localStorage.length") == 2  # the last one, and which it is


def test_without_storage_it_warns_and_the_page_keeps_the_key(
    profile: BrowserContext, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    profile.add_init_script(WITHOUT_STORAGE)
    tab = open_tab(patience=50)
    tab.pay(method="pm_stuck")
    tab.pay(method="pm_stuck")

    assert_one_order(api, requests=2)
    assert len([text for text in tab.said if "nothing can be stored" in text]) == 1


def test_without_storage_a_named_cart_keeps_its_key_over_a_reload(
    profile: BrowserContext, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    profile.add_init_script(WITHOUT_STORAGE)
    tab = open_tab(patience=50)
    tab.pay(NAMED_CART, method="pm_stuck")
    tab.reload()
    api.orders[str(api.keys()[0])].states[0] = "PAID"

    assert tab.resume(cart=NAMED_CART)["outcome"] == "paid"
    assert tab.pay(NAMED_CART)["outcome"] == "paid"
    assert_one_order(api, requests=2)


def test_a_full_storage_is_as_good_as_none(tab: Tab, api: ScriptedApi) -> None:
    tab.page.evaluate(
        """() => {
          const name = "x".repeat(1e6);
          try { for (let n = 0; ; n++) localStorage.setItem(n, name); } catch {}
          try { for (let n = 1e6; ; n++) localStorage.setItem(n, ""); } catch {}
        }"""
    )
    tab.begin(patience=50)
    tab.pay(method="pm_stuck")
    tab.pay(method="pm_stuck")

    assert_one_order(api, requests=2)


def test_a_clock_that_is_set_changes_nothing(
    tab: Tab, profile: BrowserContext, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    tab.begin(patience=50)
    assert tab.pay(method="pm_stuck")["outcome"] == "waiting"
    profile.add_init_script(A_YEAR_BACK)
    other = open_tab(patience=100)
    assert other.page.evaluate("Date.now()") == 1

    assert other.pay(method="pm_stuck")["outcome"] == "waiting"  # and so the waiting ends
    assert_one_order(api, requests=2)


def test_a_key_of_another_content_is_an_error_and_never_a_new_key(
    tab: Tab, api: ScriptedApi
) -> None:
    tab.begin(patience=50)
    tab.pay(method="pm_stuck")
    api.orders[str(api.keys()[0])].content = "of another purchase"

    for _ in range(2):
        told = tab.pay(method="pm_stuck")
        assert (told["threw"], told["status"]) == ("idempotency-key-reused", 422)
    assert len(set(api.keys())) == 1


@pytest.mark.parametrize(
    ("status", "slug"),
    [
        (400, "idempotency-key-malformed"),
        (403, "unidentified-principal"),
        (404, ""),
        (409, "cart-already-ordered"),
        (422, "invalid-fields"),
        (500, "misconfigured"),
    ],
)
def test_what_more_asking_does_not_change_is_thrown_at_once_and_the_key_kept(
    tab: Tab, api: ScriptedApi, status: int, slug: str
) -> None:
    api.faults["POST /orders"].append(refusal(status, slug))

    told = tab.pay()
    assert (told["threw"], told["status"]) == (slug or "CheckoutError", status)
    assert tab.pay()["outcome"] == "paid"
    assert_one_order(api, requests=2)
