"""An order is followed to its end: declines, actions, hidden tabs, and patience that runs out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.scripted_api import (
    ACTION_URL,
    LOST_ANSWER,
    ScriptedApi,
    refusal,
)
from tests.clients.tab import CART, Tab

pytestmark = pytest.mark.browser

HIDDEN = """() => {
  Object.defineProperty(document, "hidden", { get: () => window.isAway, configurable: true });
}"""
SET_AWAY = """(away) => {
  window.isAway = away;
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}"""
ATTEMPTS = "POST /orders/*/payment-attempts"
RESUMES = "POST /orders/*/resume"


def test_a_declined_order_is_paid_by_another_method_and_stays_the_same_order(
    tab: Tab, api: ScriptedApi
) -> None:
    declined = tab.pay(method="pm_declined")
    paid = tab.pay(method="pm_ok")

    assert (declined["outcome"], paid["outcome"]) == ("declined", "paid")
    assert paid["order"]["order_id"] == declined["order"]["order_id"]
    assert api.keys() == [api.keys()[0]]
    [attempt] = [each for each in api.asked if each.what == ATTEMPTS]
    assert attempt.body == {"replaces": 1, "payment_method": "pm_ok"}


def test_a_declined_order_is_remembered_over_a_reload(tab: Tab, api: ScriptedApi) -> None:
    tab.pay(method="pm_declined")
    tab.reload()

    assert tab.resume()["outcome"] == "declined"
    assert tab.pay(method="pm_ok")["outcome"] == "paid"
    assert len(api.keys()) == 1


def test_an_attempt_whose_answer_is_lost_is_not_made_twice(tab: Tab, api: ScriptedApi) -> None:
    tab.pay(method="pm_declined")
    api.faults[ATTEMPTS].append(LOST_ANSWER)

    paid = tab.pay(method="pm_ok")
    assert (paid["outcome"], paid["order"]["attempt"]) == ("paid", 2)
    replaced = [each.body["replaces"] for each in api.asked if each.what == ATTEMPTS]
    assert replaced == [1, 1]


def test_a_decline_that_nobody_heard_of_is_followed_by_the_other_card(
    tab: Tab, api: ScriptedApi
) -> None:
    tab.begin(patience=50)
    api.faults["POST /orders"].extend([LOST_ANSWER] * 5)
    tab.pay(method="pm_declined")
    api.faults.clear()
    tab.begin(patience=3000)

    paid = tab.pay(method="pm_ok")
    assert (paid["outcome"], paid["order"]["attempt"]) == ("paid", 2)
    assert len(set(api.keys())) == 1


def test_an_older_api_shows_a_decline_that_nobody_heard_of_and_the_next_press_pays(
    tab: Tab, api: ScriptedApi
) -> None:
    api.has_later_fields = False
    tab.begin(patience=50)
    api.faults["POST /orders"].extend([LOST_ANSWER] * 5)
    tab.pay(method="pm_declined")
    api.faults.clear()
    tab.begin(patience=3000)

    assert tab.pay(method="pm_ok")["outcome"] == "declined"
    assert tab.pay(method="pm_ok")["outcome"] == "paid"
    assert len(api.orders) == 1


def test_when_every_attempt_is_used_it_says_so(tab: Tab, api: ScriptedApi) -> None:
    for _ in range(3):
        told = tab.pay(method="pm_declined")
        assert (told["outcome"], told["error"]) == ("declined", None)

    told = tab.pay(method="pm_ok")
    assert (told["outcome"], told["error"]) == ("declined", "attempt-not-replaceable")
    assert len(api.orders) == 1


def test_what_another_tab_paid_meanwhile_is_shown_and_not_paid_again(
    tab: Tab, open_tab: Callable[..., Tab], api: ScriptedApi
) -> None:
    tab.pay(method="pm_declined")
    kept = tab.page.evaluate("({ ...localStorage })")
    open_tab().pay(method="pm_ok")
    tab.page.evaluate("(kept) => Object.assign(localStorage, kept)", kept)

    told = tab.pay(method="pm_review")
    assert (told["outcome"], told["order"]["attempt"]) == ("paid", 2)
    assert len(api.orders) == 1


def test_an_action_is_handed_over_and_resumed_when_it_is_done(tab: Tab, api: ScriptedApi) -> None:
    api.buyer_acted = True

    assert tab.pay(method="pm_action", acts=True)["outcome"] == "paid"
    assert tab.page.evaluate("actions") == [ACTION_URL]
    [resumed] = [each for each in api.asked if each.what == RESUMES]
    assert resumed.body == {"attempt": 1}


def test_an_action_that_leads_away_is_resumed_on_the_way_back(tab: Tab, api: ScriptedApi) -> None:
    tab.page.evaluate(
        "() => { window.onAction = () => { location = '/other'; return new Promise(() => {}); }; }"
    )
    tab.press(method="pm_action", acts=True)
    tab.page.wait_for_url("**/other")
    api.buyer_acted = True
    tab.page.goto(tab.shop)
    tab.begin()

    assert tab.resume()["outcome"] == "paid"
    assert api.whats().count(RESUMES) == 1
    assert len(api.keys()) == 1


def test_a_buyer_who_did_not_act_is_not_sent_there_again_and_again(
    tab: Tab, api: ScriptedApi
) -> None:
    told = tab.pay(method="pm_action", acts=True)

    assert (told["outcome"], told["order"]["action_url"]) == ("action_required", ACTION_URL)
    assert tab.page.evaluate("actions") == [ACTION_URL]
    api.buyer_acted = True
    assert tab.resume(acts=True)["outcome"] == "paid"


def test_without_a_handler_the_page_is_told_where_to_send_the_buyer(tab: Tab) -> None:
    told = tab.pay(method="pm_action")

    assert (told["outcome"], told["order"]["action_url"]) == ("action_required", ACTION_URL)


@pytest.mark.parametrize(
    ("method", "outcome"), [("pm_debit", "processing"), ("pm_review", "needs_review")]
)
def test_what_takes_days_is_told_at_once(tab: Tab, method: str, outcome: str) -> None:
    assert tab.pay(method=method)["outcome"] == outcome
    assert tab.resume()["outcome"] == outcome


def test_patience_ends_and_it_can_be_gone_on_with(tab: Tab, api: ScriptedApi) -> None:
    tab.begin(patience=200)
    told = tab.pay(method="pm_stuck")
    assert (told["outcome"], told["order"]["status"]) == ("waiting", "PENDING")
    [order] = api.orders.values()
    order.states[0] = "PAID"

    assert tab.resume()["outcome"] == "paid"
    assert len(api.keys()) == 1


def test_a_hidden_tab_asks_for_nothing_until_somebody_looks(tab: Tab, api: ScriptedApi) -> None:
    tab.page.evaluate(HIDDEN)
    tab.page.evaluate(SET_AWAY, True)
    tab.press()
    tab.page.wait_for_timeout(300)
    assert api.whats() == ["POST /orders"]
    tab.page.evaluate(SET_AWAY, False)

    assert tab.outcome()["outcome"] == "paid"


def test_the_pause_that_the_api_asks_for_is_kept_where_the_page_may_read_it(
    tab: Tab, api: ScriptedApi
) -> None:
    def seconds() -> float:
        api.faults["POST /orders"].append(refusal(429, retry_after="1"))
        taken = tab.page.evaluate(
            """async (cart) => {
              const began = performance.now();
              await checkout.pay(cart, { paymentMethod: "pm_ok" });
              return (performance.now() - began) / 1000;
            }""",
            CART,
        )
        return float(taken)

    assert seconds() > 1
    api.exposes_headers = False
    assert seconds() < 1


def test_a_pause_beyond_patience_is_not_waited_for(tab: Tab, api: ScriptedApi) -> None:
    api.faults["POST /orders"].append(refusal(429, "too-many-declines", retry_after="600"))

    told = tab.pay()
    assert (told["outcome"], told["error"]) == ("waiting", "too-many-declines")


def test_a_token_that_ran_out_is_renewed_once(tab: Tab, api: ScriptedApi) -> None:
    api.wanted_token = "Bearer fresh"
    tab.page.evaluate(
        """(url) => {
          window.refused = [];
          window.held = "stale";
          window.begin({ url, pause: 20, token: async (refused) => {
            window.refused.push(refused ?? null);
            if (refused) window.held = "fresh";
            return window.held;
          } });
        }""",
        api.address,
    )
    assert tab.pay()["outcome"] == "paid"
    assert tab.page.evaluate("refused.slice(0, 3)") == [None, "stale", None]

    api.wanted_token = "Bearer another"
    told = tab.pay({**CART, "amount": 1})
    assert told["status"] == 401


@pytest.mark.parametrize("while_hidden", [False, True])
def test_an_abort_ends_the_waiting_and_keeps_the_purchase(
    tab: Tab, api: ScriptedApi, while_hidden: bool
) -> None:
    tab.page.evaluate(HIDDEN)
    tab.page.evaluate(SET_AWAY, while_hidden)
    told = tab.page.evaluate(
        """(cart) => told(checkout.pay(cart, {
          paymentMethod: "pm_stuck", signal: AbortSignal.timeout(1000),
        }))""",
        CART,
    )
    assert told["threw"] == "TimeoutError"
    tab.page.evaluate(SET_AWAY, False)
    tab.begin(patience=50)
    assert tab.resume()["outcome"] == "waiting"
    assert len(api.orders) == 1


def test_each_answer_is_shown_to_the_page(tab: Tab) -> None:
    shown = tab.page.evaluate(
        """async (cart) => {
          const states = [];
          await checkout.pay(cart, {
            paymentMethod: "pm_ok", onUpdate: (order) => states.push(order.status),
          });
          return states;
        }""",
        CART,
    )

    assert shown == ["PENDING", "CHARGING", "PAID"]
