"""What one payment request, its look-up and its cancellation get, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Behaviour", "Fault"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong between a request and its answer."""

    kind: Literal["hang", "unreadable", "redirect", "bare", "html", "status"]
    """``bare`` answers ``status`` with JSON that holds no word, ``html`` with a page as gateways
    write it, and ``status`` puts the true answer under that status."""

    status: int = 500
    after_capture: bool = False
    """Whether a charge is made first."""

    times: int | None = None
    """How many requests under one payment key it hits; ``None`` means each of them."""

    def hits(self, request_number: int) -> bool:
        """Whether it hits the n-th request (from 1) under a payment key."""
        return self.times is None or request_number <= self.times


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How a payment is treated."""

    outcome: Literal["captured", "declined", "action_required", "processing", "not_charged"] = (
        "captured"
    )
    latency_seconds: float = 0.0
    captures_wrong_amount: bool = False
    action_page: str = "https://bank.example/confirm"
    """Where the buyer acts, if the outcome is ``action_required``."""

    settles_as: Literal["captured", "declined"] = "captured"
    """What a payment that is ``processing`` comes to."""

    settles_after_seconds: int = 0
    hold_seconds: int | None = None
    """How long the money is held, where that is asked for; ``None``: as long as usual."""

    capture_fault: Fault | None = None
    """What is wrong with the answer to a capture of a hold."""

    refuses_captures: bool = False
    declines_first: bool = False
    """Whether the first request is declined, and the decline is forgotten."""

    forgets_key: bool = False
    """Whether every request is a charge of its own; a look-up still finds what was charged."""

    fault: Fault | None = None
    """What is wrong with the answer to a charge."""

    look_up_fault: Fault | None = None
    cancel_fault: Fault | None = None
    refund_fault: Fault | None = None
    """What is wrong with the answer to a refund of the charge; ``after_capture`` is after it."""

    refuses_refunds: bool = False
