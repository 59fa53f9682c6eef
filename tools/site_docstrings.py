"""What the site's generator is told about our docstrings.

They are reStructuredText, and what they use of it becomes Markdown. What ``checkout_stack`` exports
has to say what it means: a warning fails the build.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import griffe

#: Warnings of this logger fail a strict build.
_LOG = logging.getLogger("mkdocs.plugins.docstrings")
_HELD_TO_IT = "checkout_stack"
#: Of every construct, and explained by CDK; and of every method.
_OBVIOUS = {"self", "cls", "scope", "construct_id"}
_ROLE = re.compile(r":\w+:`~?(?:checkout_(?:stack|runtime)\.)?([^`]+)`")
_LITERAL = re.compile(r"``([^`]+)``")
_BLOCK = re.compile(r"::\n\n((?:    .*(?:\n|$)|\n)+)")
_DOCTEST = re.compile(r"((?:^>>> .*\n?(?:^(?!>>>).+\n?)*)+)", re.MULTILINE)
_FIELD = re.compile(r"^:(param|raises)\b", re.MULTILINE)
_PARAMETER = re.compile(r"^:param \*{0,2}(\w+):", re.MULTILINE)


class OurDocstrings(griffe.Extension):
    """Reads a package once more, when the comments above attributes are docstrings too."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Convert every docstring, and warn of what says nothing."""
        _convert(pkg)
        if pkg.name == _HELD_TO_IT:
            for problem in undocumented(pkg):
                _LOG.warning("%s", problem)


def as_markdown(text: str) -> str:
    """Return a docstring as Markdown; its fields are left to the parser of docstrings."""
    text = _LITERAL.sub(r"`\1`", _ROLE.sub(r"`\1`", text))
    return _BLOCK.sub(_fenced, _DOCTEST.sub(r"```pycon\n\1\n```", text))


def undocumented(package: griffe.Module) -> Iterator[str]:
    """Yield a line for everything that a package exports and that does not say what it means."""
    for name in package.exports or ():
        exported = package[str(name)].final_target
        if exported.docstring is None:
            yield f"{exported.path} says nothing"
        if isinstance(exported, griffe.Class):
            _leave_to_bases(exported)
            for member in exported.all_members.values():
                yield from _silent(member.final_target if member.is_alias else member)


def _leave_to_bases(owner: griffe.Class) -> None:
    """Let what a class only sets be described where a base declares it."""
    for base in owner.mro():
        for name, declared in base.members.items():
            own = owner.members.get(name)
            if own is not None and own.docstring is None and declared.docstring is not None:
                owner.del_member(name)


def _silent(member: griffe.Object) -> Iterator[str]:
    shown = member.name == "__init__" or not member.name.startswith("_")
    # Nobody else makes our errors, and their own docstrings say what they hold.
    if not shown or str(member.parent.name).endswith("Error"):
        return
    if member.docstring is None:
        yield f"{member.path} says nothing"
    elif isinstance(member, griffe.Function):
        said = _PARAMETER.findall(member.docstring.value)
        has = [each.name for each in member.parameters]
        # A method may explain all of its parameters in its text instead.
        missing = [each for each in has if said and each not in (*said, *_OBVIOUS)]
        yield from (f"{member.path} does not say what {each} is" for each in missing)
        yield from (f"{member.path} has no {each}" for each in said if each not in has)


def _fenced(block: re.Match[str]) -> str:
    code = re.sub("^    ", "", block[1], flags=re.MULTILINE).strip()
    return f":\n\n```python\n{code}\n```\n\n"


def _convert(found: griffe.Object) -> None:
    if found.docstring is not None:
        # The constructs have fields of reStructuredText, the runtime has sections as Google writes.
        fields = _FIELD.search(found.docstring.value)
        found.docstring.parser = griffe.Parser.sphinx if fields else griffe.Parser.google
        found.docstring.value = as_markdown(found.docstring.value)
    for name, member in list(found.members.items()):
        if found.is_class and name.startswith("__") and name != "__init__":
            # How values are compared and copied is nothing to read about.
            found.del_member(name)
        elif isinstance(member, griffe.Object):
            _convert(member)
