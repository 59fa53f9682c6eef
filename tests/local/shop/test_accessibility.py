"""The page can be used by everybody: names, focus, live regions, narrow screens, less motion."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Browser, expect

from checkout_stack.local.shop.server import ShopServer
from tests.local.shop.visitor import PATIENCE_MS, Visitor

pytestmark = [pytest.mark.local, pytest.mark.browser]


def test_every_control_has_a_name(visitor: Visitor) -> None:
    controls = visitor.page.locator("button, a, input").all()

    assert len(controls) == 6
    for control in controls:
        snapshot = control.aria_snapshot()
        assert re.match(r'- (button|link|switch) "[^"]{3,}', snapshot), snapshot


def test_what_can_be_scrolled_can_be_focused_and_has_a_name(visitor: Visitor) -> None:
    expect(visitor.page.get_by_role("list", name="What happened")).to_have_count(2)
    for log in visitor.page.locator(".log").all():
        assert log.get_attribute("tabindex") == "0"


def test_ids_are_unique_and_references_lead_somewhere(visitor: Visitor) -> None:
    ids, references = visitor.page.evaluate(
        """() => [
          [...document.querySelectorAll("[id]")].map((each) => each.id),
          ["aria-labelledby", "aria-describedby"].flatMap((name) =>
            [...document.querySelectorAll(`[${name}]`)].map((each) => each.getAttribute(name))),
        ]"""
    )

    assert len(ids) == len(set(ids))
    assert references
    assert set(references) <= set(ids)


def test_the_page_has_a_language_a_title_landmarks_and_headings_in_order(
    visitor: Visitor,
) -> None:
    page = visitor.page

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title() == "One cart, two shops"
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("banner").count() == 1
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_charges_and_what_the_buyer_sees_are_live_regions(visitor: Visitor) -> None:
    for shop, told in {"naive": 2, "ours": 3}.items():  # of the refund as well
        assert visitor.page.locator(f"#{shop}").get_by_role("status").count() == told


def test_the_focus_is_visible(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Tab")
    width, style = visitor.pay.evaluate(
        "(it) => [getComputedStyle(it).outlineWidth, getComputedStyle(it).outlineStyle]"
    )

    assert (width, style) == ("3px", "solid")


def test_controls_are_large_enough_to_hit(visitor: Visitor) -> None:
    for control in visitor.page.locator("button, a, label").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 24  # WCAG 2.2, 2.5.8
        assert box["width"] >= 24


def test_at_no_width_is_anything_cut_off_or_scrolled_sideways(visitor: Visitor) -> None:
    visitor.pay.dblclick()
    expect(visitor.verdict("naive")).to_have_text("✕ charged twice", timeout=PATIENCE_MS)
    expect(visitor.verdict("ours")).to_have_text("✓ charged once", timeout=PATIENCE_MS)
    visitor.page.get_by_role("button", name="Refund").click()
    refunded = visitor.page.locator("#refunded")
    expect(refunded).to_have_text("✓ refunded once.", timeout=PATIENCE_MS)

    for width in (240, 320, 360, 480, 736, 800, 1088, 1100, 1400):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        # What is one pixel wide is for screen readers only.
        wider = visitor.page.evaluate(
            """() => [...document.querySelectorAll("body, body *")]
              .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)
              .map((each) => each.outerHTML.slice(0, 80))"""
        )
        assert wider == [], f"at {width} pixels"
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_small_screen_both_counts_are_in_sight_beside_the_pay_button(
    visitor: Visitor,
) -> None:
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    score = visitor.page.locator(".score")
    visitor.pay.dblclick()

    expect(score).to_have_text(
        re.compile(r"Naive 2 ✕ charged twice\s+Checkout 1 ✓ charged once"), timeout=PATIENCE_MS
    )
    expect(score).to_be_in_viewport(ratio=1)
    expect(visitor.pay).to_be_in_viewport(ratio=1)
    naive, ours = (card.bounding_box() for card in score.locator("p").all())
    assert naive is not None
    assert ours is not None
    assert naive["y"] == ours["y"] < visitor.page.locator("#cart-title").bounding_box()["y"]  # type: ignore[index]


@pytest.mark.parametrize("width", [240, 360, 736, 1100])
def test_no_text_is_under_something_that_stays_where_it_is(visitor: Visitor, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 600})
    staying = visitor.page.evaluate(
        """() => [...document.querySelectorAll("*")]
          .filter((each) => ["sticky", "fixed"].includes(getComputedStyle(each).position)).length"""
    )

    assert staying == 0


def test_there_is_a_dark_and_a_light_page(visitor: Visitor) -> None:
    def ground() -> object:
        return visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")

    visitor.page.emulate_media(color_scheme="light")
    assert ground() == "rgb(245, 244, 240)"
    visitor.page.emulate_media(color_scheme="dark")
    assert ground() == "rgb(20, 21, 19)"


def test_nothing_moves_for_those_who_asked_for_less_motion(visitor: Visitor) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.pay.click()
    now = visitor.page.locator("#ours .flow [aria-current=step]")
    expect(now).to_have_count(1)
    names = visitor.page.evaluate(
        "document.getAnimations().map((each) => each.animationName ?? each.transitionProperty)"
    )

    assert names == []


def test_without_script_the_page_says_what_it_needs(
    browser: Browser, shop_server: ShopServer
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(shop_server.address)

    expect(page.get_by_text("This page needs JavaScript")).to_be_visible()
    context.close()
