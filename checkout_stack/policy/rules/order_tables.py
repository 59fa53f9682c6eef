"""Where an order table keeps its orders: in one Region, or in each of its replicas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checkout_stack.policy.rules.judging import judge_each, judged, settled_flag, stated
from checkout_stack.policy.rules.rule import Judgement
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities
from checkout_stack.policy.workload.workload import Workload

GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
NO_TABLE = "no table keeps the orders of such work"


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


def judge_flag(workload: Workload, *path: str, fix: str) -> list[Judgement]:
    """Judge the boolean at ``path`` of each order table, a global one by each of its replicas."""

    def judge(place: Place) -> Judgement:
        value = place.prop(*path)
        return judged(
            settled_flag(value),
            place.table,
            *place.path,
            path[0],
            given=stated(f"{path[-1]}{place.where}", value),
            allowed="true",
            fix=fix,
        )

    found = [place for table in workload.order_tables for place in _places(table)]
    return judge_each(found, judge, otherwise=NO_TABLE)


def _places(table: Resource) -> Iterator[Place]:
    """Every place that keeps the table's orders."""
    if table.type != GLOBAL_TABLE:
        yield Place(table)
        return
    branches = possibilities(table.prop("Replicas"))
    most = max((len(each) for each in branches if isinstance(each, list)), default=1)
    for index in range(most):
        yield Place(table, ("Replicas", index))
