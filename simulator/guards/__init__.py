"""The guards of the code, and what fails when one is removed.

Each of the twenty traps of a naive version (docs/proof.md) has at least one.
"""

from simulator.guards.attempts import ATTEMPTS
from simulator.guards.charging import CHARGING
from simulator.guards.consumer import CONSUMER
from simulator.guards.guard import Guard
from simulator.guards.intake import INTAKE
from simulator.guards.queue import QUEUE

__all__ = ["GUARDS", "Guard"]

GUARDS = (*INTAKE, *QUEUE, *CONSUMER, *CHARGING, *ATTEMPTS)
