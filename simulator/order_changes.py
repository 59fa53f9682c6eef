"""I1 and I5: what an order may become, what of it never changes, and what it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["check_change"]

Item = dict[str, Any]

_MAY_BECOME = {
    None: {"PENDING"},
    "PENDING": {"CHARGING", "CANCELLED", "NEEDS_REVIEW"},
    "CHARGING": {
        *("PAID", "AUTHORIZED", "DECLINED", "CANCELLED", "UNKNOWN"),
        *("ACTION_REQUIRED", "PROCESSING", "NEEDS_REVIEW"),
    },
    "UNKNOWN": {"CHARGING", "PAID", "NEEDS_REVIEW"},
    "ACTION_REQUIRED": {"CHARGING", "UNKNOWN", "PAID", "NEEDS_REVIEW"},
    "AUTHORIZED": {"UNKNOWN", "PAID", "CANCELLED", "NEEDS_REVIEW"},
    "PROCESSING": {
        "ACTION_REQUIRED",
        "PAID",
        "AUTHORIZED",
        "DECLINED",
        "CANCELLED",
        "NEEDS_REVIEW",
    },
    "DECLINED": {"PENDING", "CANCELLED", "NEEDS_REVIEW"},
    "NEEDS_REVIEW": {"PAID", "DECLINED", "CANCELLED", "UNKNOWN"},
    "PAID": set[str](),
    "CANCELLED": {"NEEDS_REVIEW"},
}
"""The table of docs/reference/states.md. Proof of a stray charge leads to ``NEEDS_REVIEW``."""
_NEVER_CHANGE = ("scope", "fingerprint", "amount", "currency", "customer", "lines")


def check_change(key: str, old: Item | None, new: Item, orders: Mapping[str, Item]) -> None:
    """Look at an order that was written; ``orders`` are those that were there before.

    Raises:
        AssertionError: It may not change so.
    """
    before = old["status"]["S"] if old else None
    after = new["status"]["S"]
    if old is None:
        for other in orders.values():
            assert other["customer"] != new["customer"], f"I1: a second order {key}"
    if before != after:
        assert after in _MAY_BECOME[before], f"I5: {key} went from {before} to {after}"
    if old is None:
        return
    if before != after:
        remembered = any(name.endswith(f"_{after}") for name in new if name[:5] == "last_")
        released = before == "NEEDS_REVIEW" and "last_released" in new
        assert remembered or released, f"{key} does not remember that it became {after}"
    for name in ("attempt", "claim_epoch"):
        assert int(new[name]["N"]) >= int(old[name]["N"]), f"I5: {key} went back in {name}"
    if before == "PAID":
        assert new["charge_id"] == old["charge_id"], f"I5: {key} is paid by another charge"
    strays = set(old.get("stray_charges", {}).get("SS", ()))
    kept = set(new.get("stray_charges", {}).get("SS", ()))
    by_verdict = old.get("verdict_at") != new.get("verdict_at")
    # Or to the refunded ones, with a refund that the payment service made.
    gone = strays - kept <= set(new.get("refunded_charges", {}).get("SS", ()))
    assert gone or by_verdict, f"I5: proof of {strays - kept} was dropped from {key}"
    is_erased = new["scope"] == {"S": "erased"}
    if is_erased and old["scope"] != new["scope"]:
        assert before in ("PAID", "DECLINED", "CANCELLED"), (
            f"{key} was erased while it was {before}"
        )
    kept_fields = ("amount", "currency") if is_erased else _NEVER_CHANGE
    for name in kept_fields:
        assert new[name] == old[name], f"I1: {name} of {key} changed"
