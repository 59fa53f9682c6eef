"""Every reason for which a refund needs an operator is in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "lambda" / "checkout_runtime"
RUNBOOK = ROOT / "docs" / "operate" / "runbooks" / "refunds-need-review.md"
OF_EVERY_CLAIM = {"key_retention_over", "never_found", "keys_not_honoured", "restored_from_backup"}
"""What ``ChargePolicy`` says of whatever is claimed."""
_WRITTEN = re.compile(r'(?:NeedsReview|Review|_review)\(\s*"(\w+)"')
_RETURNED = re.compile(r'Review\("(\w+)"\)')


def test_every_reason_has_a_meaning() -> None:
    code = "\n".join(file.read_text() for file in RUNTIME.rglob("*refund*.py"))
    reasons = {
        *_WRITTEN.findall(code),
        *_RETURNED.findall(code),
        "refund_mismatch",
        "refunded_after_all",
    }
    assert len(reasons) >= 6
    described = set(re.findall(r"`(\w+)`", RUNBOOK.read_text()))
    assert reasons | OF_EVERY_CLAIM <= described
