"""Look at the order table, the queues and the payment service's ledger, at one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from checkout_stack.local.checkout_inspector import CheckoutInspector, Shipment


@dataclass(frozen=True, kw_only=True)
class SeenRefund:
    """A refund as it is in the table."""

    refund_id: str
    status: str
    amount: int
    """In cents."""

    accepted_at: float
    """Seconds since 1970 UTC."""


@dataclass(frozen=True, kw_only=True)
class SeenOrder:
    """An order as it is in the table. Times are seconds since 1970 UTC."""

    order_id: str
    status: str
    attempt: int
    claims: int
    """How often a worker took the order to charge it or to ask what became of it."""

    resends: int
    accepted_at: float
    first_claimed_at: float | None
    refunds: tuple[SeenRefund, ...] = ()
    """The first accepted one first."""

    shipment: Shipment | None = None
    """What the warehouse was told by an event on the bus; None: nothing so far."""


@dataclass(frozen=True)
class PaymentRecord:
    """What the payment service's ledger holds of one customer. Times as above."""

    requests: tuple[float, ...]
    """When each request for a charge came in."""

    charges: tuple[float, ...]
    """When each capture was made."""

    refunds: tuple[float, ...] = ()
    """When each refund was made."""


@dataclass(frozen=True)
class Queues:
    """Messages, visible or not."""

    payments: int
    dead_letters: int


class Observer(Protocol):
    """What the shop looks at."""

    def orders(self, customer: str) -> list[SeenOrder]:
        """Every order in the table for a customer, the first accepted one first."""

    def payments(self, customer: str) -> PaymentRecord:
        """The ledger's record of a customer."""

    def queues(self) -> Queues:
        """The queues as they are now."""


@dataclass(frozen=True)
class DeployedObserver:
    """Looks at a deployed checkout."""

    inspector: CheckoutInspector
    ledger: Path
    """The payment service's own SQLite file; read, never written."""

    def orders(self, customer: str) -> list[SeenOrder]:
        """From the table."""
        found = [self._seen(item) for item in self.inspector.items(customer)]
        return sorted(found, key=lambda order: order.accepted_at)

    def payments(self, customer: str) -> PaymentRecord:
        """Requests, captures and refunds, from the ledger's own tables."""
        charges = self.inspector.charges(customer)
        refunds = self.inspector.refunds(customer) if charges else []
        return PaymentRecord(
            tuple(self._request_times(customer)),
            tuple(float(charge["captured_at"]) for charge in charges),
            tuple(float(refund["refunded_at"]) for refund in refunds),
        )

    def queues(self) -> Queues:
        """By SQS's approximate counts."""
        return Queues(
            self.inspector.messages("payment queue"), self.inspector.messages("dead-letter queue")
        )

    def _request_times(self, customer: str) -> Iterator[float]:
        rows = (
            "SELECT received_at FROM requests WHERE json_extract(body, '$.customer') = ? "
            "ORDER BY rowid"
        )
        with closing(sqlite3.connect(f"{self.ledger.as_uri()}?mode=ro", uri=True)) as database:
            for (received_at,) in database.execute(rows, (customer,)):
                yield float(received_at)

    def _seen(self, fields: Mapping[str, Any]) -> SeenOrder:
        order_id, first_claimed_at = str(fields["pk"]), fields.get("first_claimed_at")
        is_paid = fields["status"] == "PAID"
        return SeenOrder(
            order_id=order_id,
            status=str(fields["status"]),
            attempt=int(fields["attempt"]),
            claims=int(fields["claim_epoch"]),
            resends=int(fields["resend"]),
            accepted_at=int(fields["accepted_at"]) / 1000,
            first_claimed_at=None if first_claimed_at is None else int(first_claimed_at) / 1000,
            refunds=self._refunds(fields.get("refunds", ())),
            shipment=self.inspector.shipment(order_id) if is_paid else None,
        )

    def _refunds(self, refund_ids: Iterable[str]) -> tuple[SeenRefund, ...]:
        found = [self.inspector.refund(each) for each in refund_ids]
        seen = [
            SeenRefund(
                refund_id=str(item["pk"]),
                status=str(item["status"]),
                amount=int(item["amount"]),
                accepted_at=int(item["accepted_at"]) / 1000,
            )
            for item in found
            if item is not None
        ]
        return tuple(sorted(seen, key=lambda refund: refund.accepted_at))
