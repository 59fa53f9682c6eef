"""Values that do not change: classes whose fields are their annotations.

They are what ``dataclasses.dataclass(frozen=True, slots=True)`` makes, for what a cold start can
afford: that module imports the compiler's tools, and writes nine methods for each class (ADR 16).

>>> class Price(Record):
...     amount: int
...     currency: str = "EUR"
>>> replace(Price(5), amount=7)
Price(amount=7, currency='EUR')
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

__all__ = ["Record", "as_dict", "field_names", "replace"]

_R = TypeVar("_R", bound="Record")


class _RecordType(type):
    """Makes the slots and ``__init__`` of a record from its annotations."""

    __match_args__: tuple[str, ...]
    _defaults: dict[str, Any]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        own = tuple(namespace.get("__annotations__", ()))
        names, defaults = own, {each: namespace.pop(each) for each in own if each in namespace}
        for base in bases:
            if isinstance(base, _RecordType):
                names, defaults = base.__match_args__ + names, base._defaults | defaults
        namespace |= {"__slots__": own, "__match_args__": names, "_defaults": defaults}
        made = super().__new__(cls, name, bases, namespace)
        if own:
            # A slot that sets itself takes two thirds of the time of object.__setattr__.
            setters = {f"_set_{each}": getattr(made, each).__set__ for each in names}
            type.__setattr__(made, "__init__", _initializer(setters, names, defaults))
        return made


@dataclass_transform(frozen_default=True)
class Record(metaclass=_RecordType):
    """Base of values that do not change.

    Fields are those of the base class, then the annotations of the class itself, in their order;
    those with a default come last, and share it: it may not be changed. Two records are equal if
    they are of one class and their fields are equal. Where a module has records, it has
    ``from __future__ import annotations``: nothing here evaluates an annotation.
    """

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} does not change; replace() makes another one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} does not change; replace() makes another one")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash(_values(self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in _fields(self).items())
        return f"{type(self).__qualname__}({fields})"

    def __reduce__(self) -> tuple[type[Record], tuple[Any, ...]]:
        """Copy and pickle through ``__init__``, as nothing else sets a field."""
        return type(self), _values(self)


def field_names(record: type[Record]) -> tuple[str, ...]:
    """Return the names of the fields of a class of records, in the order of ``__init__``."""
    return record.__match_args__


def as_dict(record: Record) -> dict[str, Any]:
    """Return a record's fields by their names, and so those of the records in them."""
    return {
        name: as_dict(value) if isinstance(value, Record) else value
        for name, value in _fields(record).items()
    }


def replace(record: _R, **changes: Any) -> _R:
    """Return a record with other values in the fields that are named.

    Raises:
        TypeError: It has no field of such a name.
    """
    return type(record)(**_fields(record) | changes)


def _fields(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in field_names(type(record))}


def _values(record: Record) -> tuple[Any, ...]:
    return tuple([getattr(record, name) for name in field_names(type(record))])


def _initializer(
    setters: dict[str, Any], names: tuple[str, ...], defaults: dict[str, Any]
) -> Callable[..., None]:
    """Compile ``__init__``: called by keyword or place, it checks its arguments as Python does."""
    parameters = ", ".join(
        f"{name}=_defaults[{name!r}]" if name in defaults else name for name in names
    )
    lines = [f"def __init__(self, {parameters}):", *(f" _set_{n}(self, {n})" for n in names)]
    namespace: dict[str, Any] = {"_defaults": defaults, **setters}
    exec("\n".join(lines), namespace)  # noqa: S102 - names of fields, which are the code's own
    initializer: Callable[..., None] = namespace["__init__"]
    return initializer
