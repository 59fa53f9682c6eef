"""What a schedule is about: who buys what, at which payment service, and who meddles when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from simulator.traits import Traits

__all__ = [
    "ASYNCHRONOUS",
    "DAY",
    "FEWEST_RECEIVES",
    "HOUR",
    "MAX_RECEIVES",
    "MINUTE",
    "SECOND",
    "SERVICES",
    "BusTrouble",
    "CancelWish",
    "CaptureWish",
    "Carts",
    "Case",
    "Events",
    "Operator",
    "Outage",
    "Purchase",
    "RefundWish",
    "Webhooks",
]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_RECEIVES = 37
"""As the construct derives them from the outage that it rides out by default."""
FEWEST_RECEIVES = 5
"""As it derives them where there is hardly an outage to ride out."""


class Carts(Enum):
    """Who vouches for the price, and whether one cart is one order."""

    PLAIN = "the request names its price"
    SIGNED = "the shop signs each cart"
    GUARDED = "the shop signs each cart, and one cart becomes one order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One purchase intent, and the impatience of its buyer."""

    buyer: str
    key: str
    amount: int
    submitted_at_ms: tuple[int, ...] = (0, 0)
    """When the same request is sent, after the schedule's start; each one is also repeated until it
    is answered."""
    payment_methods: tuple[str, ...] = ("ok",)
    """The first, and those that the buyer tries after a decline."""
    presses_twice: bool = False
    """Whether the buyer also double clicks on the other card, and on coming back from acting."""
    acts: bool = True
    """Whether the buyer confirms when asked to."""
    changes_cart: bool = False
    """Whether the last submission has another amount under the same key."""
    acts_after_ms: int = 2 * SECOND
    """When the buyer acts, after being asked to."""
    comes_back: bool = True
    """Whether the buyer who acted goes back to the shop, which then asks; or closes the tab."""
    cart: str | None = None
    """The cart that this purchase shares with others, under keys of their own."""
    in_process: bool = False
    """Whether the shop's own application takes the order in, without the HTTP API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """A refund that a shop asks for, of each order that there is at a time."""

    at_ms: int
    """After the schedule's start."""
    key: str
    amount: int | None = None
    """None: all that is left."""
    of_strays: bool = False
    """Whether each stray charge of the orders is to be given back, and not their own."""
    times: int = 1
    """How often the same request is sent at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWish:
    """A time at which the buyers of all orders that there are ask to cancel them."""

    at_ms: int
    """After the schedule's start."""
    times: int = 1
    """How often the same request is sent at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureWish:
    """A time at which a shop asks for the held money of all orders that there are."""

    at_ms: int
    """After the schedule's start."""
    amount: int | None = None
    """None: all of it."""
    times: int = 1
    """How often the same request is sent at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The operator on call. Times are after the schedule's start."""

    releases_at_ms: tuple[int, ...] = ()
    """When every order in review is released, and every dead letter put back."""
    redrives_at_ms: tuple[int, ...] = ()
    """When every order is looked up and put on its way again, whether it needs that or not."""
    decides_at_ms: tuple[int, ...] = ()
    """When every order in review gets a verdict, by what the payment service's ledger says."""
    erases_at_ms: tuple[int, ...] = ()
    """When the buyers of all orders that are settled are erased."""
    audits_at_ms: tuple[int, ...] = ()
    """When the charges so far are compared with the orders."""

    @property
    def last_at_ms(self) -> int:
        """When the operator does something for the last time."""
        by_hand = (*self.releases_at_ms, *self.redrives_at_ms, *self.decides_at_ms)
        return max((0, *by_hand, *self.erases_at_ms, *self.audits_at_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """What the payment service sends after each change of a payment."""

    delays_ms: tuple[int, ...] = (0,)
    """How long after the change each delivery comes: at once is before the request is answered."""
    strangers: bool = False
    """Whether forged and recorded ones come, too, and those of other orders and attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The payment service refuses connections for a while."""

    from_ms: int
    until_ms: int
    charges_only: bool = False
    """Whether look-ups and cancellations are answered all the same."""


class BusTrouble(Enum):
    """What is wrong with the event bus while something is."""

    HANGS = "does not answer"
    REFUSES = "refuses, as the permission is gone"
    GONE = "is gone: it takes events and drops them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """That outcomes are announced, and what goes wrong. Times are after the schedule's start."""

    trouble: BusTrouble = BusTrouble.REFUSES
    trouble_until_ms: int = 0
    relay_dead_until_ms: int = 0
    """Until when Lambda abandons what the stream brings: payments and announcements alike."""
    is_always_on: bool = True
    """If not, the deployment of the case switches the bus off."""

    @property
    def over_at_ms(self) -> int:
        """When nothing is wrong any more."""
        return max(self.trouble_until_ms, self.relay_dead_until_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a schedule depends on, except its faults."""

    purchases: tuple[Purchase, ...]
    service: Traits
    operator: Operator = Operator()
    skews_ms: tuple[int, ...] = (0,)
    """How far clocks of execution environments are ahead, taken in turn."""
    garbage: tuple[str, ...] = ()
    """Bodies of messages that somebody else puts on the queue."""
    webhooks: Webhooks | None = None
    """None: the payment service sends none."""
    outage: Outage | None = None
    deployed_at_ms: int | None = None
    """When a new version replaces every execution environment."""
    replaced_by: Traits | None = None
    """The other payment service that the new version charges at."""
    is_upgrade: bool = False
    """Whether everything before the deployment runs the previous version of the code."""
    rotated_at_ms: int | None = None
    """From when on the payment service accepts another secret only; half a minute later it is in
    Secrets Manager."""
    index_lag_ms: int = 0
    """How far the index is behind the table."""
    carts: Carts = Carts.PLAIN
    max_receives: int = MAX_RECEIVES
    """Receives after which SQS moves a message to the dead letters."""
    events: Events | None = None
    """None: outcomes are not announced."""
    refunds: tuple[RefundWish, ...] = ()
    cancels: tuple[CancelWish, ...] = ()
    expires_after_ms: int | None = None
    """When orders expire that nobody pays; None: never."""
    captures: tuple[CaptureWish, ...] = ()
    quarantine: bool = False
    """Whether the table was restored from a backup, after every order of this case."""


_MODULE = Traits(
    kind="custom",
    honours_keys_for_ms=DAY,
    can_look_up=True,
    can_cancel=True,
    cancels_unseen=True,
    small_letters=True,
)
_STRIPE = Traits(kind="stripe", honours_keys_for_ms=DAY, can_look_up=True, can_cancel=True)
SERVICES = {
    "keys and look-up": Traits(honours_keys_for_ms=DAY, can_look_up=True, can_cancel=True),
    "keys only": Traits(
        honours_keys_for_ms=DAY, can_look_up=False, can_cancel=False, small_letters=True
    ),
    "look-up only": Traits(honours_keys_for_ms=0, can_look_up=True, can_cancel=True),
    "neither": Traits(honours_keys_for_ms=0, can_look_up=False, can_cancel=False),
    "contradicts itself": Traits(
        honours_keys_for_ms=DAY, can_look_up=False, can_cancel=False, contradicts_itself=True
    ),
    "changes its mind": Traits(
        honours_keys_for_ms=DAY, can_look_up=True, can_cancel=True, changes_its_mind=True
    ),
    "without words": Traits(
        honours_keys_for_ms=DAY,
        can_look_up=True,
        can_cancel=True,
        speaks=False,
        cancels_unseen=True,
    ),
    "without words or cancel": Traits(
        honours_keys_for_ms=DAY, can_look_up=True, can_cancel=False, speaks=False
    ),
    "slow to show": Traits(
        honours_keys_for_ms=DAY,
        can_look_up=True,
        can_cancel=True,
        lags_ms=2 * MINUTE,
        keeps_failures=True,
        cancels_unseen=True,
    ),
    "slow to answer": Traits(
        honours_keys_for_ms=DAY, can_look_up=True, can_cancel=True, looks_up_in_ms=9 * SECOND
    ),
    "custom": _MODULE,
    "Stripe": _STRIPE,
    "holds": Traits(
        honours_keys_for_ms=DAY, can_look_up=True, can_cancel=True, holds_for_ms=4 * HOUR
    ),
    "holds for days": Traits(
        honours_keys_for_ms=DAY,
        can_look_up=True,
        can_cancel=True,
        holds_for_ms=3 * DAY,
        charges_have_holds_id=True,
    ),
    "holds by a module": replace(_MODULE, holds_for_ms=4 * HOUR),
    "holds at Stripe": replace(_STRIPE, holds_for_ms=4 * HOUR, charges_have_holds_id=True),
}
ASYNCHRONOUS = ("slow", "slow_declined", "endless")
"""Payment methods whose money moves in days, or never."""
