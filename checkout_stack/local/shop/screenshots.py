"""``python -m checkout_stack.local.shop.screenshots``: take the pictures of ``docs/images``.

Deploys a checkout of its own, clicks in the page, and takes every picture anew.  Needs Playwright
(``make environment``) and Chromium (``apt-get install chromium``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from checkout_stack.local.local_checkout import PLAIN, bring_up
from checkout_stack.local.local_run import local_run
from checkout_stack.local.messages import Progress
from checkout_stack.local.shop.chromium import (
    HOW_TO_GET_ONE,
    find_chromium,
    headless_chromium,
)
from checkout_stack.local.shop.server import serving
from checkout_stack.local.shop.shop import Shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE_MS = 30_000.0
HEIGHT = 760


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: what is done, and how it is looked at."""

    name: str
    scheme: Literal["light", "dark"]
    width: int
    act: Callable[[Page], None]
    whole_page: bool = True
    """Or what a screen of ``HEIGHT`` shows."""


def main() -> None:
    """Take all pictures."""
    program = find_chromium()
    if program is None:
        sys.exit(HOW_TO_GET_ONE)
    with local_run(Progress()) as run, headless_chromium(program) as browser:
        images = run.paths.root / "docs" / "images"
        images.mkdir(parents=True, exist_ok=True)
        [checkout] = bring_up(run, [PLAIN])
        with serving(Shop.of(checkout)) as server:
            _take(browser, server.address, _WARM_UP, None)
            for picture in PICTURES:
                _take(browser, server.address, picture, images)
                run.progress.say(f"{images / picture.name}.png")


def _take(browser: Browser, address: str, picture: Picture, images: Path | None) -> None:
    context = browser.new_context(
        viewport={"width": picture.width, "height": HEIGHT}, color_scheme=picture.scheme
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    picture.act(page)
    if images is not None:
        page.screenshot(path=images / f"{picture.name}.png", full_page=picture.whole_page)
    context.close()


def _double_click(page: Page) -> None:
    page.locator("#pay").dblclick()
    page.mouse.move(0, 0)
    _both_are_done(page)


def _error_then_again(page: Page) -> None:
    page.locator("#payment-service-flaky").check()
    page.locator("#pay").click()
    page.locator("#naive .told", has_text="Payment failed").wait_for()
    page.locator("#ours .told", has_text=": paid.").wait_for()
    page.locator("#pay").click()
    page.mouse.move(0, 0)
    _both_are_done(page)


def _refund_twice(page: Page) -> None:
    _double_click(page)
    page.locator("#refund").dblclick()
    page.mouse.move(0, 0)
    page.locator("#refunded", has_text="refunded once").wait_for()
    page.locator("#ours .log", has_text="replay of the same refund").wait_for()


def _on_its_way(page: Page) -> None:
    page.locator("#pay").dblclick()
    page.mouse.move(0, 0)
    page.locator("#ours [data-place=payment][aria-current=step]").wait_for()


def _both_are_done(page: Page) -> None:
    page.locator("#naive .verdict", has_text="charged twice").wait_for()
    page.locator("#naive .told", has_text=": paid.").wait_for()
    page.locator("#ours .told", has_text=": paid.").wait_for()
    page.locator("#ours .verdict", has_text="charged once").wait_for()
    page.locator("#ours .log", has_text="suppressed").wait_for()
    page.locator("#ours [data-place=queue]", has_text="0 messages").wait_for()
    page.locator("#ours [data-place=warehouse]", has_text="parcel").wait_for()


_WARM_UP = Picture(name="warm-up", scheme="light", width=1400, act=_double_click)
"""The first request of each function is slow, as on Lambda."""

PICTURES = (
    Picture(name="shop-double-click-light", scheme="light", width=1400, act=_double_click),
    Picture(name="shop-double-click-dark", scheme="dark", width=1400, act=_double_click),
    Picture(name="shop-on-its-way-dark", scheme="dark", width=1400, act=_on_its_way),
    Picture(name="shop-refunded-dark", scheme="dark", width=1400, act=_refund_twice),
    Picture(name="shop-flaky-light", scheme="light", width=1400, act=_error_then_again),
    Picture(
        name="shop-narrow-light", scheme="light", width=360, act=_double_click, whole_page=False
    ),
)

if __name__ == "__main__":
    main()
