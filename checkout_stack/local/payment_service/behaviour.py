"""What a payment method token makes the payment service do.

Test cards of real payment services work the same way: the behaviour travels with the request, so
scenarios that run at the same time do not disturb each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

GRAMMAR = (
    "pm_ok, pm_slow_<n>ms, pm_declined, pm_declined_once, pm_action_required, pm_wrong_amount, "
    "pm_hang_before_capture, pm_hang_after_capture, pm_unreadable_after_capture, "
    "pm_redirect, pm_redirect_after_capture, pm_error_<status>, pm_error_<status>_after_capture; "
    "a fault may end in _once or _<n>times, counted per payment key; "
    "pm_forgets_key, also before a fault (pm_forgets_key_hang_after_capture_once); "
    "any token may carry a suffix after a dot (pm_ok.second-card)"
)

_SLOW = re.compile(r"slow_(?P<milliseconds>\d{1,5})ms")
_FAULT = re.compile(
    r"(?:(?P<kind>hang|unreadable|redirect)|error_(?P<status>[1-5]\d\d))"
    r"(?:_(?P<point>before|after)_capture)?"
    r"(?:_(?:(?P<once>once)|(?P<times>\d{1,4})times))?"
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong between the request and its answer."""

    kind: Literal["hang", "error", "unreadable", "redirect"]
    after_capture: bool
    status: int = 500
    times: int | None = None
    """How many requests under one payment key it hits; ``None`` means each of them."""

    def hits(self, request_number: int) -> bool:
        """Whether it hits the n-th request (from 1) under a payment key."""
        return self.times is None or request_number <= self.times


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How one request is treated."""

    latency_seconds: float = 0.0
    outcome: Literal["captured", "declined", "action_required"] = "captured"
    captures_wrong_amount: bool = False
    declines_first: bool = False
    """Whether the first request is declined, and the decline is forgotten."""

    forgets_key: bool = False
    """Whether every request is a charge of its own; a look-up still finds what was charged."""

    fault: Fault | None = None


class UnknownPaymentMethod(ValueError):
    """The token names no behaviour; the message says which there are."""


_PLAIN = {
    "ok": Behaviour(),
    "declined": Behaviour(outcome="declined"),
    "declined_once": Behaviour(declines_first=True),
    "forgets_key": Behaviour(forgets_key=True),
    "action_required": Behaviour(outcome="action_required"),
    "wrong_amount": Behaviour(captures_wrong_amount=True),
}


def behaviour_of(payment_method: str) -> Behaviour:
    """The behaviour that a payment method token asks for.

    >>> behaviour_of("pm_slow_300ms").latency_seconds
    0.3
    >>> behaviour_of("pm_hang_after_capture_once").fault
    Fault(kind='hang', after_capture=True, status=500, times=1)
    """
    prefix, _, name = payment_method.partition(".")[0].partition("_")
    if prefix != "pm":
        raise UnknownPaymentMethod(f"{payment_method!r} is none of: {GRAMMAR}")
    if name in _PLAIN:
        return _PLAIN[name]
    if slow := _SLOW.fullmatch(name):
        return Behaviour(latency_seconds=int(slow["milliseconds"]) / 1000)
    faulty = name.removeprefix("forgets_key_")
    if fault := _FAULT.fullmatch(faulty):
        return Behaviour(fault=_fault(fault), forgets_key=faulty != name)
    raise UnknownPaymentMethod(f"{payment_method!r} is none of: {GRAMMAR}")


def _fault(match: re.Match[str]) -> Fault:
    kinds: dict[str | None, Literal["hang", "unreadable", "redirect"]] = {
        "hang": "hang",
        "unreadable": "unreadable",
        "redirect": "redirect",
    }
    return Fault(
        kind=kinds.get(match["kind"], "error"),
        after_capture=match["point"] == "after",
        status=int(match["status"] or 500),
        times=1 if match["once"] else int(match["times"]) if match["times"] else None,
    )
