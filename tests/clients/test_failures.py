"""Whatever fails, on the way, at the API or in the browser, the purchase keeps its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

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
from tests.clients.tab import NAMED_CART, Tab

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

WITHOUT_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});"""
A_YEAR_BACK = "Date.now = () => 1; Date = class extends Date { constructor() { super(1); } };"


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
    api.assert_one_order(requests=3)


def test_failures_while_the_order_is_followed_change_nothing(tab: Tab, api: ScriptedApi) -> None:
    api.faults["GET /orders/*"].extend([LOST_ANSWER, refusal(502), CAPTIVE_PORTAL, refusal(429)])

    assert tab.pay()["outcome"] == "paid"
    api.assert_one_order(requests=1)


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
    api.assert_one_order(requests=1)


def test_a_browser_that_is_online_again_asks_at_once(
    tab: Tab, profile: BrowserContext, api: ScriptedApi
) -> None:
    tab.begin(pause=30_000, patience=100_000)
    profile.set_offline(True)
    tab.press()
    tab.page.wait_for_timeout(100)
    profile.set_offline(False)
    api.wait_for_placing(1)  # long before the pause is over

    api.assert_one_order(requests=1)


def test_without_storage_it_warns_and_the_page_keeps_the_key(
    profile: BrowserContext, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    profile.add_init_script(WITHOUT_STORAGE)
    tab = open_tab(patience=50)
    tab.pay(method="pm_stuck")
    tab.pay(method="pm_stuck")

    api.assert_one_order(requests=2)
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
    api.assert_one_order(requests=2)


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

    api.assert_one_order(requests=2)


def test_a_clock_that_is_set_changes_nothing(
    tab: Tab, profile: BrowserContext, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    tab.begin(patience=50)
    assert tab.pay(method="pm_stuck")["outcome"] == "waiting"
    profile.add_init_script(A_YEAR_BACK)
    other = open_tab(patience=100)
    assert other.page.evaluate("Date.now()") == 1

    assert other.pay(method="pm_stuck")["outcome"] == "waiting"  # and so the waiting ends
    api.assert_one_order(requests=2)


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
    api.assert_one_order(requests=2)
