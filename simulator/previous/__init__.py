"""The runtime's code of the last version that was released, for schedules of an upgrade.

``runtime.zip`` holds it as it was. It is imported under another name, so that both versions run in
one process, on one table. ``python -m simulator.previous COMMIT`` makes the file anew.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
import zipfile
from collections.abc import Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

__all__ = ["ARCHIVE", "ROOT", "install", "modules"]

ROOT = "checkout_runtime"
ARCHIVE = Path(__file__).parent / "runtime.zip"
_PREFIX = "previous_"


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``previous_checkout_runtime`` in the archive, whose code calls itself by that name."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] != _PREFIX + ROOT:
            return None
        place = name.removeprefix(_PREFIX).replace(".", "/")
        files = _files()
        for file, is_package in ((f"{place}/__init__.py", True), (f"{place}.py", False)):
            if file in files:
                spec = importlib.util.spec_from_loader(name, self, is_package=is_package)
                assert spec is not None
                spec.origin = file
                if is_package:
                    spec.submodule_search_locations = []
                return spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        file = module.__spec__.origin
        assert file is not None
        source = _files()[file].replace(ROOT, _PREFIX + ROOT)
        exec(compile(source, f"{_PREFIX}{file}", "exec", dont_inherit=True), vars(module))


@cache
def _files() -> dict[str, str]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def modules() -> list[str]:
    """Return the names of all modules in the archive, as they are imported here."""
    names = [file.removesuffix(".py").removesuffix("/__init__") for file in _files()]
    return [_PREFIX + name.replace("/", ".") for name in names]


@cache
def install() -> None:
    """Let the archive's modules be imported."""
    sys.meta_path.append(_Finder())
