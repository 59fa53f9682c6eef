"""An operator: releases, redrives, verdicts, erasures and audits, at the times that a case says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from simulator.boundaries import boundary_named
from simulator.cases import HOUR, SECOND
from simulator.deployment import DEAD_LETTERS, PAYMENT_SECRET_ARN
from simulator.event_sources import QueueMapping
from simulator.faults import Fault
from simulator.invariants import Invariants
from simulator.world_state import START_MS, Invoke, WorldState

__all__ = ["Operators"]

ROTATION_MS = 30 * SECOND
"""How long a rotated secret is refused before it can be read."""
_AUDIT = boundary_named("schedule: audit_charges")


class Operators:
    """Does by hand what the functions do not do by themselves."""

    def __init__(
        self,
        world: WorldState,
        queue_mapping: QueueMapping,
        invariants: Invariants,
        invoke: Invoke,
    ) -> None:
        self._world = world
        self._orders = world.stored_orders
        self._queue_mapping = queue_mapping
        self._invariants = invariants
        self._invoke = invoke

    def begin(self) -> None:
        """Plan everything."""
        case = self._world.case
        plans: tuple[tuple[tuple[int, ...], Callable[[], None]], ...] = (
            (case.operator.releases_at_ms, self._release),
            (case.operator.redrives_at_ms, self._redrive),
            (case.operator.decides_at_ms, self._decide),
            (case.operator.erases_at_ms, self._erase),
            (case.operator.audits_at_ms, self._audit),
        )
        for times, act in plans:
            for after in times:
                self._at(after, act)
        if case.rotated_at_ms is not None:
            self._at(case.rotated_at_ms, self._rotate_at_the_service)
            self._at(case.rotated_at_ms + ROTATION_MS, self._rotate)

    def _at(self, after_ms: int, act: Callable[[], None]) -> None:
        self._world.scheduler.at(START_MS + after_ms, act)

    def _release(self) -> None:
        """Release every order in review, and put the dead letters back."""
        in_review = self._orders.orders_in("NEEDS_REVIEW")
        if in_review:
            self._ask({"release": in_review})
        self._world.sqs.redrive(DEAD_LETTERS)
        self._queue_mapping.wake()
        self._world.news()

    def _redrive(self) -> None:
        """Look at every order and put it on its way again, whether it needs that or not."""
        orders = list(self._orders.by_id)
        if orders:
            self._ask({"look_up": orders})
            self._ask({"redrive": orders})
            self._world.news()

    def _decide(self) -> None:
        """Give each order in review, and each stray charge, the verdict that the ledger gives."""
        for order_id, strays in self._orders.in_review():
            paid = self._orders.charge_of(order_id) or self._decide_unpaid(order_id, strays)
            for charge_id in strays:
                if charge_id != paid:
                    self._settle(order_id, "refunded_elsewhere", charge_id)

    def _decide_unpaid(self, order_id: str, strays: list[str]) -> str | None:
        """Settle an order by a charge of what was ordered, and return that; else decline it."""
        world = self._world
        charges = [charge for charge in world.kept_charges() if charge.order_id == order_id]
        ordered = int(self._orders.by_id[order_id]["amount"]["N"])
        for charge in charges:
            if charge.amount == ordered:
                self._settle(order_id, "paid", charge.charge_id)
                return charge.charge_id
        at_work = any(service.is_at_work_for(order_id) for service in world.services.values())
        if not strays and not at_work:
            # What was captured otherwise than ordered is given back first.
            world.refunded.update(charge.charge_id for charge in charges)
            self._settle(order_id, "declined", None)
        return None

    def _settle(self, order_id: str, verdict: str, charge_id: str | None) -> None:
        wanted = {"order_id": order_id, "verdict": verdict, "by": "ops", "why": "ticket 1"}
        if charge_id is not None:
            wanted["charge_id"] = charge_id

        def decide(shown: Any) -> None:
            if shown is not None and shown.get("done") == "would settle":
                if verdict == "refunded_elsewhere":
                    # An operator who says so has done it before.
                    self._world.refunded.add(charge_id)
                self._ask({"settle": {**wanted, "dry_run": False, "seen": shown["seen"]}})

        self._ask({"settle": {**wanted, "dry_run": True}}, decide)

    def _erase(self) -> None:
        orders = list(self._orders.by_id)
        if orders:
            self._invoke("erase_buyer", {"orders": orders}, lambda _answer: None)

    def _audit(self) -> None:
        """Start the audit, as the schedule does; Lambda repeats a run that failed twice."""
        fault = self._world.fault_at(_AUDIT)
        runs = 1 if fault is None else {Fault.TWICE: 2, Fault.LOST: 0}[fault]
        window = {"from": START_MS - HOUR, "before": self._world.now() - HOUR}
        for _ in range(runs):
            self._invoke("audit_charges", window, self._invariants.audited)

    def _rotate_at_the_service(self) -> None:
        self._world.accepted_secret = "sk_test_2"

    def _rotate(self) -> None:
        self._world.secrets.rotate(PAYMENT_SECRET_ARN, self._world.accepted_secret)
        self._world.news()

    def _ask(
        self, event: dict[str, Any], then: Callable[[Any], None] = lambda _answer: None
    ) -> None:
        def answered(answer: Any) -> None:
            then(json.loads(json.dumps(answer)))

        self._invoke("reconcile_orders", event, answered)
