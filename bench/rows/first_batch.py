"""First batch: ten messages over real TLS, where no connection is open yet."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.environments import functions_python, local_aws_python
from bench.figures import Figure, Goal, Spread, ratios
from bench.paths import ROOT
from bench.peers.invocations import MESSAGES
from bench.programs import Programs, said_by
from bench.row import Effort, RowResult, Say
from bench.stubs.process import stub_process

BATCHES = 5
"""Of each client in one round, in turn; each is the first one of a fresh process."""
OURS, BOTOCORE = "ours, lean client", "ours, botocore"
CLIENTS = {OURS: "lean", BOTOCORE: "botocore"}
GOAL = 5.0
WHY = (
    "What both clients do is in both: ten handshakes, ten claims, payments and settlements, in one "
    "interpreter. The difference is the certificates, which botocore loads for each connection."
)
Runs = Mapping[str, Sequence[tuple[float, float]]]
"""Wall and CPU of the batch in milliseconds, by client; in the order of the rounds."""


class FirstBatch:
    """Our consumer by its own client of AWS, and by botocore."""

    name = "first_batch"
    title = "First batch of an execution environment: ten messages over TLS"

    def measure(self, effort: Effort, say: Say) -> RowResult:
        """Take batches in turn, each in a fresh process."""
        python = functions_python(say)
        taken: dict[str, list[tuple[float, float]]] = {client: [] for client in CLIENTS}
        with tempfile.TemporaryDirectory() as directory:
            served, trusted = certificates(local_aws_python(say), python, Path(directory))
            with stub_process(served) as stubs:
                programs = Programs(python, stubs)
                for number in range(effort.runs):
                    say(f"first_batch: round {number + 1} of {effort.runs}")
                    for batch in range(effort.iterations(BATCHES)):
                        for client, chosen in CLIENTS.items():
                            name = f"{chosen}-{number}-{batch}"
                            taken[client].append(_taken(programs, chosen, name, trusted))
        return judged(taken)


def judged(taken: Runs) -> RowResult:
    """Turn what was taken into figures and the goal."""

    def cpu(client: str) -> list[float]:
        return [each for _, each in taken[client]]

    times = ratios(cpu(BOTOCORE), cpu(OURS))
    what = f"CPU of the first {MESSAGES} messages: by botocore over ours"
    return RowResult(
        FirstBatch.name,
        FirstBatch.title,
        figures=[
            figure
            for client, runs in taken.items()
            for figure in (
                Figure(client, "wall of the batch", "ms", Spread.of([wall for wall, _ in runs])),
                Figure(client, "CPU of the batch", "ms", Spread.of(cpu(client))),
            )
        ],
        goals=[Goal("first_batch.cpu", what, times, "at least", GOAL, BOTOCORE, WHY)],
        notes=[
            "Handlers, clients and the TLS context that can be shared are made before the batch, "
            "as in Lambda's init phase. The batch opens its connections.",
            "Calls of AWS go over TLS, with a bundle of all authorities that botocore trusts; the "
            "payment, which is the same code in both, goes without.",
        ],
    )


def certificates(maker: Path, python: Path, directory: Path) -> tuple[Path, Path]:
    """Return what the stubs serve with, key first, and the bundle that programs trust."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    program = ROOT / "checkout_stack" / "local" / "certificate.py"
    said_by([maker, "-P", program, certificate, key], env={})
    served, trusted = directory / "served.pem", directory / "trusted.pem"
    served.write_bytes(key.read_bytes() + certificate.read_bytes())
    where = "import botocore; print(botocore.__path__[0] + '/cacert.pem')"
    bundle = Path(said_by([python, "-c", where], env={}).strip())
    trusted.write_bytes(bundle.read_bytes() + certificate.read_bytes())
    return served, trusted


def _taken(programs: Programs, client: str, name: str, trusted: Path) -> tuple[float, float]:
    """Place a batch, and take it in a process of its own."""
    program: list[str | Path] = [programs.python, "-m", "bench.peers.first_batch"]
    event = said_by([*program, "place", name], env=programs.environment())
    environment = programs.environment() | {
        "AWS_ENDPOINT_URL": str(programs.stubs.tls_url),
        "AWS_CA_BUNDLE": str(trusted),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "CHECKOUT_AWS_CLIENT": client,
    }
    wall, cpu = said_by([*program, "take"], env=environment, given=event).split()
    return float(wall), float(cpu)
