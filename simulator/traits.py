"""What a payment service promises, and what it is allowed to do all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from checkout_runtime.adapters.http_exchange import HttpAnswer

__all__ = ["Charge", "Hold", "MadeRefund", "PaymentModel", "Premises", "Traits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a payment service promises."""

    kind: str = "http"
    """How the checkout reaches it: ``http``, ``custom`` or ``stripe``."""
    honours_keys_for_ms: int
    """How long it remembers an idempotency key; 0: it does not, or forgets one that failed. At
    Stripe nothing rests on keys, and this is how long a buyer may be charged."""
    can_look_up: bool
    can_cancel: bool
    speaks: bool = True
    """Whether it refuses in the contract's words. If not, a refusal is a bare 4xx."""
    small_letters: bool = False
    """Whether it spells currencies in small letters."""
    keeps_failures: bool = False
    """Whether a 500 is stored and replayed under its key, as Stripe's first API does."""
    lags_ms: int = 0
    """How far a look-up is behind: what happened later is not found yet."""
    looks_up_in_ms: int = 0
    """How long it takes to answer a look-up."""
    cancels_unseen: bool = False
    """Whether it cancels a key that it has never seen, and refuses the late request."""
    contradicts_itself: bool = False
    """Outside every contract: each request under one key is decided afresh, by turns captured and
    declined. Two charges cannot be prevented then, only that a proof is lost."""

    holds_for_ms: int = 0
    """How long it holds money; 0: a charge takes the money at once."""
    charges_have_holds_id: bool = False
    """Whether what is captured of a hold has the hold's own id, as a Stripe payment has."""
    changes_its_mind: bool = False
    """Outside every contract, too: it captures what it declined a moment before."""

    @property
    def captures_later(self) -> bool:
        """Whether a charge asks it to hold the money."""
        return bool(self.holds_for_ms)

    @property
    def opens_attempts(self) -> bool:
        """Whether an attempt is opened before it is claimed."""
        return self.kind == "stripe"

    @property
    def keeps_its_word(self) -> bool:
        """Whether a caller can make sure of one charge an order."""
        return not (self.contradicts_itself or self.changes_its_mind)

    @property
    def can_always_be_settled(self) -> bool:
        """Whether no single order needs an operator, as long as no fault outlasts the keys."""
        asked = self.can_look_up and self.can_cancel and bool(self.honours_keys_for_ms)
        return asked and (self.speaks or self.cancels_unseen) and self.keeps_its_word


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that moved."""

    order_id: str
    payment_key: str
    charge_id: str
    amount: int
    currency: str
    captured_at: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Money that is kept for an order, and was not taken."""

    order_id: str
    payment_key: str
    amount: int


@dataclass(frozen=True, slots=True)
class MadeRefund:
    """Money that goes back, or is promised to."""

    payment_key: str
    charge_id: str
    reference: str
    amount: int


class Premises(Protocol):
    """The world as a payment service sees it."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...

    def at(self, time_ms: int, action: Callable[[], None]) -> None:
        """Do something at a time."""
        ...

    def charged(self, charge: Charge) -> None:
        """Money moved."""
        ...

    def held(self, hold: Hold) -> None:
        """Money is held."""
        ...

    def released(self, hold: Hold) -> None:
        """It is free again, and was not taken."""
        ...

    def gave_back(self, refund: MadeRefund) -> None:
        """Money goes back."""
        ...

    def took_back(self, refund: MadeRefund) -> None:
        """Money that went back, or was promised to, is kept after all."""
        ...

    def refund_changed(self, service: Traits, refund_key: str, reference: str) -> None:
        """A refund came into another state."""
        ...

    def later(self, delay_ms: int, effect: Callable[[], object]) -> None:
        """Do something after a while, which the world waits for."""
        ...

    def changed(
        self, service: Traits, payment_key: str, intent: Mapping[str, Any] | None = None
    ) -> None:
        """A payment came into another state; ``intent`` is Stripe's own view of it."""
        ...


class PaymentModel(Protocol):
    """A payment service behind HTTP."""

    traits: Traits
    ledger: list[Charge]

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer:
        """Carry one request out and return its answer."""
        ...

    def payment_key_in(self, url: str, body: bytes | None) -> str:
        """The payment key that a cancellation or a capture is about."""
        ...

    def remember_failure(self, headers: Mapping[str, str]) -> None:
        """The request that was just carried out is stored as a 500 under its key."""
        ...

    def refund_statuses(self) -> list[tuple[str, str]]:
        """What came of each refund that was asked for: its payment key and its status."""
        ...

    def waits_for_buyer(self, payment_key: str) -> bool:
        """Whether the buyer is asked to act."""
        ...

    def is_at_work_for(self, order_id: str) -> bool:
        """Whether money may move for the order without another request."""
        ...

    def buyer_acts(self, payment_key: str) -> None:
        """The buyer confirms, or fails to, unless it is too late."""
        ...

    def buyer_confirms(self, payment_key: str) -> None:
        """The buyer confirms once more by the client secret that the order showed, if it did."""
        ...
