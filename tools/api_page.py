"""The page of the public names: ``python -m tools.api_page > docs/api.md``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.documented import Callable, Class, Value, read
from tools.package_source import public_names

PACKAGE = Path(__file__).parents[1] / "checkout_stack"

_TOP = """\
# Public names

Everything that `from checkout_stack import …` gives, generated from the docstrings by
`python -m tools.api_page > docs/api.md`. Properties are keyword-only. What may change between
versions, and what may not, is in [compatibility](compatibility.md); runnable apps are in
[examples](../examples/README.md).
"""
#: Of every construct, and explained by CDK.
_OF_EVERY_CONSTRUCT = ("scope", "construct_id")


def page() -> str:
    """Return the page."""
    names = public_names(PACKAGE)
    found = [read(PACKAGE, module, name) for name, module in names.items()]
    links = " · ".join(f"[{name}](#{name.lower()})" for name in names)
    sections = [_class(each) if isinstance(each, Class) else _constant(each) for each in found]
    return "\n".join([_TOP, links, "", *sections])


def _class(described: Class) -> str:
    parts = [f"## {described.name}", "", _markdown(described.meaning), ""]
    if described.constructor is not None:
        own = [
            each
            for each in described.constructor.parameters
            if each.name not in _OF_EVERY_CONSTRUCT
        ]
        parts += _values("Property", own)
        parts += _raises(described.constructor)
    settable = [each for each in described.attributes if each.default is not None]
    parts += _values("Property", settable)
    parts += _readable([each for each in described.attributes if each not in settable])
    methods = described.methods
    parts += _short_methods([each for each in methods if not _has_properties(each)])
    for method in methods:
        if _has_properties(method):
            parts += _method(described.name, method)
    return "\n".join(parts)


def _constant(described: Value) -> str:
    return f"## {described.name}\n\n{_markdown(described.meaning)}\n"


def _values(heading: str, values: list[Value]) -> list[str]:
    if not values:
        return []
    rows = [
        f"| `{each.name}` | {_code(each.type)} | {_default(each)} | {_cell(each.meaning)} |"
        for each in values
    ]
    return [f"| {heading} | Type | Default | Meaning |", "|---|---|---|---|", *rows, ""]


def _readable(values: list[Value]) -> list[str]:
    if not values:
        return []
    rows = [f"| `{each.name}` | {_code(each.type)} | {_cell(each.meaning)} |" for each in values]
    return ["| Readable | Type | Meaning |", "|---|---|---|", *rows, ""]


def _has_properties(method: Callable) -> bool:
    return any(each.meaning for each in method.parameters)


def _short_methods(methods: list[Callable]) -> list[str]:
    if not methods:
        return []
    rows = [
        f"| `{_call(each)}` | {_code(each.returns)} | {_cell(each.meaning)} |" for each in methods
    ]
    return ["| Method | Returns | Meaning |", "|---|---|---|", *rows, ""]


def _call(method: Callable) -> str:
    return f"{method.name}({', '.join(each.name for each in method.parameters)})"


def _method(owner: str, method: Callable) -> Iterator[str]:
    yield f"### `{owner}.{_call(method)}`"
    yield ""
    yield f"{_markdown(method.meaning)} Returns `{method.returns}`."
    yield ""
    yield from _values("Property", [each for each in method.parameters if each.meaning])
    yield from _raises(method)


def _raises(method: Callable) -> list[str]:
    return [
        line for name, when in method.raises for line in (f"Raises `{name}` {_markdown(when)}", "")
    ]


def _default(value: Value) -> str:
    return "required" if value.default is None else _code(value.default)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _cell(text: str) -> str:
    return _markdown(" ".join(text.split())).replace("|", "\\|")


def _markdown(text: str) -> str:
    """Docstrings are reStructuredText; only what ours use is turned into Markdown."""
    text = re.sub(r":\w+:`~?(?:checkout_stack\.)?([^`]+)`", r"`\1`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    return re.sub(r"::\n\n((?:    .*(?:\n|$)|\n)+)", _fenced, _doctest(text))


def _fenced(block: re.Match[str]) -> str:
    code = re.sub("^    ", "", block[1], flags=re.MULTILINE).strip()
    return f":\n\n```python\n{code}\n```\n\n"


def _doctest(text: str) -> str:
    return re.sub(r"((?:^>>> .*\n?(?:^(?!>>>).+\n?)*)+)", r"```pycon\n\1\n```", text, flags=re.M)


if __name__ == "__main__":
    sys.stdout.write(page())
