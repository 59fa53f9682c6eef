"""The shop in front of a deployed checkout, and a real browser to click in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.shop.server import ShopServer, serving
from checkout_stack.local.shop.shop import Shop
from tests.local.shop.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def shop_server(browser: Browser, checkout: LocalCheckout) -> Iterator[ShopServer]:
    """The shop in front of a deployed checkout; none without a browser to look at it with."""
    with serving(Shop.of(checkout)) as server:
        yield server


@pytest.fixture
def visitor(
    browser: Browser, shop_server: ShopServer, checkout: LocalCheckout
) -> Iterator[Visitor]:
    """Somebody with a new browser profile, on the shop's page; the page has made no error."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    someone = Visitor.arrive(context, shop_server.address, checkout.inspector)
    yield someone
    context.close()
    assert someone.errors == []
