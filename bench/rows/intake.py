"""Intake: one new order, and the same request again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.environments import functions_python
from bench.figures import Figure, Goal, Spread, ratios
from bench.programs import Programs, Taken
from bench.row import Effort, RowResult, Say
from bench.stubs.process import stub_process

ITERATIONS = 400
OURS, RELAY = "ours", "ours, the relay behind it (batch of one)"
USUAL, TUNED = "Powertools @idempotent, as documented", "Powertools @idempotent, tuned"
PROGRAMS = {OURS: "intake_checkout", USUAL: "intake_powertools", TUNED: "intake_powertools_tuned"}
NEW, AGAIN = "new order", "resubmission, to another environment"
CPU_GOAL = 8.0
CALLS_GOAL = 1.0
WHY_CPU = (
    "The lean client's one call (HTTP, signature, answer) is a fifth of one of botocore's, of "
    "which the peer makes several; validation, fingerprint and the log record are the rest."
)
Runs = Mapping[tuple[str, str], Sequence[Taken]]
"""By program and what it was asked: one entry a round, in the order of the rounds."""


class Intake:
    """Ours against Powertools idempotency around put and send."""

    name = "intake"
    title = "Intake: a new order, and its resubmission"

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Measure in turn; each run in a fresh process."""
        taken: dict[tuple[str, str], list[Taken]] = {}
        iterations = effort.iterations(ITERATIONS)
        with stub_process() as stubs:
            programs = Programs(functions_python(say), stubs)
            for number in range(effort.runs):
                say(f"intake: round {number + 1} of {effort.runs}")
                for program, module in PROGRAMS.items():
                    for asked in (NEW, AGAIN):
                        result = programs.run(
                            module, iterations=iterations, run=f"{module}-{number}", phase=asked[:3]
                        )
                        taken.setdefault((program, asked), []).append(result)
                relayed = programs.run(
                    "relay_checkout", iterations=iterations, run=f"relay-{number}"
                )
                taken.setdefault((RELAY, NEW), []).append(relayed)
        return judged(taken)


def judged(taken: Runs) -> RowResult:
    """Turn what was taken into figures and goals."""
    return RowResult(
        Intake.name,
        Intake.title,
        figures=[
            figure
            for (program, asked), runs in taken.items()
            for figure in _figures(program, asked, runs)
        ],
        goals=_goals(taken),
        notes=[
            "The stubs answer at once and without TLS. A real call adds milliseconds of waiting, "
            "and TLS some CPU, to each call, so what makes fewer calls gains by either.",
            "Ours hands the order to the queue by the table's stream, behind the buyer's request: "
            "the relay's call and CPU stand in figures of their own, at the dearest batch of one "
            "order (deployed: up to 100 a batch), and are not in the goals.",
            "Powertools' local cache answers a resubmission that meets the same environment "
            "without a call; measured is the resubmission that meets another one.",
        ],
    )


def _figures(program: str, asked: str, runs: Sequence[Taken]) -> list[Figure]:
    name = f"{program}: {asked}"
    return [
        Figure(name, "AWS calls", "", Spread.of([run.counts["calls"] for run in runs])),
        Figure(name, "write units", "", Spread.of([run.counts["write_units"] for run in runs])),
        Figure(name, "wall", "ms", Spread.of([run.wall_ms for run in runs])),
        Figure(name, "CPU", "ms", Spread.of([run.cpu_ms for run in runs])),
    ]


def _goals(taken: Runs) -> list[Goal]:
    def cpu(program: str) -> list[float]:
        return [run.cpu_ms for run in taken[program, NEW]]

    def calls(program: str) -> float:
        return Spread.of([run.counts["calls"] for run in taken[program, NEW]]).median

    what = "CPU of a new order in the buyer's request: the peer's over ours"
    return [
        Goal(
            "intake.calls",
            f"AWS calls of a new order, compared with {calls(TUNED):g}",
            calls(OURS),
            "at most",
            CALLS_GOAL,
            peer=TUNED,
        ),
        *(
            Goal(name, what, ratios(cpu(peer), cpu(OURS)), "at least", CPU_GOAL, peer, WHY_CPU)
            for name, peer in (("intake.cpu.tuned", TUNED), ("intake.cpu.documented", USUAL))
        ),
    ]
