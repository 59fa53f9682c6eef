"""Properties that were renamed: their old names are still accepted, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

C = TypeVar("C")


def accept_old_names(new_by_old: Mapping[str, str]) -> Callable[[type[C]], type[C]]:
    """Return a class decorator that lets the initializer take old names of its properties.

    The class warns with :class:`DeprecationWarning`, and raises :class:`TypeError` where a
    property is given under both names.
    """

    def decorate(cls: type[C]) -> type[C]:
        initialize: Callable[..., None] = cls.__init__

        @wraps(initialize)
        def accepting(self: C, *args: Any, **properties: Any) -> None:
            for old in new_by_old.keys() & properties.keys():
                new = new_by_old[old]
                if new in properties:
                    raise TypeError(f"{old} is the old name of {new}: give {new} alone")
                warn_of_old_name(old, new)
                properties[new] = properties.pop(old)
            initialize(self, *args, **properties)

        setattr(cls, "__init__", accepting)  # noqa: B010 - mypy knows no other way
        return cls

    return decorate


def warn_of_old_name(old: str, new: str) -> None:
    """Tell the code that called our caller that a name is deprecated."""
    warnings.warn(f"{old} is deprecated: write {new}", DeprecationWarning, stacklevel=3)
