"""The site builds without a warning, has every public name and a search that needs no server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import checkout_runtime.erasure
import checkout_runtime.events
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
        checkout_runtime.events,
        checkout_runtime.payment_service,
    )
}


#: What a build is given that has to fail: a file, what is replaced in it, by what, and the warning.
BROKEN = (
    ("docs/index.md", "## Guide", "[a page](no-such-page.md)\n\n## Guide", "no-such-page.md"),
    ("docs/index.md", "## Guide", "[a heading](operate/cost.md#nowhere)\n\n## Guide", "#nowhere"),
    ("docs/index.md", "## Guide", "[a file](../no-such-file.py)\n\n## Guide", "../no-such-file.py"),
    ("mkdocs.yml", "      - guide/shop.md\n", "", "shop.md"),
    ("checkout_stack/api/checkout_api.py", ":param cors:", ":param course:", "what cors is"),
    (
        "checkout_stack/monitoring/charge_audit.py",
        "#: Where it logs",
        "# It",
        "log_group says nothing",
    ),
)


def build(sources: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [program_of("docs", "mkdocs"), "build", "--strict", "--site-dir", str(site)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        command, cwd=sources, env=quiet, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built."""
    directory = tmp_path_factory.mktemp("site")
    done = build(ROOT, directory)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return directory


def test_every_page_of_the_menu_is_there(site: Path) -> None:
    for page in menu():
        assert (site / page).with_suffix(".html").is_file()


#: What two modules export has its place with one of them.
ELSEWHERE = {"checkout_runtime.events.AwsError"}


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_has_its_place(module: str, site: Path) -> None:
    written = set(re.findall(r'id="([\w.]+)"', (site / "reference" / "api.html").read_text()))
    assert {f"{module}.{name}" for name in PUBLIC[module]} - ELSEWHERE <= written


def test_no_markup_of_docstrings_is_left_over(site: Path) -> None:
    text = re.sub(r"<[^>]+>", "", (site / "reference" / "api.html").read_text())
    assert re.findall(r":\w+:`|``[^`]|:param|:raises|\bArgs:", text) == []


def test_the_search_needs_no_server_and_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    assert (site / "search" / "search_index.js").is_file()
    loading = r'<(?:script|link rel="stylesheet"|img)[^>]+(?:src|href)="(https?://[^"]+)"'
    pages = list(site.rglob("*.html"))
    assert [found for page in pages for found in re.findall(loading, page.read_text())] == []


def test_a_broken_link_a_page_in_no_menu_and_a_name_without_meaning_fail_the_build(
    tmp_path: Path,
) -> None:
    for name in ("docs", "tools", "checkout_stack", "lambda"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for name, before, after, _ in BROKEN:
        text = (tmp_path / name).read_text()
        assert before in text, name
        (tmp_path / name).write_text(text.replace(before, after, 1))
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert [each for *_, each in BROKEN if each not in done.stderr] == []
