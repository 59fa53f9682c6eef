"""Cold start: from a fresh process to readiness for the first event."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from bench.environments import functions_python
from bench.figures import Figure, Goal, Spread, ratios
from bench.paths import ROOT, STATE
from bench.programs import AWS_LIKE_LAMBDA, function_settings, said_by
from bench.row import Effort, RowResult, Say

STARTS = 5
"""Of each program in one round, in turn."""
ASSET = ROOT / "lambda"
LEFT_OUT = ("*/__pycache__/*", "*.pyc", "*/.*_cache/*")
TABLE, QUEUE = ("dynamodb",), ("sqs",)
ALL = ("dynamodb", "sqs", "secretsmanager")
HANDLERS: Mapping[str, tuple[str, ...]] = {
    "place_order": TABLE,
    "get_order": TABLE,
    "start_payment_attempt": TABLE,
    "resume_payment": TABLE,
    "find_order": TABLE,
    "refunds": TABLE,
    "cancel_order": TABLE,
    "capture_order": TABLE,
    "relay_orders": QUEUE,
    "process_payments": ALL,
    "reconcile_orders": ALL,
    "audit_charges": ("dynamodb", "secretsmanager"),
    "receive_webhook": ("dynamodb", "secretsmanager"),
}
"""Ours, and the services whose clients each of them builds."""
BOTO3, TRACER = "boto3", "Powertools + Tracer"
PEERS: Mapping[str, str] = {
    BOTO3: "boto3_clients",
    "botocore": "botocore_clients",
    "Powertools": "powertools",
    TRACER: "powertools_and_tracer",
    "durable execution SDK": "durable_execution",
}
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "Powertools": ("aws-lambda-powertools", "typing-extensions"),
    TRACER: ("aws-lambda-powertools", "typing-extensions", "aws-xray-sdk", "wrapt"),
    "durable execution SDK": ("aws-durable-execution-sdk-python",),
}
"""What each adds to a deployment on top of the runtime's boto3."""
BOTO3_GOAL, TRACER_GOAL = 0.4, 0.3
WHY = (
    "The functions import no botocore, which is nearly all of the peers' start. What is left is "
    "our own modules and Python's library for HTTP and TLS."
)
Started = tuple[float, float]
Runs = Mapping[tuple[str, tuple[str, ...]], Sequence[Started]]
"""Wall and CPU in milliseconds by handler or peer, and services; in the order of the rounds."""


class ColdStart:
    """Each of our handlers against what would be imported instead."""

    name = "cold_start"
    title = "Cold start: import and build, up to readiness"

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Start each program in turn, each time in a fresh process, with compiled bytecode."""
        python = functions_python(say)
        subjects = [(handler, services, handler) for handler, services in HANDLERS.items()]
        for services in dict.fromkeys(HANDLERS.values()):
            subjects += [(peer, services, program) for peer, program in PEERS.items()]
        for _, services, program in subjects:
            _start(python, program, services)  # compiles
        taken: dict[tuple[str, tuple[str, ...]], list[Started]] = {}
        for number in range(effort.runs):
            say(f"cold_start: round {number + 1} of {effort.runs}")
            for _ in range(1 if effort.quick else STARTS):
                for name, services, program in subjects:
                    started = _start(python, program, services)
                    taken.setdefault((name, services), []).append(started)
        return judged(taken, _package_bytes(python))


def judged(taken: Runs, package_bytes: Mapping[str, int]) -> RowResult:
    """Turn what was taken into figures and goals."""
    return RowResult(
        ColdStart.name,
        ColdStart.title,
        figures=[
            *(
                Figure(f"{name} ({' '.join(services)})", quantity, "ms", spread)
                for (name, services), starts in taken.items()
                for quantity, spread in (
                    ("wall", Spread.of([wall for wall, _ in starts])),
                    ("CPU", Spread.of([cpu for _, cpu in starts])),
                )
            ),
            *(
                Figure(name, "package", "KB", Spread.of([size / 1024]))
                for name, size in package_bytes.items()
            ),
        ],
        goals=[_goal(taken, BOTO3, BOTO3_GOAL), _goal(taken, TRACER, TRACER_GOAL)],
        notes=[
            "What a start makes is in: modules, clients, adapters, everything up to the first "
            "call. The runtime's own modules are there before.",
            "In brackets the services whose clients are built; peers build the same ones, the "
            "durable function its own client in place of the queue's.",
            "All bytecode is compiled, ours too. Lambda compiles an asset without bytecode at each "
            "start; neither ours nor a bundled package has any as deployed.",
            "A function of 512 MB has a third of a core, and takes longer by as much; the quotient "
            "stays.",
        ],
    )


def _goal(taken: Runs, peer: str, limit: float) -> Goal:
    """The handler that starts worst, compared with this peer, is judged."""
    compared = {
        handler: ratios(_walls(taken[handler, services]), _walls(taken[peer, services]))
        for handler, services in HANDLERS.items()
    }
    worst = max(compared, key=lambda handler: compared[handler].median)
    others = ", ".join(
        f"{handler} {spread.median:.2f}" for handler, spread in compared.items() if handler != worst
    )
    name = f"cold_start.{'boto3' if peer == BOTO3 else 'tracer'}"
    what = f"start of {worst}, the worst, over the peer's ({others})"
    return Goal(name, what, compared[worst], "at most", limit, peer, WHY)


def _walls(starts: Iterable[Started]) -> list[float]:
    return [wall for wall, _ in starts]


def _start(python: Path, program: str, services: Sequence[str]) -> Started:
    """Start once."""
    options = ["-I", "-X", f"pycache_prefix={STATE / 'bench-pycache'}"]
    script = ROOT / "bench" / "peers" / "start.py"
    wall, cpu = said_by(
        [python, *options, script, program, ASSET, *services],
        env=AWS_LIKE_LAMBDA | function_settings(),
    ).split()
    return float(wall), float(cpu)


def _package_bytes(python: Path) -> dict[str, int]:
    script = ROOT / "bench" / "peers" / "package_sizes.py"
    wanted = sorted({package for packages in PACKAGES.values() for package in packages})
    sizes = json.loads(said_by([python, script, *wanted], env=os.environ))
    ours = sum(
        file.stat().st_size
        for file in (ASSET / "checkout_runtime").rglob("*")
        if file.is_file() and not any(fnmatch(str(file), pattern) for pattern in LEFT_OUT)
    )
    peers = {peer: sum(sizes[name] for name in names) for peer, names in PACKAGES.items()}
    return {"ours, all handlers": ours, **peers}
