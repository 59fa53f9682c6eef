"""On what the figures were measured, as far as it bears on them."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from checkout_stack.local.environment import run_uv

__all__ = ["machine", "pinned_versions"]

SHOWN = ("aws-cdk-lib", "aws-durable-execution-sdk-python", "aws-lambda-powertools", "boto3")


def machine(runs: int, *, quick: bool) -> dict[str, str]:
    """Day, processor, load and versions."""
    pins = pinned_versions("bench-synth") | pinned_versions("bench")
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "rounds": f"{runs}{', quick' if quick else ''}",
        "processor": f"{os.cpu_count()} x {_processor()}",
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.machine()}",
        **{name: version for name, version in pins.items() if name in SHOWN},
    }


def pinned_versions(group: str) -> dict[str, str]:
    """Names and versions of what the lock has for a dependency group."""
    exporting = ["export", "--frozen", "--quiet", "--no-hashes", "--no-annotate"]
    lines = run_uv([*exporting, "--only-group", group]).splitlines()
    pins = (line.partition(" ;")[0].partition("==") for line in lines if "==" in line)
    return {name: version for name, _, version in pins}


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
