"""What happened to one cart, as the shop's server saw it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Shop = Literal["naive", "ours"]
Kind = Literal["step", "suppressed", "charge", "refund", "fault"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened."""

    at: float
    """Seconds since 1970 UTC, by this machine's clock, which every process here shares."""

    shop: Shop
    kind: Kind
    text: str


@dataclass
class Presses:
    """How often "pay" was pressed in one shop."""

    received: int = 0
    working: int = 0
    """Received and not answered yet."""

    replays: int = 0
    """Answered with the order that was there before."""


@dataclass
class Notebook:
    """Notes about one cart; safe to use from several threads."""

    now: Callable[[], float] = time.time
    presses: dict[Shop, Presses] = field(
        default_factory=lambda: {"naive": Presses(), "ours": Presses()}
    )
    _events: list[Event] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, shop: Shop) -> int:
        """Note a press; returns how many there were in that shop, with this one."""
        with self._lock:
            presses = self.presses[shop]
            presses.received += 1
            presses.working += 1
            self._note(shop, "step", f"Press {presses.received}: request received")
            return presses.received

    def end(self, shop: Shop, kind: Kind, text: str, *, replay: bool = False) -> None:
        """Note what a press came to."""
        with self._lock:
            self.presses[shop].working -= 1
            self.presses[shop].replays += replay
            self._note(shop, kind, text)

    def note(self, shop: Shop, kind: Kind, text: str) -> None:
        """Note an event."""
        with self._lock:
            self._note(shop, kind, text)

    def see(self, what: str, text: str) -> None:
        """Note something that was seen in the table, the first time that it is seen."""
        with self._lock:
            if what not in self._seen:
                self._seen.add(what)
                self._note("ours", "step", text)

    def events(self) -> list[Event]:
        """The notes so far."""
        with self._lock:
            return list(self._events)

    def _note(self, shop: Shop, kind: Kind, text: str) -> None:
        self._events.append(Event(at=self.now(), shop=shop, kind=kind, text=text))
