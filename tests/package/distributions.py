"""Building the distributions from a copy of this checkout, and installing them elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.environment import index_settings, run_uv

CHECKOUT = Path(__file__).parents[2]
STACK, RUNTIME = "idempotent_checkout", "idempotent_checkout_runtime"
#: What a checkout holds beside its sources: environments, runs, results of tools.
_NOT_SOURCES = shutil.ignore_patterns(
    *(".git", ".venv", ".uv", ".local", "node_modules", "cdk.out", "dist", "build"),
    *("__pycache__", ".*_cache"),
)
#: What interpreters and tools leave among the sources, and no distribution may hold.
LEFT_BEHIND = (
    "checkout_stack/__pycache__/alarm.cpython-313.pyc",
    "lambda/checkout_runtime/domain/__pycache__/order.cpython-313.pyc",
    "lambda/checkout_runtime/.mypy_cache/3.13/order.json",
    "lambda/.DS_Store",
)


@dataclass(frozen=True)
class Distributions:
    """The directory of the files that were built."""

    directory: Path

    def in_the_wheel(self, name: str) -> set[str]:
        """Names of a wheel's files, without its metadata."""
        [wheel] = self.directory.glob(f"{name}-[0-9]*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        return {name for name in names if ".dist-info/" not in name}

    def read(self, name: str, file: str) -> bytes:
        """The content of a file in a wheel."""
        [wheel] = self.directory.glob(f"{name}-[0-9]*.whl")
        return zipfile.ZipFile(wheel).read(file)

    def in_the_sdist(self, name: str) -> set[str]:
        """Names of an sdist's files, relative to its only directory."""
        [file] = self.directory.glob(f"{name}-[0-9]*.tar.gz")
        with tarfile.open(file) as sdist:
            return {each.partition("/")[2] for each in sdist.getnames()}

    def install(self, name: str, directory: Path) -> Path:
        """Install a distribution, with what it declares to need, into a new environment.

        The dependencies are of the versions that all other tests use. Returns its Python.
        """
        python = directory / "bin" / "python"
        _uv("venv", "--quiet", str(directory))
        where = ["--python", str(python), "--find-links", str(self.directory)]
        _uv("pip", "install", "--quiet", *where, "--constraints", "requirements.txt", name)
        return python


def build(directory: Path) -> Distributions:
    """Build both sdists, and the wheels from them, of sources that work left traces in."""
    sources = directory / "sources"
    copy = Path(shutil.copytree(CHECKOUT, sources, symlinks=True, ignore=_NOT_SOURCES))
    for name in LEFT_BEHIND:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("left behind")
    built = directory / "dist"
    pins = ["--build-constraints", "requirements.txt"]
    for project in (copy, copy / "lambda"):
        _uv("build", "--quiet", *pins, "--out-dir", str(built), str(project))
    return Distributions(built)


def run(command: list[str], *, cwd: Path | None = None, **environment: str) -> str:
    """Run a command that knows no Python path but the one given, and return what it printed."""
    # jsii finds Node on the path, and its package cache below the home directory.
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command, cwd=cwd, env=kept | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _uv(*arguments: str) -> str:
    return run_uv(arguments, environment={**index_settings(os.environ), **os.environ})
