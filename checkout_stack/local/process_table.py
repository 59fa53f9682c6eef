"""The processes of this machine: from ``/proc`` where there is one, else from ``ps``."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessEntry:
    """A process that has not ended."""

    number: int
    group: int
    command: str


def running_processes() -> list[ProcessEntry]:
    """Every process that this user can see and that has not ended.

    Slim container images come without ``ps``, and macOS comes without ``/proc``.
    """
    return list(_from_proc() if (PROC / "self" / "stat").exists() else _from_ps())


def _from_proc() -> Iterator[ProcessEntry]:
    for directory in PROC.iterdir():
        if not directory.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it may end while it is being read
            # The name in brackets may hold anything; state, parent and group follow it.
            state, _parent, group = (directory / "stat").read_text().rpartition(")")[2].split()[:3]
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ")
            if state != "Z":
                yield ProcessEntry(
                    int(directory.name), int(group), command.decode(errors="replace")
                )


def _from_ps() -> Iterator[ProcessEntry]:
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,args="],
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listing.stdout.splitlines():
        number, group, state, command = [*line.split(None, 3), ""][:4]
        if not state.startswith("Z"):
            yield ProcessEntry(int(number), int(group), command)
