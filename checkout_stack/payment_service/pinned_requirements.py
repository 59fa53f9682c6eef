"""Reads a requirements file in which every package has one exact version."""

from __future__ import annotations

import re

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*===?\s*[^\s;,*]+"
    r"(\s*;(?:(?!--hash).)*)?(\s+--hash=\S+)*"
)
_WHERE_PACKAGES_ARE = re.compile(r"(-i|--index-url|--extra-index-url|--find-links|-f)[ =]\S+")
"""What pip-compile writes first, where an index is configured."""
_COMMENT = re.compile(r"(^|\s)#.*")


def pinned_names(text: str) -> set[str]:
    """Return the normalised names of the packages that have an exact version.

    >>> sorted(pinned_names("Acme_Pay==1.2\\nrequests>=2\\n"))
    ['acme-pay']
    """
    pins = (_PIN.fullmatch(line) for line in _logical_lines(text))
    return {normalised(pin["name"]) for pin in pins if pin}


def unpinned_lines(text: str) -> list[str]:
    """Return the lines that are no pin: ranges, paths, URLs, other files.

    >>> unpinned_lines("acme-pay==1.2 --hash=sha256:ab  # why\\n-r more.txt\\nrequests>=2")
    ['-r more.txt', 'requests>=2']
    """
    return [
        line
        for line in _logical_lines(text)
        if not _PIN.fullmatch(line) and not _WHERE_PACKAGES_ARE.fullmatch(line)
    ]


def normalised(name: str) -> str:
    """Return the name of a package as indexes compare it.

    >>> normalised("Acme_Pay.SDK")
    'acme-pay-sdk'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _logical_lines(text: str) -> list[str]:
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ")
    stripped = (_COMMENT.sub("", line).strip() for line in joined.splitlines())
    return [line for line in stripped if line]
