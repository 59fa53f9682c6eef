"""Whoever is told to refund is told the command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checkout_runtime.domain.charge_audit import Mismatch, MismatchKind
from checkout_stack.operations.review_reasons import REASONS

DOCS = Path(__file__).parents[3] / "docs"
COMMAND = "checkout orders refund"
TOLD = re.compile(
    r"(?<!Do not )\brefund (it|this one|them|each|the (difference|charge))\b", re.IGNORECASE
)


def lines_of_operators_pages() -> Iterator[str]:
    pages = [*DOCS.rglob("runbooks/*.md"), *DOCS.rglob("operations.md")]
    assert len(pages) > 20
    for page in pages:
        yield from page.read_text().splitlines()


def test_every_page_for_operators_names_the_command() -> None:
    told = [line for line in lines_of_operators_pages() if TOLD.search(line)]
    assert len(told) > 5
    assert [line for line in told if COMMAND not in line] == []


def test_what_the_audit_says_names_the_command() -> None:
    found = {
        kind: Mismatch(kind, "ord_1", "ch_1", None, "").what_to_do
        for kind in MismatchKind
        if "refund" in Mismatch(kind, "ord_1", "ch_1", None, "").what_to_do.lower()
    }
    assert {MismatchKind.STRAY_CHARGE, MismatchKind.AMOUNT_DIFFERS} <= found.keys()
    assert [kind for kind, text in found.items() if COMMAND not in text] == []


def test_what_a_review_needs_names_the_command() -> None:
    told = [each.what_to_do for each in REASONS.values() if TOLD.search(each.what_to_do)]
    assert told
    assert [text for text in told if COMMAND not in text] == []
