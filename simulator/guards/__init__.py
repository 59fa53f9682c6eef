"""The guards of the code, and what fails when one is removed.

docs/internals/architecture.md numbers the traps of a naive version. Each has at least one guard.
"""

from simulator.guards.attempts import ATTEMPTS
from simulator.guards.cancelling import CANCELLING
from simulator.guards.charging import CHARGING
from simulator.guards.consumer import CONSUMER
from simulator.guards.events import EVENTS
from simulator.guards.guard import Guard
from simulator.guards.holding import HOLDING
from simulator.guards.intake import INTAKE
from simulator.guards.queue import QUEUE
from simulator.guards.refunds import REFUNDS
from simulator.guards.webhooks import WEBHOOKS

__all__ = ["GUARDS", "Guard"]

GUARDS = (
    *INTAKE,
    *QUEUE,
    *CONSUMER,
    *CHARGING,
    *ATTEMPTS,
    *EVENTS,
    *WEBHOOKS,
    *REFUNDS,
    *CANCELLING,
    *HOLDING,
)
