"""What the site generator is told beyond ``mkdocs.yml``: folders in the navigation, links out of
``docs``."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

#: Warnings of this logger fail a strict build.
_LOG = logging.getLogger("mkdocs.hooks.links")
_LINK_UP = re.compile(r"(?<=\]\()(\.\./[^)#\s]+)(?=[)#])")
#: The branch whose files the site links to.
_BRANCH = "main"


def on_config(config: Any) -> Any:
    """Put every page of a folder where the navigation names the folder."""
    config["nav"] = [_with_pages(each, Path(config["docs_dir"])) for each in config["nav"]]
    return config


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Let links that leave ``docs`` lead to the repository; warn of one that leads nowhere."""
    docs = Path(config["docs_dir"])
    root, folder = docs.parent, docs.joinpath(page.file.src_uri).parent

    def in_the_repository(link: re.Match[str]) -> str:
        target = folder.joinpath(link[1]).resolve()
        if target.is_relative_to(docs):
            return link[1]
        if not target.exists():
            _LOG.warning("%s links to %s, which is not there", page.file.src_uri, link[1])
        kind = "tree" if target.is_dir() else "blob"
        return f"{config['repo_url']}/{kind}/{_BRANCH}/{target.relative_to(root).as_posix()}"

    return _LINK_UP.sub(in_the_repository, markdown)


def _with_pages(entry: Any, docs: Path) -> Any:
    if not isinstance(entry, dict):
        return entry
    [(title, inside)] = entry.items()
    if isinstance(inside, list):
        return {title: [_with_pages(each, docs) for each in inside]}
    if not inside.endswith("/"):
        return entry
    return {
        title: [page.relative_to(docs).as_posix() for page in sorted(docs.glob(f"{inside}*.md"))]
    }
