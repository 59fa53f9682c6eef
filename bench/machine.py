"""On what the figures were measured, as far as it bears on them."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from bench.paths import ROOT

SHOWN = ("aws-cdk-lib", "aws-durable-execution-sdk-python", "aws-lambda-powertools", "boto3")


def machine(runs: int, *, quick: bool) -> dict[str, str]:
    """Day, processor, load and versions."""
    pins: dict[str, str] = {}
    for name in ("requirements-bench-synth.txt", "requirements-bench.txt"):
        pins |= pinned_versions((ROOT / name).read_text())
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "rounds": f"{runs}{', quick' if quick else ''}",
        "processor": f"{os.cpu_count()} x {_processor()}",
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.machine()}",
        **{name: version for name, version in pins.items() if name in SHOWN},
    }


def pinned_versions(requirements: str) -> dict[str, str]:
    """Names and versions of a file of pins.

    >>> pinned_versions("boto3==1.2.3\\n    # via something\\n")
    {'boto3': '1.2.3'}
    """
    pins = (line.partition("==") for line in requirements.splitlines() if "==" in line)
    return {name: version for name, _, version in pins if not name.startswith((" ", "#"))}


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
