"""The version and its changelog: ``python -m tools.release prepare 0.1.0``, ``check``, ``notes``.

``pyproject.toml`` says the version. Files that have to repeat it are listed here, written by
``prepare`` and compared by ``check``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
CHANGELOG = "CHANGELOG.md"
#: Files that name the version, and what stands before it; the first one decides.
PLACES = (
    ("pyproject.toml", r'^version = "'),
    ("pyproject.toml", r'"idempotent-checkout-runtime=='),
    ("lambda/pyproject.toml", r'^version = "'),
    # A function has no metadata of distributions to read it from.
    ("lambda/checkout_runtime/adapters/lean_aws/client.py", r'^VERSION = "'),
    ("clients/browser/package.json", r'^  "version": "'),
)
_VERSION = r"[0-9]+\.[0-9]+\.[0-9]+[0-9a-z.]*"
_UNRELEASED = "## [Unreleased]\n"


class ReleaseError(click.ClickException):
    """Something keeps this version from being released; the message says what."""


def versions(root: Path) -> list[tuple[str, str]]:
    """Return each file and the version that it names, the deciding one first.

    :raises ReleaseError: A file names no version where it should.
    """
    return [(name, _found(root, name, before)["version"]) for name, before in _places(root)]


def set_version(root: Path, version: str) -> None:
    """Write a version into every file that names one."""
    for name, before in _places(root):
        found = _found(root, name, before)
        file = root / name
        text = file.read_text()
        file.write_text(text[: found.start("version")] + version + text[found.end("version") :])


def date_changelog(root: Path, version: str, date: str) -> None:
    """Give the unreleased entries their version and date, and begin an empty section above them.

    :raises ReleaseError: The version has its section, or nothing was written since the last one.
    """
    file = root / CHANGELOG
    text = file.read_text()
    if _section(text, version) is not None:
        raise ReleaseError(f"{CHANGELOG} has a section of {version} already")
    if not _section(text, "Unreleased"):
        raise ReleaseError(f"{CHANGELOG} has nothing under [Unreleased]")
    dated = f"{_UNRELEASED}\n## [{version}] - {date}\n"
    file.write_text(text.replace(_UNRELEASED, dated, 1))


def check_release(root: Path, tag: str) -> None:
    """Hold a tag against every version and the changelog.

    :raises ReleaseError: They do not agree.
    """
    version = tag.removeprefix("v")
    others = [f"{name} says {found}" for name, found in versions(root) if found != version]
    if others:
        raise ReleaseError(f"the tag is {tag}, but {'; '.join(others)}")
    text = (root / CHANGELOG).read_text()
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE):
        raise ReleaseError(f"{CHANGELOG} has no dated section of {version}")


def notes(root: Path) -> str:
    """Return the changelog's entries of the version that ``pyproject.toml`` says.

    :raises ReleaseError: It has none.
    """
    version = versions(root)[0][1]
    found = _section((root / CHANGELOG).read_text(), version)
    if not found:
        raise ReleaseError(f"{CHANGELOG} has no entries of {version}")
    return found


def _places(root: Path) -> list[tuple[str, str]]:
    return [each for each in PLACES if (root / each[0]).exists()]


def _found(root: Path, name: str, before: str) -> re.Match[str]:
    text = (root / name).read_text()
    if found := re.search(f"{before}(?P<version>{_VERSION})", text, re.MULTILINE):
        return found
    raise ReleaseError(f"{name} names no version")


def _section(changelog: str, name: str) -> str | None:
    found = re.search(
        rf"^## \[{re.escape(name)}\].*?\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    return None if found is None else found[1].strip()


@click.group(help=__doc__)
def main() -> None:
    """Group of the commands below."""


@main.command()
@click.argument("version")
@click.option("--date", default="", help="Of the changelog's section. Default: today, UTC.")
def prepare(version: str, date: str) -> None:
    """Write VERSION everywhere, and date the changelog."""
    if not re.fullmatch(_VERSION, version):
        raise ReleaseError(f"{version} is no version such as 0.1.0")
    date_changelog(ROOT, version, date or datetime.now(UTC).date().isoformat())
    set_version(ROOT, version)
    click.echo("Run `make lock` and `make check`, then commit and tag.")


@main.command()
@click.argument("tag")
def check(tag: str) -> None:
    """Fail where TAG, the versions and the changelog do not agree."""
    check_release(ROOT, tag)


@main.command("notes")
def print_notes() -> None:
    """Print the changelog's entries of this version."""
    click.echo(notes(ROOT))


if __name__ == "__main__":
    main()
