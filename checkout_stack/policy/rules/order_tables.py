"""Where an order table keeps its orders: in one Region, or in each of its replicas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities

GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"


@dataclass(frozen=True)
class Place:
    """A table, or one replica of it."""

    table: Resource
    #: From ``Properties`` to where the replica is written; empty for a table of one Region.
    path: tuple[str | int, ...] = ()

    def prop(self, *path: str) -> Value:
        """What the table or replica says at ``path``."""
        return self.table.prop(*self.path, *path)

    @property
    def where(self) -> str:
        """The Region of a replica, as the end of a phrase."""
        if not self.path or isinstance(region := self.prop("Region"), Unknown):
            return ""
        return f" of the replica in {region}"


def places(table: Resource) -> Iterator[Place]:
    """Every place that keeps the table's orders."""
    if table.type != GLOBAL_TABLE:
        yield Place(table)
        return
    branches = possibilities(table.prop("Replicas"))
    most = max((len(each) for each in branches if isinstance(each, list)), default=1)
    for index in range(most):
        yield Place(table, ("Replicas", index))
