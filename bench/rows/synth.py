"""Synth: the example's checkout by our constructs, by hand with L2s, and by others' constructs."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.environments import synth_python
from bench.figures import Figure, Goal, Spread, ratios
from bench.paths import ROOT
from bench.programs import said_by
from bench.row import BenchError, Effort, RowResult, Say

TIMES = 2
"""Synths in one process: the first and a second one."""
OURS, BY_HAND = "ours", "by hand with L2s"
OTHERS = "Solutions Constructs + monitoring constructs"
SUBJECTS = {OURS: "ours", BY_HAND: "by_hand", OTHERS: "others"}
BY_HAND_GOAL, OTHERS_GOAL = 1.1, 0.5


@dataclass(frozen=True, slots=True)
class Synthesized:
    """What one process took, in seconds."""

    whole: float
    """From the start of Python until it has ended, less the second synth: as with ``cdk synth``."""
    cpu: float
    """Of Python and of the Node process behind it, both synths."""
    first: float
    """The first build and synth, without the imports before it."""
    second: float
    """The second build and synth."""
    resources: Mapping[str, int]
    """Of the template, by type."""


WHY_BY_HAND = (
    "Our constructs make nearly twice the calls through jsii: durations are turned into seconds "
    "at each use, values are put into words for requirements that hold, findings are acknowledged."
)
WHY_OTHERS = (
    "The import of aws_cdk and the validation of the template are the same for all and most of the "
    "time, and theirs has fewer resources; what the constructs themselves add is little in either."
)
Runs = Mapping[str, Sequence[Synthesized]]


class Synth:
    """Ours against the same resources by hand, and against what others ship."""

    name = "synth"
    title = "Synth of the example app"

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Synthesize each in turn, each time in a fresh process."""
        python = synth_python(say)
        taken: dict[str, list[Synthesized]] = {}
        for number in range(effort.runs + 1):
            say(f"synth: round {number} of {effort.runs}{'' if number else ', which fills caches'}")
            for name, subject in SUBJECTS.items():
                result = _synthesized(python, subject)
                if number:
                    taken.setdefault(name, []).append(result)
        return judged(taken)


def judged(taken: Runs) -> RowResult:
    """Turn what was taken into figures and goals.

    Raises:
        BenchError: what was written by hand is not what the constructs make, so that the figures
            would compare different things.
    """
    ours, by_hand = taken[OURS][0].resources, taken[BY_HAND][0].resources
    if ours != by_hand:
        kinds = sorted(kind for kind in {*ours, *by_hand} if ours.get(kind) != by_hand.get(kind))
        counts = ", ".join(f"{k}: {ours.get(k, 0)}, not {by_hand.get(k, 0)}" for k in kinds)
        raise BenchError(f"the stack by hand lags behind the example, change it: {counts}")
    return RowResult(
        Synth.name,
        Synth.title,
        figures=[figure for name, runs in taken.items() for figure in _figures(name, runs)],
        goals=_goals(taken),
        notes=[
            "One aws-cdk-lib for all three: the newest that Solutions Constructs and "
            "cdk-monitoring-constructs can be installed with, older than the one that we pin. "
            "The packages are in jsii's cache before the clock starts.",
            "None runs a policy or a rule pack; CDK's own validation of the template, which is on "
            "by default, is most of a first synth and the same for all three.",
            "By hand has exactly our resources by type, or this row fails. Theirs has fewer: no "
            "metric filters, no keys, fewer alarms; and a dashboard of its own.",
            "The quotients of processes hold the start of Python and the import of aws_cdk, "
            "which is what somebody waits for; those of first synths do not.",
        ],
    )


def _figures(name: str, runs: Sequence[Synthesized]) -> list[Figure]:
    def figure(quantity: str, value: Callable[[Synthesized], float], unit: str = "s") -> Figure:
        return Figure(name, quantity, unit, Spread.of([value(run) for run in runs]))

    return [
        figure("process", lambda run: run.whole),
        figure("CPU, Node's too", lambda run: run.cpu),
        figure("first build and synth", lambda run: run.first),
        figure("second build and synth", lambda run: run.second),
        figure("resources", lambda run: sum(run.resources.values()), ""),
    ]


def _goals(taken: Runs) -> list[Goal]:
    def over(peer: str, value: Callable[[Synthesized], float]) -> Spread:
        return ratios([value(run) for run in taken[OURS]], [value(run) for run in taken[peer]])

    goals = []
    for name, peer, limit, why in (
        ("synth.by_hand", BY_HAND, BY_HAND_GOAL, WHY_BY_HAND),
        ("synth.others", OTHERS, OTHERS_GOAL, WHY_OTHERS),
    ):
        first, whole = over(peer, lambda run: run.first), over(peer, lambda run: run.whole)
        what = "first build and synth: ours over the peer's"
        goals.append(Goal(name, what, first, "at most", limit, peer, why))
        what = "process: ours over the peer's"
        goals.append(Goal(f"{name}.process", what, whole, "at most", limit, peer, why))
    second = over(BY_HAND, lambda run: run.second)
    what = "second build and synth: ours over the peer's"
    goals.append(Goal("synth.second", what, second, "at most", BY_HAND_GOAL, BY_HAND, WHY_BY_HAND))
    return goals


def _synthesized(python: Path, subject: str) -> Synthesized:
    """Run one process."""
    environment = {
        **os.environ,
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "lambda"))),
    }
    with tempfile.TemporaryDirectory() as directory:
        command = [str(python), "-m", "bench.peers.synth.program", subject, str(TIMES), directory]
        before, started = os.times(), time.perf_counter()
        output = said_by(command, env=environment)
        whole, after = time.perf_counter() - started, os.times()
    said: dict[str, Any] = json.loads(output.splitlines()[-1])
    first, second, *_ = (each["build"] + each["synth"] for each in said["took"])
    cpu = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    return Synthesized(whole - second, cpu, first, second, said["resources"])
