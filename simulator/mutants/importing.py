"""Changes the runtime's modules: one to a mutant, or all so that they record what runs."""

from __future__ import annotations

import ast
import gc
import importlib.machinery
import importlib.util
import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from simulator.mutants.mutant import RUNTIME, Mutant

__all__ = [
    "Functions",
    "change_functions",
    "import_mutant",
    "import_recorded",
    "imported_functions",
]

_RAN = "__ran__"
Ran = Callable[[str, int], None]
Functions = Mapping[tuple[str, str, int], Sequence[FunctionType]]
"""Module, qualified name and first line, to the functions that were made there."""


def import_mutant(mutant: Mutant) -> None:
    """Import a mutant in its module's place, from now on."""

    def load(name: str, path: Path) -> CodeType | None:
        if name != mutant.import_name:
            return None
        return compile(mutant.source(), str(path), "exec", dont_inherit=True)

    sys.meta_path.insert(0, _Finder(load))


def imported_functions() -> Functions:
    """Return every function of the runtime's modules that exists, whatever decorates it.

    Raises:
        RuntimeError: There is none, so that no mutant would ever be noticed.
    """
    gc.unfreeze()  # what is frozen is not among the objects
    found: defaultdict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if type(each) is FunctionType and "checkout_runtime" in each.__code__.co_filename:
            code = each.__code__
            found[each.__module__, code.co_qualname, code.co_firstlineno].append(each)
    if not found:
        raise RuntimeError("no function of the runtime is imported")
    return found


def change_functions(mutant: Mutant, functions: Functions) -> None:
    """Give functions that exist already the code that they have in a mutant.

    Raises:
        LookupError: The function that the mutant changes does not exist yet.
        ValueError: It does not use the same names of the functions around it.
    """
    before, after = (
        _outermost(compile(source, str(mutant.path), "exec", dont_inherit=True))
        for source in (mutant.path.read_bytes(), mutant.source())
    )
    for old, new in zip(before, after, strict=True):
        same = functions.get((mutant.import_name, old.co_qualname, old.co_firstlineno), ())
        if not same and old != new:
            raise LookupError(old.co_qualname)
        for function in same:
            function.__code__ = new


def _outermost(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a module's functions and methods, and not of those inside them."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_flags & inspect.CO_NEWLOCALS:
                yield inner
            else:  # a class
                yield from _outermost(inner)


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
