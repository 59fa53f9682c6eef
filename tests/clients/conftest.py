"""A scripted API, a shop's page on another origin, and browser profiles to visit it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.clients.scripted_api import ScriptedApi, serving, serving_files
from tests.clients.tab import FILES, Tab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PATIENCE_MS = 15_000.0


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    """The API of this test."""
    with serving(ScriptedApi()) as running:
        yield running


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    """Address of the shop's page."""
    with serving_files(FILES) as address:
        yield address


@pytest.fixture
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser profile: its tabs share their storage."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def open_tab(profile: BrowserContext, api: ScriptedApi, shop: str) -> Callable[..., Tab]:
    """Opens the shop's page in one more tab of the profile."""
    return lambda **options: Tab.opened(profile, shop, api.address, **options)


@pytest.fixture
def tab(open_tab: Callable[..., Tab]) -> Tab:
    """A tab with the shop's page."""
    return open_tab()
