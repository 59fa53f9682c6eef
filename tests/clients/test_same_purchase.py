"""One purchase has one key: over reloads, tabs and killed pages, and until it is paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.scripted_api import HANGS, ScriptedApi
from tests.clients.tab import CART, NAMED_CART, Tab

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

WITHOUT_LOCKS = 'Object.defineProperty(Navigator.prototype, "locks", { value: undefined });'


def test_a_purchase_is_placed_once_and_followed_until_it_is_paid(
    tab: Tab, api: ScriptedApi
) -> None:
    paid = tab.pay()

    assert (paid["outcome"], paid["order"]["status"]) == ("paid", "PAID")
    assert api.whats() == ["POST /orders", "GET /orders/*", "GET /orders/*"]
    assert api.asked[0].body == CART


def test_a_reload_keeps_the_key(tab: Tab, api: ScriptedApi) -> None:
    tab.press(method="pm_stuck")
    api.wait_for_placing(1)
    tab.reload()
    tab.press(method="pm_ok")
    api.wait_for_placing(2)

    api.assert_one_order(requests=2)


def test_the_back_button_keeps_the_key(tab: Tab, api: ScriptedApi) -> None:
    tab.press(method="pm_stuck")
    api.wait_for_placing(1)
    tab.page.goto(f"{tab.shop}/other")
    tab.page.go_back()
    tab.begin()
    tab.press()
    api.wait_for_placing(2)

    api.assert_one_order(requests=2)


def test_another_object_of_the_module_keeps_the_key(tab: Tab, api: ScriptedApi) -> None:
    tab.press(method="pm_stuck")
    tab.begin()
    tab.press()
    api.wait_for_placing(2)

    api.assert_one_order(requests=2)


def test_a_killed_tab_is_gone_on_with_in_a_new_one(
    tab: Tab, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    api.faults["POST /orders"].append(HANGS)
    tab.begin(timeout=5000)
    tab.press()
    api.wait_for_placing(1)
    tab.page.close()
    new = open_tab()

    found = new.resume()

    assert found["outcome"] == "paid"
    api.assert_one_order(requests=1)
    assert api.whats()[1] == "GET /orders?key="


def test_where_the_api_finds_no_orders_by_key_a_killed_tab_pays_again_under_the_same_key(
    tab: Tab, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    api.has_later_fields = False
    api.faults["POST /orders"].append(HANGS)
    tab.begin(timeout=5000)
    tab.press()
    api.wait_for_placing(1)
    tab.page.close()
    new = open_tab()

    assert new.resume() is None
    assert new.pay()["outcome"] == "paid"
    api.assert_one_order(requests=2)


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
    api.assert_one_order(requests=2)


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
    api.wait_for_placing(1)
    tab.press({**CART, **change}, method="pm_stuck")
    api.wait_for_placing(2)

    assert (len(set(api.keys())) == 2) is is_another


def test_content_that_is_changed_and_changed_back_has_its_first_key(
    tab: Tab, api: ScriptedApi
) -> None:
    for count, amount in enumerate((1, 2, 1), start=1):
        tab.press({**CART, "amount": amount}, method="pm_stuck")
        api.wait_for_placing(count)

    # A request that a slow machine repeats has the key of its press.
    assert len(set(api.keys())) == 2


OVER = {"pm_ok": "paid", "pm_held": "authorized", "pm_cancelled": "cancelled"}


@pytest.mark.parametrize("method", OVER)
def test_buying_the_same_again_after_an_end_is_another_purchase(
    method: str, tab: Tab, api: ScriptedApi
) -> None:
    assert tab.pay(method=method)["outcome"] == OVER[method]
    tab.reload()
    assert tab.resume() is None
    assert tab.pay(method="pm_ok")["order"]["order_id"] == "ord_2"

    assert len(set(api.keys())) == 2
    assert tab.page.evaluate("Object.values(localStorage)") == [""], "no key is left"


@pytest.mark.parametrize("method", ["pm_declined", "pm_action", "pm_debit", "pm_review"])
def test_buying_the_same_again_before_an_end_is_the_same_purchase(
    method: str, tab: Tab, api: ScriptedApi
) -> None:
    tab.pay(method=method)
    tab.reload()
    tab.pay(method="pm_ok")

    assert len(api.orders) == 1
    assert len(set(api.keys())) == 1


@pytest.mark.parametrize("method", OVER)
def test_a_named_cart_that_is_over_is_shown_by_its_name_alone(
    method: str, tab: Tab, api: ScriptedApi
) -> None:
    tab.pay(NAMED_CART, method=method)
    tab.reload()
    assert tab.resume() is None
    assert tab.resume(cart=NAMED_CART)["outcome"] == OVER[method]
    assert tab.pay(NAMED_CART)["outcome"] == OVER[method]
    assert len(api.orders) == 1


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
    api.wait_for_placing(1)
    other = Tab.opened(tab.page.context, tab.shop, api.address, patience=50)
    other.forget()
    other.pay(method="pm_stuck")
    api.orders[str(api.keys()[0])].states[0] = "PAID"
    assert tab.outcome()["outcome"] == "paid"
    other.pay(method="pm_stuck")

    first, second, third = api.keys()
    assert first != second == third


def test_a_clearing_of_the_storage_in_another_tab_is_no_new_purchase(
    tab: Tab, api: ScriptedApi, open_tab: Callable[..., Tab]
) -> None:
    tab.begin(patience=2000)
    tab.press(method="pm_stuck")
    api.wait_for_placing(1)
    open_tab().page.evaluate("localStorage.clear()")
    assert tab.outcome()["outcome"] == "waiting"
    tab.pay(method="pm_stuck")

    api.assert_one_order(requests=2)


def test_a_clearing_of_the_storage_in_another_tab_is_told(
    tab: Tab, open_tab: Callable[..., Tab]
) -> None:
    tab.page.evaluate("() => { window.heard = []; checkout.subscribe((it) => heard.push(it)); }")
    other = open_tab()
    other.pay(method="pm_declined")
    tab.page.wait_for_function("heard.at(-1)?.outcome === 'declined'")
    other.page.evaluate("localStorage.clear()")
    tab.page.wait_for_function("heard.at(-1) === null")


def test_a_named_cart_is_the_same_order_also_after_it_was_paid(
    tab: Tab, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    assert tab.pay(NAMED_CART)["outcome"] == "paid"
    assert "id" not in api.asked[0].body
    assert open_tab().pay(NAMED_CART)["outcome"] == "paid"
    api.assert_one_order(requests=2)
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


def test_a_purchase_that_is_paid_is_kept_no_longer_than_until_the_next_one(tab: Tab) -> None:
    for number in range(3):
        tab.pay({**NAMED_CART, "id": f"cart-{number}"})
        tab.pay({**CART, "amount": 1 + number}, method="pm_declined")

    # The declined ones, whose keys are kept, and which one is the last.
    assert tab.page.evaluate("localStorage.length") == 3 + 1
