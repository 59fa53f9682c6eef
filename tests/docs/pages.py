"""The pages of the documentation, and what the site's configuration says of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tools.site_hooks import on_config

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Everything that a stranger may begin with.
OUTSIDE = tuple(
    ROOT / name
    for name in (
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
        *("examples/README.md", "lambda/README.md", "bench/results.md", "bench/compare.md"),
    )
)
SITE: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
_FENCE = re.compile(r"^(`{3,})(\w*)[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Return every page below ``docs``."""
    return sorted(DOCS.rglob("*.md"))


def name_of(page: Path) -> str:
    """Return how a page is called in the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    return [code for _, kind, code in _FENCE.findall(page.read_text()) if kind == language]


def links(page: Path) -> list[str]:
    """Return the targets of a page's links, without those in code."""
    text = re.sub(r"`[^`\n]*`", "`code`", _FENCE.sub("", page.read_text()))
    return _LINK.findall(text)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = _FENCE.sub("", page.read_text())
    return {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def menu() -> list[str]:
    """Return every page that the site's menu names, below ``docs``."""
    return list(_leaves(on_config({"nav": SITE["nav"], "docs_dir": str(DOCS)})["nav"]))


def _leaves(entries: Any) -> list[str]:
    if isinstance(entries, str):
        return [entries]
    if isinstance(entries, dict):
        entries = list(entries.values())
    return [leaf for each in entries for leaf in _leaves(each)]


def _anchor(heading: str) -> str:
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


#: The first thing that a stranger copies.
[README_PROGRAM] = blocks(ROOT / "README.md", "python")
