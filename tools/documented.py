"""What a package says about its public names, read from its source without importing it.

Meanings are where their readers are: a docstring's text and ``:param name:`` fields, and the ``#:``
comments above attributes. Whatever is public and says nothing is an error, not a gap in a page.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.package_source import Module


class UndocumentedError(ValueError):
    """A public name without a meaning."""


@dataclass(frozen=True)
class Value:
    """A property, a parameter, an attribute or a constant."""

    name: str
    #: As it is written in the source.
    type: str
    #: As it is written in the source, or what a constant of the module stands for; ``None`` if
    #: there is none.
    default: str | None
    meaning: str


@dataclass(frozen=True)
class Callable:
    """A method or a constructor."""

    name: str
    parameters: tuple[Value, ...]
    returns: str
    meaning: str
    #: Exceptions and when: the ``:raises X:`` fields.
    raises: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Class:
    """A public class with everything public that it has or inherits in its own package."""

    name: str
    meaning: str
    #: ``None`` where instances are made by methods of the class or by nobody but us.
    constructor: Callable | None
    attributes: tuple[Value, ...]
    methods: tuple[Callable, ...]


def read(package: Path, module: str, name: str) -> Class | Value:
    """Return what ``package/module.py`` says about ``name``.

    :param module: Dotted, below the package.
    :raises UndocumentedError: if it, or anything public in it, has no meaning.
    """
    source = Module(package, module)
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _class(source, node)
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
            return _attribute(source, node, name)
    raise UndocumentedError(f"{module} defines no class or annotated constant {name}")


def _class(source: Module, node: ast.ClassDef) -> Class:
    attributes, methods, constructor = _members(source, node)
    for base in node.bases:
        if inherited := source.base(ast.unparse(base)):
            more = _members(*inherited)
            known = {each.name for each in attributes} | {each.name for each in methods}
            attributes += [each for each in more[0] if each.name not in known]
            methods += [each for each in more[1] if each.name not in known]
    return Class(
        name=node.name,
        meaning=_meaning(node, node.name),
        constructor=constructor,
        attributes=tuple(attributes),
        methods=tuple(methods),
    )


def _members(
    source: Module, node: ast.ClassDef
) -> tuple[list[Value], list[Callable], Callable | None]:
    methods: list[Callable] = []
    constructor = None
    fields = [
        each
        for each in node.body
        if isinstance(each, ast.AnnAssign) and not ast.unparse(each.target).startswith("_")
    ]
    # A dataclass none of whose fields has a comment is made by its own methods alone.
    documented = any(source.comment_above(each) for each in fields)
    attributes = [
        _attribute(source, each, f"{node.name}.{ast.unparse(each.target)}")
        for each in (fields if documented else [])
    ]
    raised = any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        decorators = {ast.unparse(each) for each in method.decorator_list}
        if method.name == "__init__" and raised:
            continue
        if method.name == "__init__":
            constructor = _callable(source, method, node.name)
        elif method.name.startswith("_"):
            continue
        elif "property" in decorators:
            name, type_ = method.name, ast.unparse(method.returns) if method.returns else ""
            attributes.append(Value(name, type_, None, _meaning(method, name)))
        else:
            methods.append(_callable(source, method, f"{node.name}.{method.name}"))
    return attributes, methods, constructor


def _attribute(source: Module, node: ast.AnnAssign, name: str) -> Value:
    meaning = source.comment_above(node)
    if not meaning:
        raise UndocumentedError(f"{source.module}: no #: comment above {name}")
    default = source.constant(None if node.value is None else ast.unparse(node.value))
    if default is not None and (made := re.search(r"default_factory=lambda: (.+)\)$", default)):
        default = made[1]
    return Value(name.rsplit(".", 1)[-1], ast.unparse(node.annotation), default, meaning)


def _callable(source: Module, node: ast.FunctionDef, name: str) -> Callable:
    text, *fields = re.split(r"^:", _meaning(node, name), flags=re.MULTILINE)
    said = dict(_fields("param", fields))
    parameters = tuple(
        Value(
            argument.arg,
            ast.unparse(argument.annotation),
            source.constant(default),
            said.pop(argument.arg, ""),
        )
        for argument, default in _arguments(node)
        if argument.annotation is not None
    )
    if said:
        raise UndocumentedError(
            f"{name} has no parameters {sorted(said)}, which its docstring names"
        )
    obvious = {"scope", "construct_id"}
    silent = [each.name for each in parameters if not each.meaning and each.name not in obvious]
    if silent and fields:
        raise UndocumentedError(f"{name} does not say what {silent} are")
    returns = "" if node.returns is None else ast.unparse(node.returns)
    raises = tuple(_fields("raises", fields))
    return Callable(node.name, parameters, returns, text.strip(), raises)


def _fields(kind: str, fields: list[str]) -> Iterator[tuple[str, str]]:
    for field in fields:
        head, _, text = field.partition(":")
        if head.split()[0] == kind:
            yield head.split()[1], " ".join(text.split())


def _arguments(node: ast.FunctionDef) -> Iterator[tuple[ast.arg, str | None]]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    padding: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    for argument, default in [
        *zip(positional, [*padding, *arguments.defaults], strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]:
        yield argument, None if default is None else ast.unparse(default)
    if arguments.vararg is not None:
        yield ast.arg(f"*{arguments.vararg.arg}", arguments.vararg.annotation), None
    if arguments.kwarg is not None:
        yield ast.arg(arguments.kwarg.arg, arguments.kwarg.annotation), "{}"


def _meaning(node: ast.ClassDef | ast.FunctionDef, name: str) -> str:
    text = ast.get_docstring(node)
    if not text:
        raise UndocumentedError(f"{name} has no docstring")
    return text
