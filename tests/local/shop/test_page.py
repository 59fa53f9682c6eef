"""The same clicks: two charges in the naive shop, one through the deployed checkout."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.local.shop.visitor import PATIENCE_MS, Visitor

pytestmark = [pytest.mark.local, pytest.mark.browser]

SEVERAL = re.compile(r"^[2-9]$")


@pytest.fixture(autouse=True)
def _patient() -> None:
    expect.set_options(timeout=PATIENCE_MS)


def settled(visitor: Visitor) -> None:
    """Wait until the order is paid and the page shows it."""
    expect(visitor.step("ours", "table")).to_have_text("1 order: PAID")


def assert_two_charges_there_and_one_here(visitor: Visitor) -> None:
    expect(visitor.shown_charges("naive")).to_have_text("2")
    expect(visitor.verdict("naive")).to_have_text("✕ charged twice")
    settled(visitor)
    expect(visitor.shown_charges("ours")).to_have_text("1")
    expect(visitor.verdict("ours")).to_have_text("✓ charged once")
    assert (visitor.charges("naive"), visitor.charges("ours")) == (2, 1)
    assert visitor.orders() == ["PAID"]


def test_a_single_click_is_one_charge_in_each_shop(visitor: Visitor) -> None:
    visitor.pay.click()

    settled(visitor)
    expect(visitor.shown_charges("naive")).to_have_text("1")
    expect(visitor.told("ours")).to_have_text(re.compile(r"^Order ord_.*: paid\.$"))
    assert (visitor.charges("naive"), visitor.charges("ours")) == (1, 1)


def test_a_double_click_is_charged_twice_there_and_once_here(visitor: Visitor) -> None:
    visitor.pay.dblclick()

    assert_two_charges_there_and_one_here(visitor)
    expect(visitor.step("ours", "intake")).to_have_text("2 requests, 1 replay")
    expect(visitor.log("ours")).to_contain_text("suppressed")
    expect(visitor.step("naive", "table")).to_have_text("2 orders: PAID, PAID")


def test_no_answer_and_another_press_are_two_charges_there_and_one_here(
    visitor: Visitor,
) -> None:
    visitor.switch("Timeout").check()
    visitor.pay.click()
    expect(visitor.told("ours")).to_have_text(
        "No answer in time. Asking again under the same key …"
    )
    expect(visitor.told("naive")).to_have_text("No answer in time. Press Pay again.")
    expect(visitor.told("ours")).to_have_text(re.compile(r"^Still one order, ord_.*: paid\.$"))
    visitor.switch("Timeout").uncheck()
    visitor.pay.click()

    assert_two_charges_there_and_one_here(visitor)
    expect(visitor.told("ours")).to_have_text(re.compile(r"^Still one order, ord_.*: paid\.$"))


def test_an_error_after_the_capture_is_charged_again_there_and_retried_here(
    visitor: Visitor,
) -> None:
    visitor.switch("Flaky payment service").check()
    visitor.pay.click()
    expect(visitor.told("naive")).to_have_text("Payment failed. Press Pay again.")
    visitor.pay.click()

    assert_two_charges_there_and_one_here(visitor)
    expect(visitor.step("ours", "consumer")).to_have_text(re.compile(r"\d claims, \d retr"))


def test_a_second_tab_pays_the_same_intent(visitor: Visitor) -> None:
    visitor.pay.click()
    with visitor.context.expect_page() as opened:
        visitor.page.get_by_role("link", name="Same cart in a second tab").click()
    tab = Visitor(visitor.context, opened.value, visitor.inspector, visitor.errors)
    tab.watch(tab.page)
    expect(tab.page.locator("#cart-id")).to_have_text(visitor.cart)
    tab.pay.click()

    assert_two_charges_there_and_one_here(tab)
    expect(tab.told("ours")).to_have_text(re.compile("^Still one order"))


def test_a_reload_keeps_the_cart_and_what_became_of_it(visitor: Visitor) -> None:
    visitor.pay.click()
    settled(visitor)
    cart = visitor.cart
    expect(visitor.told("ours")).to_have_text(re.compile(r"^Order ord_.*: paid\.$"))
    visitor.page.reload()
    expect(visitor.told("ours")).to_have_text(re.compile(r"^Order ord_.*: paid\.$"))
    visitor.pay.click()

    assert visitor.cart == cart
    assert_two_charges_there_and_one_here(visitor)


def test_a_new_cart_is_another_purchase_in_every_tab(visitor: Visitor) -> None:
    visitor.pay.click()
    settled(visitor)
    before = visitor.cart
    tab = visitor.context.new_page()
    visitor.watch(tab)
    tab.goto(visitor.page.url)
    tab.get_by_role("button", name="New cart").click()

    expect(tab.locator("#cart-id")).not_to_have_text(before)
    expect(visitor.page.locator("#cart-id")).to_have_text(
        str(tab.locator("#cart-id").text_content())
    )
    visitor.page.bring_to_front()
    expect(visitor.shown_charges("ours")).to_have_text("0")
    visitor.pay.click()
    settled(visitor)
    assert visitor.charges("ours") == 1


def test_the_keyboard_alone_is_enough(visitor: Visitor) -> None:
    keyboard = visitor.page.keyboard
    keyboard.press("Tab")
    expect(visitor.pay).to_be_focused()
    keyboard.press("Tab")
    expect(visitor.page.get_by_role("button", name="New cart")).to_be_focused()
    keyboard.press("Tab")
    expect(visitor.page.get_by_role("link", name="Same cart in a second tab")).to_be_focused()
    keyboard.press("Tab")
    expect(visitor.switch("Timeout")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(visitor.switch("Flaky payment service")).to_be_checked()
    keyboard.press("Space")
    for _ in range(4):
        keyboard.press("Shift+Tab")
    expect(visitor.pay).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("Enter")

    assert_two_charges_there_and_one_here(visitor)


def test_the_place_of_the_order_is_shown_while_it_is_on_its_way(visitor: Visitor) -> None:
    now = visitor.page.locator("#ours .flow [aria-current=step]")
    visitor.pay.click()

    expect(now).to_have_count(1)
    settled(visitor)
    expect(now).to_have_count(0)
    expect(visitor.page.locator("#ours .flow .passed")).to_have_count(7)


def test_the_event_that_reached_the_warehouse_is_shown_beside_the_order(visitor: Visitor) -> None:
    visitor.pay.dblclick()

    expect(visitor.step("ours", "warehouse")).to_have_text("OrderPaid #1, 1 parcel")
    expect(visitor.log("ours")).to_contain_text("Event OrderPaid #1 reached the warehouse")
    expect(visitor.step("naive", "warehouse")).to_have_count(0)


def test_a_paid_order_is_refunded_once_however_often_the_button_is_pressed(
    visitor: Visitor,
) -> None:
    refund = visitor.page.get_by_role("button", name="Refund €42.00")
    expect(refund).to_be_disabled()
    visitor.pay.click()
    settled(visitor)
    expect(refund).to_be_enabled()
    refund.dblclick()

    expect(visitor.page.locator("#refunded")).to_have_text("✓ refunded once.")
    expect(visitor.log("ours")).to_contain_text("replay of the same refund")
    expect(visitor.step("ours", "payment")).to_have_text("1 request, 1 charge, 1 refund")
    [given_back] = visitor.inspector.refunds(f"ours-{visitor.cart}")
    assert given_back["amount"] == 4200
    visitor.page.get_by_role("button", name="New cart").click()
    expect(refund).to_be_disabled()
    expect(visitor.page.locator("#refunded")).to_have_text("\N{EN DASH}")


def test_a_refund_that_was_not_accepted_says_so(visitor: Visitor) -> None:
    refusal = {"title": "The refund was not accepted"}
    visitor.pay.click()
    settled(visitor)
    visitor.page.route("**/refund", lambda route: route.fulfill(status=409, json=refusal))
    visitor.page.get_by_role("button", name="Refund €42.00").click()

    told = "Not refunded: The refund was not accepted."
    expect(visitor.page.locator("#refunded")).to_have_text(told)
    visitor.errors.clear()  # the browser notes an answer of 409


def test_impatient_clicking_stays_one_charge_here(visitor: Visitor) -> None:
    visitor.pay.click(click_count=5, delay=20)

    expect(visitor.step("ours", "intake")).to_have_text("5 requests, 4 replays")
    settled(visitor)
    expect(visitor.shown_charges("naive")).to_have_text(SEVERAL)
    assert visitor.charges("ours") == 1
