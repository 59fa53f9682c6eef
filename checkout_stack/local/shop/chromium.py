"""A headless Chromium of this machine, driven by Playwright: for the tests and the pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_ONE = (
    f"there is no browser ({', '.join(PROGRAMS)}): on Debian, `apt-get install chromium`"
)


def find_chromium() -> str | None:
    """The program, or None if there is none on the path."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@contextmanager
def headless_chromium(program: str) -> Iterator[Browser]:
    """A running browser. Playwright is a development dependency, so it is imported only here."""
    from playwright.sync_api import sync_playwright

    options = ["--disable-dev-shm-usage"]  # containers have little of it
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses to run as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        try:
            yield browser
        finally:
            browser.close()
