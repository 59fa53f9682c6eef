"""Imports the runtime's modules changed: one as a mutant, or all so that they tell what runs."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType

from simulator.mutants.mutant import RUNTIME, Mutant

__all__ = ["import_mutant", "import_recorded"]

_RAN = "__ran__"
Ran = Callable[[str, int], None]


def import_mutant(mutant: Mutant) -> None:
    """Import a mutant in its module's place, from now on."""

    def load(name: str, path: Path) -> CodeType | None:
        if name != mutant.import_name:
            return None
        return compile(mutant.source(), str(path), "exec", dont_inherit=True)

    sys.meta_path.insert(0, _Finder(load))


def import_recorded(ran: Ran) -> None:
    """Import the runtime's modules so that each statement of a function is told before it runs."""

    def load(name: str, path: Path) -> CodeType:
        tree = _Instrumented(path.relative_to(RUNTIME).as_posix()).visit(
            ast.parse(path.read_bytes())
        )
        return compile(ast.fix_missing_locations(tree), str(path), "exec", dont_inherit=True)

    sys.meta_path.insert(0, _Finder(load, {_RAN: ran}))


Load = Callable[[str, Path], CodeType | None]


class _Finder(MetaPathFinder):
    def __init__(self, load: Load, names: dict[str, object] | None = None) -> None:
        self._load, self._names = load, names or {}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        file = RUNTIME.parent / f"{name.replace('.', '/')}.py"
        if not name.startswith("checkout_runtime.") or not file.exists():
            return None
        code = self._load(name, file)
        if code is None:
            return None
        loader = _Loader(name, str(file), code, self._names)
        return importlib.util.spec_from_file_location(name, file, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType, names: dict[str, object]) -> None:
        super().__init__(name, path)
        self._code, self._names = code, names

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self._names)
        exec(self._code, vars(module))


class _Instrumented(ast.NodeTransformer):
    """Puts a call before each statement of each function."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._functions = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._functions += 1
        self.generic_visit(node)
        self._functions -= 1
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if self._functions and isinstance(statements, list):
                setattr(node, name, [each for one in statements for each in self._told(one)])
        return node

    def _told(self, statement: ast.stmt) -> list[ast.stmt]:
        arguments: list[ast.expr] = [ast.Constant(self._file), ast.Constant(statement.lineno)]
        call = ast.Call(ast.Name(_RAN, ast.Load()), arguments, [])
        return [ast.copy_location(ast.Expr(call), statement), statement]
