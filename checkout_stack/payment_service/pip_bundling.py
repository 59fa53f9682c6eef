"""What pip puts into a Lambda layer at synth: wheels only, on this machine, without Docker."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from checkout_stack.foundation.secret_names import without_secrets

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-input")
#: Wheels need no compiler and run no code of theirs here; byte code would differ by the machine.
_WHEELS = ("--quiet", "--no-compile", "--only-binary", ":all:")
_SHOWN_LINES = 10


class NotInstalledError(RuntimeError):
    """pip failed; the message holds its last lines, without the secrets of package indexes."""


def pip_is_here() -> bool:
    """Tell whether this environment has pip, which those made by some tools are without."""
    return find_spec("pip") is not None


def pip_install(target: Path, requirements: Path, *options: str) -> None:
    """Install the wheels that a requirements file lists into ``target``, with more options of pip.

    Raises:
        NotInstalledError: pip is not there, reached no index, or found no such wheel.
    """
    command = [*PIP, *_WHEELS, *options, "--target", str(target), "--requirement"]
    done = subprocess.run(  # noqa: S603 - ours
        [*command, str(requirements)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join(f"    {line}" for line in done.stderr.splitlines()[-_SHOWN_LINES:])
        said = f"pip could not install {requirements}:\n{last}"
        raise NotInstalledError(without_secrets(said))
    # Programs of the packages, with this machine's paths in them.
    shutil.rmtree(target / "bin", ignore_errors=True)
