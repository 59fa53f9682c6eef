"""The order table as it was when it was last looked at."""

from __future__ import annotations

from functools import cached_property
from typing import Any

__all__ = ["ENDS", "REFUND_ENDS", "StoredOrders", "is_to_be_announced"]

ENDS = frozenset({"PAID", "DECLINED", "CANCELLED", "NEEDS_REVIEW"})
REFUND_ENDS = frozenset({"REFUNDED", "NOT_REFUNDED", "NEEDS_REVIEW"})


class StoredOrders:
    """Every order, for those who watch the checkout from outside."""

    def __init__(self) -> None:
        self.by_id: dict[str, dict[str, Any]] = {}
        self.open_since: dict[str, int] = {}
        """Since when an order has been open, or has had reason to be."""
        self.refunds: dict[str, dict[str, Any]] = {}
        """Every refund, by its id."""

    def put(self, key: str, item: dict[str, Any]) -> None:
        """Take an order as it is now."""
        self.by_id[key] = item
        self._find_anew()

    def put_refund(self, key: str, item: dict[str, Any]) -> None:
        """Take a refund as it is now."""
        self.refunds[key] = item
        self._find_anew()

    def _find_anew(self) -> None:
        """Forget what was found: it is asked for far more often than anything changes."""
        for name in ("open_refunds", "expiring", "open_orders", "to_be_announced"):
            self.__dict__.pop(name, None)

    @cached_property
    def open_refunds(self) -> dict[str, dict[str, Any]]:
        """The refunds without an outcome, by their ids."""
        return {
            key: item
            for key, item in self.refunds.items()
            if item["status"]["S"] not in REFUND_ENDS
        }

    @cached_property
    def expiring(self) -> list[dict[str, Any]]:
        """The declined orders that expire, unless somebody pays them."""
        return [
            item
            for item in self.by_id.values()
            if item.get("unsettled_shard", {}).get("S", "").startswith("expire#")
        ]

    def refund_statuses(self) -> list[str]:
        """The state of every refund."""
        return [item["status"]["S"] for item in self.refunds.values()]

    @staticmethod
    def strays_in(item: dict[str, Any]) -> list[str]:
        """The stray charges of an order."""
        return sorted(map(_charge_in, item.get("stray_charges", {}).get("SS", ())))

    @cached_property
    def open_orders(self) -> dict[str, dict[str, Any]]:
        """The orders without an outcome, by their ids."""
        return {key: item for key, item in self.by_id.items() if item["status"]["S"] not in ENDS}

    @cached_property
    def to_be_announced(self) -> list[dict[str, Any]]:
        """The orders that owe an announcement, or are in the index as if they did."""
        return [item for item in self.by_id.values() if is_to_be_announced(item)]

    @property
    def has_erased(self) -> bool:
        """Whether the buyer of any order was erased."""
        return any(item["scope"] == {"S": "erased"} for item in self.by_id.values())

    def statuses(self) -> list[str]:
        """The state of every order."""
        return [item["status"]["S"] for item in self.by_id.values()]

    def orders_in(self, status: str) -> list[str]:
        """The orders in a state."""
        return [key for key, item in self.by_id.items() if item["status"]["S"] == status]

    def service_of(self, key: str) -> str | None:
        """The name of the payment service that the order's current attempt was claimed for."""
        item = self.by_id[key]
        name: str | None = item.get(f"attempt_{item['attempt']['N']}_service", {}).get("S")
        return name

    def charge_of(self, key: str) -> str | None:
        """The charge by which an order is paid, if it is."""
        order = self.by_id[key]
        return order["charge_id"]["S"] if order["status"]["S"] == "PAID" else None

    def in_review(self) -> list[tuple[str, list[str]]]:
        """The orders that wait for an operator, with their stray charges."""
        found = []
        for key, item in self.by_id.items():
            strays = self.strays_in(item)
            if "refunding_strays" not in item and (strays or item["status"]["S"] == "NEEDS_REVIEW"):
                found.append((key, strays))
        return found

    def review_reasons(self) -> list[str]:
        """Why the orders are in review that were left there."""
        return [
            item.get("review_reason", {}).get("S", "none given")
            for item in self.by_id.values()
            if item["status"]["S"] == "NEEDS_REVIEW"
        ]


def is_to_be_announced(item: dict[str, Any]) -> bool:
    """Whether an order owes an announcement, or is in the index as if it did."""
    return "owed" in item or item.get("unsettled_shard", {}).get("S", "").startswith("announce#")


def _charge_in(proof: str) -> str:
    """The charge id in ``attempt:charge id:amount:currency``."""
    return proof.partition(":")[2].rsplit(":", 2)[0]
