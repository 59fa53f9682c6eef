"""A month's bill: amounts of things that have a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.cost import prices
from bench.cost.assumptions import (
    ACCESS_BYTES,
    GIGABYTE,
    PROVISIONED_SHARE_USED,
    Assumptions,
)
from bench.cost.prices import Price

SECONDS_OF_AN_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Line:
    """So many units of something in one month."""

    what: str
    price: Price
    amount: float

    @property
    def dollars(self) -> float:
        """What the line costs."""
        return self.price.of(self.amount)


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Everything that one way of taking orders costs in one month."""

    name: str
    orders: float
    lines: Sequence[Line]
    #: Dollars that are a share of others, such as a plan.
    surcharge: float = 0.0
    #: What is known to be missing; the bill is then a lower bound.
    missing: str = ""
    #: Whether a price of some amount is not published.
    unpublished: bool = False

    @property
    def dollars(self) -> float:
        """What the month costs."""
        return sum(line.dollars for line in self.lines) + self.surcharge

    @property
    def a_million(self) -> float:
        """What a million orders cost at this volume."""
        return self.dollars / self.orders * 1e6

    def by_price(self) -> dict[str, float]:
        """Return the dollars a million orders by what they are paid for."""
        shares: dict[str, float] = {}
        for line in self.lines:
            name = line.price.name
            shares[name] = shares.get(name, 0.0) + line.dollars / self.orders * 1e6
        return shares


def function(name: str, *, invocations: float, seconds: float, gigabytes: float) -> list[Line]:
    """Return what a function costs: requests and time.

    Lambda writes no record of its own about an invocation that went well: everybody's functions
    have the system log level ``WARN``.

    :param seconds: How long one invocation takes.
    """
    return [
        Line(what=f"{name}: requests", price=prices.LAMBDA_REQUEST, amount=invocations),
        Line(
            what=f"{name}: time",
            price=prices.LAMBDA_TIME,
            amount=invocations * seconds * gigabytes,
        ),
    ]


def table_units(what: str, assumed: Assumptions, *, writes: float = 0, reads: float = 0) -> Line:
    """Return what a month's write or read units of a table and its index cost."""
    units = writes or reads
    if not assumed.provisioned:
        price = prices.WRITE_UNIT if writes else prices.READ_UNIT
        return Line(what=what, price=price, amount=units)
    price = prices.PROVISIONED_WRITE if writes else prices.PROVISIONED_READ
    hours = units / SECONDS_OF_AN_HOUR / PROVISIONED_SHARE_USED
    return Line(what=what, price=price, amount=hours)


def logs(what: str, written_bytes: float) -> list[Line]:
    """Return what log records cost: taken in, and kept for the construct's month."""
    gigabytes = written_bytes / GIGABYTE
    return [
        Line(what=what, price=prices.LOGS, amount=gigabytes),
        Line(what=f"{what}, kept", price=prices.LOG_STORAGE, amount=gigabytes),
    ]


def api(orders: float) -> list[Line]:
    """Return what the HTTP API in front costs: one request an order, with its access record."""
    return [
        Line(what="API requests", price=prices.API_REQUEST, amount=orders),
        *logs("access log", orders * ACCESS_BYTES),
    ]


def kept_orders(orders: float, item_bytes: float, assumed: Assumptions) -> list[Line]:
    """Return what it costs to keep the orders: a shop keeps them whatever charged them."""
    gigabytes = orders * item_bytes / GIGABYTE * assumed.months_kept
    return [
        Line(what="orders kept", price=prices.STORAGE, amount=gigabytes),
        Line(what="orders kept, backup", price=prices.BACKUP, amount=gigabytes),
    ]


def secret(readers: int, reads_a_month: float) -> list[Line]:
    """Return what the payment service's token costs, read by so many warm environments."""
    return [
        Line(what="secret", price=prices.SECRET, amount=1),
        Line(what="reads of it", price=prices.SECRET_READ, amount=readers * reads_a_month),
    ]
