"""Every reason for which the runtime calls an operator has its exit on the command line."""

from __future__ import annotations

import re
from pathlib import Path

from checkout_stack.operations.review_reasons import REASONS, review_step

RUNTIME = Path(__file__).parents[3] / "lambda" / "checkout_runtime"
_LITERAL = re.compile(r'\b(?:NeedsReview|Review|end)\((?:order, )?"(\w+)"')
_RETURNED = re.compile(r'return "(\w+)" if self\.keys_are_honoured else "(\w+)"')
WRITTEN_OTHERWISE = {
    *("action_not_taken", "refused_without_word"),
    *("stray_charge", "capture_mismatch", "stray_refunded"),
    "restored_from_backup",
    *("earlier_attempt_open", "earlier_attempt_unclear", "claimed_unopened"),
}
"""Reasons that the code holds in a name, or decides by a condition."""


def test_every_reason_has_a_meaning_and_an_exit() -> None:
    # Those of refunds are in docs/operate/runbooks/refunds-need-review.md.
    files = (file for file in RUNTIME.rglob("*.py") if "refund" not in file.name)
    code = "\n".join(file.read_text() for file in files)
    written = {*_LITERAL.findall(code)}
    for pair in _RETURNED.findall(code):
        written |= set(pair)
    assert len(written) >= 7
    assert written | WRITTEN_OTHERWISE <= REASONS.keys()
    for reason in WRITTEN_OTHERWISE:
        assert f'"{reason}"' in code, f"{reason} is written by nothing any more"


def test_what_was_declined_before_its_stray_charge_is_declined_again() -> None:
    step = review_step("stray_refunded", "ord_1", was_declined=True)
    assert "`checkout orders settle ord_1 --declined --why …`" in step
    assert "orders release" not in step
    assert "orders release ord_1" in review_step("stray_refunded", "ord_1")
