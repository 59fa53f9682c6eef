"""One version everywhere, and a changelog that is dated when it is released."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from checkout_runtime.adapters.lean_aws.client import VERSION
from tools import release
from tools.release import (
    PLACES,
    ReleaseError,
    check_release,
    date_changelog,
    notes,
    set_version,
    versions,
)

ROOT = Path(__file__).parents[2]
BROWSER = ROOT / "clients" / "browser" / "package.json"
DATED = "## [Unreleased]\n\n## [0.2.0] - 2027-01-02\n\n### Added\n\n- Tea.\n\n## [0.1.0]"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of every file that names the version, and a changelog."""
    for name, _ in PLACES:
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Tea.\n\n## [0.1.0] - 2026-12-01\n"
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    return tmp_path


def test_every_file_names_the_version_that_the_project_has() -> None:
    found = versions(ROOT)
    assert {version for _, version in found} == {VERSION}, found
    assert found[0][0] == "pyproject.toml"


def test_a_version_is_written_into_every_file_and_nothing_else_changes(root: Path) -> None:
    before = {name: (root / name).read_text() for name, _ in versions(root)}
    [old] = {found for _, found in versions(root)}
    set_version(root, "9.8.7")
    assert {found for _, found in versions(root)} == {"9.8.7"}
    for name, text in before.items():
        assert (root / name).read_text().replace("9.8.7", old) == text


def test_the_unreleased_entries_get_their_version_and_date(root: Path) -> None:
    date_changelog(root, "0.2.0", "2027-01-02")
    assert DATED in (root / "CHANGELOG.md").read_text()
    with pytest.raises(ReleaseError, match=r"section of 0\.2\.0 already"):
        date_changelog(root, "0.2.0", "2027-01-02")
    with pytest.raises(ReleaseError, match="nothing under"):
        date_changelog(root, "0.3.0", "2027-01-03")


def test_a_tag_is_released_only_where_all_agree(root: Path) -> None:
    set_version(root, "0.2.0")
    with pytest.raises(ReleaseError, match=r"no dated section of 0\.2\.0"):
        check_release(root, "v0.2.0")
    date_changelog(root, "0.2.0", "2027-01-02")
    check_release(root, "v0.2.0")
    with pytest.raises(ReleaseError, match=r"lambda/pyproject\.toml says 0\.2\.0"):
        check_release(root, "v0.2.1")


def test_the_notes_are_the_entries_of_the_version(root: Path) -> None:
    set_version(root, "0.2.0")
    date_changelog(root, "0.2.0", "2027-01-02")
    assert notes(root) == "### Added\n\n- Tea."


def test_a_file_without_its_version_is_an_error(root: Path) -> None:
    (root / "lambda" / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(ReleaseError, match=r"lambda/pyproject\.toml names no version"):
        versions(root)


def test_the_changelog_of_the_project_can_be_dated() -> None:
    changelog = (ROOT / release.CHANGELOG).read_text()
    assert re.findall(r"^## \[Unreleased\]$", changelog, re.MULTILINE) == ["## [Unreleased]"]


@pytest.mark.skipif(not BROWSER.exists(), reason="there is no browser client")
def test_npm_can_say_where_the_browser_client_was_built() -> None:
    repository = json.loads(BROWSER.read_text())["repository"]
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    assert repository["url"] == f"git+{metadata['Repository']}.git"
