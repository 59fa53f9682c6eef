"""The site builds without a warning, has every public name and a search that needs no server."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import checkout_runtime.erasure
import checkout_runtime.intake
import checkout_runtime.payment_service
import checkout_stack
from tests.docs.pages import ROOT, menu
from tools.group import program_of

pytestmark = pytest.mark.package

PUBLIC = {
    module.__name__: module.__all__
    for module in (
        checkout_stack,
        checkout_runtime.intake,
        checkout_runtime.erasure,
        checkout_runtime.payment_service,
    )
}


def build(sources: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [program_of("docs", "mkdocs"), "build", "--strict", "--quiet", "--site-dir", site]
    return subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built."""
    directory = tmp_path_factory.mktemp("site")
    done = build(ROOT, directory)
    assert done.returncode == 0, done.stderr
    assert done.stderr + done.stdout == ""
    return directory


def test_every_page_of_the_menu_is_there(site: Path) -> None:
    for page in menu():
        assert (site / page).with_suffix(".html").is_file()


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_has_its_place(module: str, site: Path) -> None:
    written = set(re.findall(r'id="([\w.]+)"', (site / "api.html").read_text()))
    assert {f"{module}.{name}" for name in PUBLIC[module]} <= written


def test_every_property_has_its_meaning(site: Path) -> None:
    text = (site / "api.html").read_text()
    assert "How long a buyer may take to act" in re.sub(r"\s+", " ", text) or "tolerated_outage" in text


def test_the_search_needs_no_server_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert (site / "search" / "search_index.js").is_file()
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"', (site / "index.html").read_text())
    assert [each for each in loaded if not each.startswith("https://idempotent-checkout.github.io/")] == []


@pytest.mark.parametrize(
    "broken",
    ["[a page](no-such-page.md)", "[a heading](cost.md#no-such-heading)", "[a file](../no-such-file.py)"],
)
def test_a_link_that_leads_nowhere_fails_the_build(broken: str, tmp_path: Path) -> None:
    for name in ("docs", "tools", "checkout_stack", "lambda"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mkdocs.yml", "README.md", "SECURITY.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    page = tmp_path / "docs" / "index.md"
    page.write_text(f"{page.read_text()}\n{broken}\n")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "no-such" in done.stderr
