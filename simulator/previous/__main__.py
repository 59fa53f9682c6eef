"""Make ``runtime.zip`` of a commit: ``python -m simulator.previous COMMIT``."""

from __future__ import annotations

import subprocess
import sys
import zipfile

from simulator.previous import ARCHIVE, ROOT

_FOLDER = "lambda"


def main(commit: str) -> None:
    """Write the runtime's Python files as they are in a commit, the same bytes each time."""
    names = _git("ls-tree", "-r", "--name-only", commit, f"{_FOLDER}/{ROOT}").decode().split()
    with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(name for name in names if name.endswith(".py")):
            entry = zipfile.ZipInfo(name.removeprefix(f"{_FOLDER}/"))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _git("show", f"{commit}:{name}"))


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], check=True, capture_output=True).stdout


if __name__ == "__main__":
    main(sys.argv[1])
