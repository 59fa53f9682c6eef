"""Statements of policy documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Either, Unknown, Value, listed, possibilities


@dataclass(frozen=True)
class Statement:
    """One statement, and where it is written."""

    resource: Resource
    path: tuple[str | int, ...]
    #: ``Unknown`` where the template does not say what the statement is.
    body: Mapping[str, Value] | Unknown

    def listed(self, key: str) -> list[Value]:
        """The value at ``key``: one or a list, the branches of conditions all taken."""
        if isinstance(self.body, Unknown):
            return [self.body]
        return listed(self.body.get(key))


def statements(resource: Resource, *path: str | int) -> Iterator[Statement]:
    """The statements of the policy document at ``path``."""
    document = resource.prop(*path)
    if document is None:
        return
    written = resource.prop(*path, "Statement")
    if isinstance(written, Unknown | Either):
        why = written if isinstance(written, Unknown) else Unknown("a condition picks its policy")
        yield Statement(resource, path, why)
    elif isinstance(written, Mapping):
        yield Statement(resource, (*path, "Statement"), written)
    elif isinstance(written, list):
        for index, each in enumerate(written):
            for body in possibilities(each):
                known = body if isinstance(body, Mapping) else None
                unknown = body if isinstance(body, Unknown) else Unknown("it is no statement")
                if body is not None:
                    place = (*path, "Statement", index)
                    yield Statement(resource, place, unknown if known is None else known)
