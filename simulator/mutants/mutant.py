"""The mutants of a file: its source, changed in one place."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulator.mutants.expression_edits import WRITTEN_OVER, changed_expressions
from simulator.mutants.operators import OPERATORS, Change

__all__ = ["ROOT", "RUNTIME", "Mutant", "mutants_of"]

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "lambda" / "checkout_runtime"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    id: str
    """The same wherever its line stands in the file."""
    module: str
    """The file, from the runtime's own folder: ``domain/order.py``."""
    line: int
    code: str
    """The line, as it is."""
    change: str
    """What kind of change it is."""
    lines: range
    """Lines of the statement that is changed: a test that runs none of them notices nothing."""
    start: int
    end: int
    """Where the file's bytes are replaced."""
    replacement: str

    @property
    def path(self) -> Path:
        """The file."""
        return RUNTIME / self.module

    @property
    def import_name(self) -> str:
        """The module's name where it is imported."""
        return "checkout_runtime." + self.module.removesuffix(".py").replace("/", ".")

    def source(self) -> bytes:
        """Return the file's source with the change."""
        source = self.path.read_bytes()
        return source[: self.start] + self.replacement.encode() + source[self.end :]

    def diff(self) -> str:
        """Return the lines that change, as ``diff`` shows them."""
        source = self.path.read_bytes()
        first = source.rfind(b"\n", 0, self.start) + 1
        last = source.find(b"\n", self.end)
        before = source[first:last].decode()
        after = source[first : self.start].decode() + self.replacement
        after += source[self.end : last].decode()
        removed = [f"-{line}" for line in before.splitlines()]
        return "\n".join([*removed, *(f"+{line}" for line in after.splitlines())])


def mutants_of(module: str, *, has_expressions: bool) -> list[Mutant]:
    """Return every mutant of a file; of its DynamoDB expressions too, if it has any."""
    source = (RUNTIME / module).read_bytes()
    lines = source.splitlines(keepends=True)
    starts = [0]
    for text in lines:
        starts.append(starts[-1] + len(text))
    same: Counter[tuple[str, ...]] = Counter()
    mutants: dict[str, Mutant] = {}
    seen: set[tuple[int, int, str]] = set()
    for (node, change, replacement), around in _changes(ast.parse(source), has_expressions):
        start = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        line: int = node.lineno  # type: ignore[attr-defined]
        counted_on = change == WRITTEN_OVER and source[end : end + 1] == b"."
        if counted_on or (start, end, replacement) in seen:
            continue
        seen.add((start, end, replacement))
        code = lines[line - 1].decode().strip()
        what = (module, code, change, replacement)
        same[what] += 1
        identity = hashlib.sha256(repr((*what, same[what])).encode()).hexdigest()[:10]
        mutants[identity] = Mutant(
            identity, module, line, code, change, around, start, end, replacement
        )
    return list(mutants.values())


def _changes(tree: ast.Module, has_expressions: bool) -> Iterator[tuple[Change, range]]:
    for node, around in _code(tree, range(0)):
        for operator in OPERATORS:
            for change in operator(node):
                yield change, around
        if has_expressions:
            for change in changed_expressions(node):
                yield change, around


def _code(node: ast.AST, around: range) -> Iterator[tuple[ast.AST, range]]:
    """Walk what is carried out: no docstrings, annotations, decorators, or what only types need."""
    if isinstance(node, ast.stmt):
        around = _header(node)
    yield node, around
    if isinstance(node, ast.JoinedStr):
        return  # what is inserted has no place of its own in the file, before Python 3.12
    for child in _carried_out(node):
        yield from _code(child, around)


def _carried_out(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_skipped(child):
                yield child


def _is_skipped(node: ast.AST) -> bool:
    match node:
        case ast.If(test=ast.Name("TYPE_CHECKING")) | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name("__all__")]):
            return True
        case ast.ClassDef(bases=[ast.Name("Protocol")]):
            return True
    return False


def _header(statement: ast.stmt) -> range:
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if not body:
        return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    first = body[0]
    first_line: int = first.pattern.lineno if isinstance(first, ast.match_case) else first.lineno
    return range(statement.lineno, max(first_line, statement.lineno + 1))
