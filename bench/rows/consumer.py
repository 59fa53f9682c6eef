"""Consumer: a batch of ten messages, while the payment service takes its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.environments import functions_python
from bench.figures import Figure, Goal, Spread, ratios
from bench.peers.invocations import MESSAGES
from bench.programs import Programs, Taken
from bench.row import Effort, RowResult, Say
from bench.stubs.process import stub_process

BATCHES = {0: 40, 50: 20, 300: 6}
"""Latency of a payment in milliseconds, and how many batches are timed at it."""
SLOW = max(BATCHES)
OURS = "ours"
STOCK, STOCK_TUNED = "Powertools FIFO processor, as documented", "Powertools FIFO processor, tuned"
THREADS, THREADS_TUNED = "hand-threaded, as documented", "hand-threaded, tuned"
FLOOR = "floor: write, payment, write, of one message"
PROGRAMS = {
    OURS: "consumer_checkout",
    STOCK: "consumer_powertools:stock.documented",
    STOCK_TUNED: "consumer_powertools:stock.tuned",
    THREADS: "consumer_powertools:threads.documented",
    THREADS_TUNED: "consumer_powertools:threads.tuned",
    FLOOR: "consumer_floor",
}
WALL_GOAL, FLOOR_GOAL, CPU_GOAL = 9.0, 1.06, 2.5
WHY_WALL = (
    "Payments wait side by side, but ten claims before them and ten settlements after them share "
    "one interpreter lock: their CPU stands in a row."
)
WHY_CPU = (
    "The payment, which both make, and the transitions of an order are what is left of our CPU: "
    "a call by the lean client is a fifth of one of botocore's, of which the peer makes one more, "
    "or two as documented."
)
Runs = Mapping[tuple[str, int], Sequence[Taken]]
"""By program and latency: one entry a round, in the order of the rounds; of a call each."""


class Consumer:
    """Ours against Powertools' FIFO processor, and the same hand-threaded."""

    name = "consumer"
    title = "Consumer: ten messages of ten orders, recovery on"

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Measure in turn; each run in a fresh process."""
        taken: dict[tuple[str, int], list[Taken]] = {}
        with stub_process() as stubs:
            programs = Programs(functions_python(say), stubs)
            for number in range(effort.runs):
                for latency, batches in BATCHES.items():
                    say(f"consumer: round {number + 1} of {effort.runs}, {latency} ms")
                    for program, module in PROGRAMS.items():
                        result = programs.run(
                            module,
                            iterations=effort.iterations(batches),
                            run=f"{module}-{latency}-{number}",
                            payment_ms=latency,
                        )
                        taken.setdefault((program, latency), []).append(result)
        return judged(taken)


def judged(taken: Runs) -> RowResult:
    """Turn what was taken into figures and goals."""
    return RowResult(
        Consumer.name,
        Consumer.title,
        figures=[
            figure
            for (program, latency), runs in taken.items()
            for figure in _figures(program, latency, runs)
        ],
        goals=_goals(taken),
        notes=[
            "DynamoDB is answered at once; only the payment waits. The floor is one message over "
            "open connections with no SDK; the others take ten messages.",
            "Ours has look-up and cancellation configured, a lease, an epoch and a circuit "
            "breaker. The peers have Powertools' in-progress expiry; they charge again after an "
            "unknown answer, and nothing finds an order whose message is lost.",
            "As documented, the message carries the order's number, and the order is read. Tuned, "
            "the message carries the order, one low-level client serves all, parameters are not "
            "checked and the user agent is a word, as with ours. All keep their connection to the "
            "payment service but ours, whose deadline is over the whole exchange.",
        ],
    )


def _figures(program: str, latency: int, runs: Sequence[Taken]) -> list[Figure]:
    name = f"{program}: payment takes {latency} ms"
    messages = _messages(program)

    def spread(quantity: str) -> Spread:
        return Spread.of([run.counts.get(quantity, 0) / messages for run in runs])

    return [
        Figure(name, "wall of the batch", "ms", Spread.of([run.wall_ms for run in runs])),
        Figure(name, "CPU a message", "ms", Spread.of([run.cpu_ms / messages for run in runs])),
        Figure(name, "AWS calls an order", "", spread("calls")),
        Figure(name, "write units an order", "", spread("write_units")),
    ]


def _messages(program: str) -> int:
    return 1 if program == FLOOR else MESSAGES


def _goals(taken: Runs) -> list[Goal]:
    def wall(program: str) -> list[float]:
        return [run.wall_ms for run in taken[program, SLOW]]

    def cpu(program: str) -> list[float]:
        return [run.cpu_ms for run in taken[program, SLOW]]

    over_floor = f"wall of ten messages at {SLOW} ms, over the floor of one"
    times = ratios(wall(OURS), wall(FLOOR))
    goals = [Goal("consumer.floor", over_floor, times, "at most", FLOOR_GOAL, FLOOR, WHY_WALL)]
    waited = f"wall of ten messages at {SLOW} ms: the peer's over ours"
    for name, peer in (("tuned", STOCK_TUNED), ("documented", STOCK)):
        name, times = f"consumer.wall.{name}", ratios(wall(peer), wall(OURS))
        goals.append(Goal(name, waited, times, "at least", WALL_GOAL, peer, WHY_WALL))
    computed = f"CPU a message at {SLOW} ms: the peer's over ours"
    for name, peer in (
        ("tuned", STOCK_TUNED),
        ("documented", STOCK),
        ("threads.tuned", THREADS_TUNED),
        ("threads.documented", THREADS),
    ):
        name, times = f"consumer.cpu.{name}", ratios(cpu(peer), cpu(OURS))
        goals.append(Goal(name, computed, times, "at least", CPU_GOAL, peer, WHY_CPU))
    return goals
