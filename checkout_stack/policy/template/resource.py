"""One resource of a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from checkout_stack.policy.template.document import Location, PropertyPath
from checkout_stack.policy.template.resolved_functions import deployed, unexpanded_function
from checkout_stack.policy.template.values import Either, Unknown, Value, either, kind_of

CDK_PATH = "aws:cdk:path"


class Scope(Protocol):
    """What a resource asks the template that it is written in."""

    @property
    def key(self) -> str:
        """Names the template's stack in references from others."""
        ...

    def resolve(self, written: Any) -> Value:
        """Resolve the intrinsic functions of what is written."""
        ...

    def location(self, path: PropertyPath) -> Location:
        """Where ``path`` from the top of the document is written, or its nearest ancestor."""
        ...

    def construct_path(self, logical_id: str) -> str | None:
        """The path of the construct that a cloud assembly names; ``None`` without one."""
        ...

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The template's own metadata, as written."""
        ...

    def resolve_resource(self, value: Value, *types: str) -> RelatedResource:
        """The resource of the run that a value, resolved here, names."""
        ...


@dataclass(frozen=True, eq=False)
class Resource:
    """A resource as CloudFormation will see it, its properties resolved when they are asked for."""

    logical_id: str
    #: As CloudFormation creates it: a SAM function is an ``AWS::Lambda::Function``.
    type: str
    scope: Scope
    #: As written, intrinsic functions in their long form.
    raw_properties: Mapping[str, Any]
    #: Where the properties are written; another place for a resource that SAM derives.
    written_at: PropertyPath
    metadata: Mapping[str, Any]
    #: The name of the condition under which it is created; ``None``: always.
    condition: str | None = None
    #: As written in the resource itself, where it inherits more; ``None``: it inherits nothing.
    own_properties: Mapping[str, Any] | None = None
    #: Where what it inherits is written: a section of ``Globals``.
    inherited_at: PropertyPath = ()
    _resolved: dict[str, Value] = field(default_factory=dict, repr=False)

    @property
    def properties(self) -> Mapping[str, Value]:
        """All properties, resolved."""
        resolved = {name: self._property(name) for name in self.raw_properties}
        return {name: value for name, value in resolved.items() if value is not None}

    def prop(self, *path: str | int) -> Value:
        """Resolve the value at ``path``.

        ``None`` where it is absent, ``Either`` where a condition decides, ``Unknown`` where the
        template does not say, also if something on the way is not a mapping or list.
        """
        assert path, "a path names at least one property"
        value = self._property(str(path[0]))
        for step in path[1:]:
            value = _step(value, step)
        return value

    def location(self, *path: str | int) -> Location:
        """Where that property is written, or else its nearest ancestor, or the resource.

        What only ``Globals`` has is written there.
        """
        own, merged = self.own_properties, self.raw_properties
        if own is not None and _written_depth(merged, path) > _written_depth(own, path):
            return self.scope.location((*self.inherited_at, *path))
        return self.scope.location((*self.written_at, *path))

    @property
    def construct_path(self) -> str | None:
        """The path of the construct that made it; ``None`` if CDK did not."""
        path = self.metadata.get(CDK_PATH)
        return path if isinstance(path, str) else self.scope.construct_path(self.logical_id)

    def related(self, value: Value, *types: str) -> RelatedResource:
        """The resource that a value of this resource's properties names.

        ``None`` where the value is absent, ``Unknown`` where it names nothing in this run. A plain
        name is looked up only among ``types``.
        """
        return self.scope.resolve_resource(value, *types)

    def surely_exists_with(self, other: Resource) -> bool:
        """Whether every deployment that has ``other`` has this resource too."""
        return self.condition is None or self.condition == other.condition

    def __str__(self) -> str:
        """Name it for a message."""
        return self.logical_id

    def _property(self, name: str) -> Value:
        if name not in self._resolved:
            unexpanded = unexpanded_function(self.raw_properties)
            known = name in self.raw_properties or unexpanded is None
            written = self.raw_properties.get(name)
            self._resolved[name] = (
                self.scope.resolve(written) if known else deployed(str(unexpanded))
            )
        return self._resolved[name]


RelatedResource: TypeAlias = Resource | Unknown | None
"""The resource that a property names; ``None`` where the property is absent; or why unknown."""


def _written_depth(written: Any, path: PropertyPath) -> int:
    """How many steps of a path are written."""
    for depth, step in enumerate(path):
        if not isinstance(written, Mapping) or step not in written:
            return depth
        written = written[step]
    return len(path)


def _step(value: Value, step: str | int) -> Value:
    if isinstance(value, Either):
        return either(tuple(_step(each, step) for each in value.values))
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(step, str) and isinstance(value, Mapping):
        return value.get(step)
    if isinstance(step, int) and isinstance(value, list):
        return value[step] if -len(value) <= step < len(value) else None
    expected = "a mapping" if isinstance(step, str) else "a list"
    return Unknown(f"{kind_of(value)} stands where {expected} with {step!r} is expected")
