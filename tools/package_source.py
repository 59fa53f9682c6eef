"""Modules of a package as text and syntax trees; nothing is imported."""

from __future__ import annotations

import ast
from pathlib import Path


def public_names(package: Path) -> dict[str, str]:
    """Return the public names of a package, and the module below it that each comes from."""
    tree = ast.parse((package / "__init__.py").read_text())
    imported = {
        each.asname or each.name: node.module.removeprefix(f"{package.name}.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for each in node.names
    }
    [public] = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return {name: imported[name] for name in ast.literal_eval(public)}


class Module:
    """One module: its lines and its tree."""

    def __init__(self, package: Path, module: str) -> None:
        self.package = package
        self.module = module
        text = package.joinpath(*module.split(".")).with_suffix(".py").read_text()
        self.lines = text.splitlines()
        self.tree = ast.parse(text)

    def comment_above(self, node: ast.stmt) -> str:
        """The ``#:`` lines above a statement."""
        first = node.lineno - 1
        while first and self.lines[first - 1].strip().startswith("#:"):
            first -= 1
        lines = self.lines[first : node.lineno - 1]
        return "\n".join(line.strip().removeprefix("#:").strip() for line in lines)

    def constant(self, name: str | None) -> str | None:
        """What a constant of this package is set to; anything else as it is."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                return ast.unparse(node.value)
        source = None if name is None else self._origin(name)
        return name if source is None else source.constant(name)

    def base(self, name: str) -> tuple[Module, ast.ClassDef] | None:
        """A base class that comes from the same package."""
        source = self._origin(name)
        if source is None:
            return None
        return source, next(
            each
            for each in source.tree.body
            if isinstance(each, ast.ClassDef) and each.name == name
        )

    def _origin(self, name: str) -> Module | None:
        """The module of the same package that a name is imported from."""
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                own = node.module.startswith(f"{self.package.name}.")
                if own and name in {each.name for each in node.names}:
                    return Module(self.package, node.module.split(".", 1)[1])
        return None
