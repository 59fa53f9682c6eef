"""The files of the page, and nothing else of the disk."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class PageFile:
    """One file as it is sent."""

    media_type: str
    content: bytes


def page_files() -> dict[str, PageFile]:
    """Every file of the folder ``page``, by its path in the URL; ``/`` is the page itself."""
    found = {}
    for file in files(__package__).joinpath("page").iterdir():
        suffix = file.name[file.name.rfind(".") :]
        found[f"/{file.name}"] = PageFile(_MEDIA_TYPES[suffix], file.read_bytes())
    return {**found, "/": found["/index.html"]}
