"""The JSON Schemas of the events: ``python -m tools.event_schemas`` writes them into the package.

They are made of the records that read the events, so the two cannot differ. A file of an earlier
version is left as it is: events of that version may be in an archive.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from checkout_runtime.events import order_events
from checkout_runtime.events.order_events import KINDS, VERSION, OrderEvent
from checkout_runtime.events.reading import annotations_of

FOLDER = Path(order_events.__file__).with_name("json_schemas")
_OR_NONE = " | None"
_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string", "minLength": 1},
    "int": {"type": "integer"},
    "datetime": {"type": "string", "format": "date-time"},
}
#: What is promised of a field beyond its type.
_MORE: dict[str, dict[str, Any]] = {
    "id": {"pattern": "^ord_[a-z2-7]+#[1-9][0-9]*$"},
    "order_id": {"pattern": "^ord_[a-z2-7]+$"},
    "version": {"const": VERSION},
    "ordinal": {"minimum": 1},
    "attempt": {"minimum": 1},
    "amount": {"minimum": 1},
    "currency": {"pattern": "^[A-Z]{3}$"},
}


def schemas() -> dict[str, str]:
    """Return the text of each file by its name."""
    meanings = _meanings(Path(order_events.__file__))
    return {
        f"{name}-{VERSION}.json": json.dumps(_schema(kind, meanings), indent=2) + "\n"
        for name, kind in KINDS.items()
    }


def _schema(kind: type[OrderEvent], meanings: dict[str, str]) -> dict[str, Any]:
    fields = annotations_of(kind)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"detail of {kind.__name__}, version {VERSION}",
        "description": meanings[kind.__name__],
        "type": "object",
        "properties": {
            name: {
                "description": _meaning(kind, name, meanings),
                **_TYPES[annotation.removesuffix(_OR_NONE)],
                **_MORE.get(name, {}),
            }
            for name, annotation in fields.items()
        },
        "required": [name for name, each in fields.items() if not each.endswith(_OR_NONE)],
        "additionalProperties": True,
    }


def _meaning(kind: type[OrderEvent], field: str, meanings: dict[str, str]) -> str:
    """Return what a field means in the class, or the nearest base, that declares it."""
    names = (f"{each.__name__}.{field}" for each in kind.__mro__)
    return next(meanings[name] for name in names if name in meanings)


def _meanings(source: Path) -> dict[str, str]:
    """Return the docstring of each class, and the text below each of its fields."""
    found = {}
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef):
            continue
        found[node.name] = ast.get_docstring(node) or ""
        for field, below in zip(node.body, node.body[1:], strict=False):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value)):
                    found[f"{node.name}.{name}"] = " ".join(str(value).split())
    return found


if __name__ == "__main__":
    for _name, _text in schemas().items():
        (FOLDER / _name).write_text(_text, encoding="utf-8")
