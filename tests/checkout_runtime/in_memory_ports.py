"""The application's ports without AWS: the real adapters on the simulator's model of DynamoDB.

The simulator's contracts compare that model with DynamoDB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, TypeVar

from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.message import QueueMessage
from checkout_runtime.domain.order import Order
from simulator.deployment import ORDER_TABLE, make_table
from simulator.models.dynamodb import DynamoDbModel
from tests.checkout_runtime.adapters.order_stores import OnDynamoDb
from tests.checkout_runtime.full_item import item_of

__all__ = ["ORDER_TABLE", "InMemoryOrders", "InMemoryQueue", "empty_dynamodb"]


M = TypeVar("M", bound=QueueMessage)


class _Stopped:
    """The model's clock. It dates only the records of the stream, which nothing reads here."""

    def now(self) -> int:
        return 0


def empty_dynamodb() -> DynamoDbModel:
    """A DynamoDB of the test's own, with an empty order table ``ORDER_TABLE``."""
    dynamodb = DynamoDbModel(_Stopped())
    make_table(dynamodb)
    return dynamodb


class InMemoryOrders(OnDynamoDb):
    """Orders, their outcomes, and the index of those not settled, in a table of their own."""

    def __init__(self, shards: int = 1, *, announces: bool = False) -> None:
        self._model = empty_dynamodb()
        super().__init__(self._model, ORDER_TABLE, shards, announces=announces)
        self._states: list[str] = []

    @property
    def by_id(self) -> MutableMapping[str, Order]:
        """The orders in the table. Setting one replaces its whole item."""
        return _OrdersById(self._model, self.shards)

    @property
    def writes(self) -> list[str]:
        """Each order's state after each write, oldest first."""
        changes = self._model.take_changes(ORDER_TABLE)
        self._states += [item["status"]["S"] for _, item in changes if item and "status" in item]
        return list(self._states)


class _OrdersById(MutableMapping[str, Order]):
    def __init__(self, dynamodb: DynamoDbModel, shards: int) -> None:
        self._dynamodb, self._shards = dynamodb, shards

    def __getitem__(self, order_id: str) -> Order:
        answer = self._call("GetItem", Key={"pk": {"S": order_id}})
        if "Item" not in answer:
            raise KeyError(order_id)
        return order_from_item(answer["Item"])

    def __setitem__(self, order_id: str, order: Order) -> None:
        assert order.order_id == order_id
        self._call("PutItem", Item=item_of(order, self._shards))

    def __delitem__(self, order_id: str) -> None:
        self._call("DeleteItem", Key={"pk": {"S": order_id}})

    def __iter__(self) -> Iterator[str]:
        items = self._call("Scan")["Items"]
        # The table holds carts, refunds and the reconciler's bookmark, too.
        return iter([item["pk"]["S"] for item in items if is_order_id(item["pk"]["S"])])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._dynamodb.call(operation, {"TableName": ORDER_TABLE, **parameters})


class InMemoryQueue:
    """Remembers every body it took, as a queue deduplicates them, and what was returned to it."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.refused: set[str] = set()
        self.delays: dict[str, int] = {}

    def send(self, messages: Sequence[M]) -> list[M]:
        taken = [message for message in messages if message.order_id not in self.refused]
        self.sent += [message for message in taken if message not in self.sent]
        return [message for message in messages if message.order_id in self.refused]

    def make_visible_after(self, delays: Mapping[str, int]) -> None:
        self.delays.update(delays)
