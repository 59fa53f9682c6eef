"""One purchase by one workflow, and what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from bench.compare.fault_plan import Intensity, SharedFaults, Trouble
from bench.compare.purchases import LeavingBuyer, case_of
from bench.compare.stage import Stage
from bench.compare.workflows import (
    cloudtrail,
    fifo_by_the_question,
    firehose,
    naive,
    powertools,
    sns,
)
from simulator.deployment import DEAD_LETTERS
from simulator.invariants import ViolatedInvariantError
from simulator.world import World

Story = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Workflow:
    """One way to take an order and charge for it."""

    name: str
    title: str
    deploy: Callable[[Stage], None] | None
    """Puts its functions on a stage; None for ours, which the simulator plays as it is."""
    keyed: bool = False
    """Whether it takes the buyer's key as the order's number."""


_ALTERNATIVES = (
    Workflow("naive", "Naive, synchronous", naive.deploy),
    Workflow("firehose", "A: Data Firehose", firehose.deploy),
    Workflow("cloudtrail", "B: CloudTrail rule", cloudtrail.deploy),
    Workflow("sns", "C: SNS", sns.deploy),
    Workflow("fifo", "D: SQS FIFO", fifo_by_the_question.deploy),
    Workflow("powertools", "Powertools idempotency", powertools.deploy),
)
OURS = Workflow("ours", "This project", None)
WORKFLOWS = {each.name: each for each in (*_ALTERNATIVES, OURS)}
KEYED = {
    f"{each.name}-keyed": Workflow(
        f"{each.name}-keyed", f"{each.title}, the buyer's key as number", each.deploy, keyed=True
    )
    for each in _ALTERNATIVES
}
"""The same programs, given the one thing that the question does not mention."""
_OPEN = ("PENDING", "CHARGING", "UNKNOWN", "ACTION_REQUIRED")


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one purchase."""

    number: int
    orders: int
    charges: int
    open_orders: int
    """Orders without an outcome when nothing is left to happen."""
    told: bool
    """Whether the buyer was told that an order is accepted."""
    declined: bool
    manual: tuple[str, ...]
    """What waits for an operator."""
    troubles: tuple[Trouble, ...]
    defect: str | None = None
    """What the simulator says of a broken promise; ours makes one, the others are only counted."""

    @property
    def lost(self) -> bool:
        """Accepted or stored, and neither charged, nor declined, nor with an operator."""
        taken = self.told or self.open_orders > 0
        return taken and not (self.charges or self.declined or self.manual)

    @property
    def abandoned(self) -> int:
        """Orders that stay open while no operator is asked to look at this purchase."""
        return 0 if self.manual else self.open_orders

    @property
    def ending(self) -> Ending:
        """How it ended."""
        if self.charges > 1:
            return Ending.CHARGED_TWICE
        if self.lost:
            return Ending.LOST
        if self.turned_away:
            return Ending.TURNED_AWAY
        if not (self.charges or self.declined):
            return Ending.WITH_A_PERSON
        return Ending.ORDERED_TWICE if self.orders > 1 else Ending.RIGHT

    @property
    def turned_away(self) -> bool:
        """Never accepted, and nothing charged: the buyer knows that nothing was bought."""
        return not (self.told or self.open_orders or self.charges or self.manual)


class Ending(Enum):
    """How a purchase ended; the first that applies, from the worst."""

    CHARGED_TWICE = "charged more than once"
    LOST = "lost"
    WITH_A_PERSON = "not charged, waits for a person"
    TURNED_AWAY = "turned away"
    ORDERED_TWICE = "more than one order, one charge"
    RIGHT = "one order, one charge"


def play(
    workflow: Workflow, seed: int, number: int, intensity: Intensity, story: Story | None = None
) -> Played:
    """Play one purchase, in virtual time, to its end."""
    case, plan = case_of(seed, number, intensity), SharedFaults(seed, number, intensity)
    if workflow.deploy is None:
        world = World(case, plan, story)
        defect = _run(world, intensity)
        states = world.stored_orders.statuses()
        manual = [f"an order is {state}" for state in states if state == "NEEDS_REVIEW"]
    else:
        world = stage = Stage(case, plan, story, keyed=workflow.keyed)
        workflow.deploy(stage)
        defect = _run(world, intensity)
        states = list(stage.orders().values())
        manual = stage.for_a_person
    dead_letters = world.sqs.length(DEAD_LETTERS)
    return Played(
        number=number,
        orders=len(states),
        charges=len(world.ledger()),
        open_orders=sum(state in _OPEN for state in states),
        told=bool(world.buyers[0].order_ids),
        declined="DECLINED" in states,
        manual=(*manual, *["in the dead-letter queue"] * dead_letters),
        troubles=tuple(plan.happened),
        defect=defect,
    )


def _run(world: World, intensity: Intensity) -> str | None:
    if intensity.leaves:
        world.buyers[:] = [LeavingBuyer(world, each, world.invoke) for each in world.case.purchases]
    try:
        world.run()
    except (Exception, ViolatedInvariantError) as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"{type(error).__name__}: {error}"
    return None


@contextmanager
def quiet() -> Iterator[None]:
    """Play without the log lines of the real handlers."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
