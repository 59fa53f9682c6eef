"""Run a program of a group's own environment: ``python -m tools.group docs mkdocs build``."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import click

from checkout_stack.local.environment import ROOT, EnvironmentSetupError, make_environment


def program_of(group: str, program: str) -> str:
    """Return the path of a program, in an environment that is brought up to date first.

    :param group: Dependency group of ``pyproject.toml``.
    :raises EnvironmentSetupError: The environment cannot be made.
    """
    directory = ROOT / ".local" / f"{group}-venv"
    inside = make_environment(directory, group=group, say=partial(click.echo, err=True))
    return str(inside.with_name(program))


def main(group: str, program: str, *arguments: str) -> int:
    """Run it in the repository and return its exit code."""
    try:
        command = [program_of(group, program), *arguments]
    except EnvironmentSetupError as problem:
        click.echo(str(problem), err=True)
        return 1
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
