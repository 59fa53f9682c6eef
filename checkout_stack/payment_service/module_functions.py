"""Finds a function in Python files without importing them: they may need what is not here."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


@dataclass(frozen=True)
class NoSuchFunction:
    """There is none, for this reason."""

    why: str


def find_function(source: Path, factory: str) -> Path | NoSuchFunction:
    """Return the file below ``source`` that defines ``factory``, written ``module:function``."""
    if not _FACTORY.fullmatch(factory):
        return NoSuchFunction("that is not of the form module:function")
    module, _, name = factory.partition(":")
    path = source.joinpath(*module.split("."))
    files = [path.with_suffix(".py"), path / "__init__.py"]
    # As Python does: a package goes before a module of the same name.
    file = next((each for each in reversed(files) if each.is_file()), None)
    if file is None:
        return NoSuchFunction(f"there is neither {files[0].name} nor {path.name}/__init__.py there")
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as problem:
        return NoSuchFunction(f"{file.name} is not Python: {problem}")
    return _judge(tree, name, file)


def _judge(tree: ast.Module, name: str, file: Path) -> Path | NoSuchFunction:
    may_be_elsewhere = False
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef(name=found) if found == name:
                return NoSuchFunction(f"{name} in {file.name} is async, and nobody would await it")
            case ast.FunctionDef(name=found) | ast.ClassDef(name=found) if found == name:
                return file
            case ast.Name(id=found, ctx=ast.Store()) if found == name:
                return file
            case ast.alias(name=imported, asname=renamed):
                if name == (renamed or imported):
                    return file
                may_be_elsewhere = may_be_elsewhere or imported == "*"
    return file if may_be_elsewhere else NoSuchFunction(f"{file.name} defines no {name}")
