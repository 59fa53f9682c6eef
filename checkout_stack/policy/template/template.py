"""A CloudFormation template: its resources, and what its intrinsic functions are worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from checkout_stack.policy.template.document import Location, Positions, PropertyPath
from checkout_stack.policy.template.intrinsics import Resolver
from checkout_stack.policy.template.named_resources import NamedResources
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.serverless import expanded
from checkout_stack.policy.template.stacks import Stacks, keys
from checkout_stack.policy.template.unexpanded import UnexpandedPart, unexpanded_parts
from checkout_stack.policy.template.values import Value


@dataclass(frozen=True)
class ConstructMetadata:
    """The metadata of the constructs of one stack; empty for a template without an assembly."""

    #: Construct paths by logical id, without a leading slash.
    paths: Mapping[str, str] = field(default_factory=dict)
    #: Reasons by acknowledged id, by the path of the construct on which they were acknowledged.
    acknowledged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Template:
    """A template that was read; reading checked that its sections have the shape they must have."""

    #: As given on the command line; ``<stdin>`` for standard input.
    file: str
    #: As written, intrinsic functions in their long form.
    document: Mapping[str, Any]
    positions: Positions
    #: How a cloud assembly calls the stack, such as ``Stage/Stack``; ``None`` without one.
    stack_name: str | None = None
    #: What its cloud assembly says about constructs; empty without one.
    constructs: ConstructMetadata = field(default_factory=ConstructMetadata)
    #: The folder of its cloud assembly; empty without one.
    assembly: str = ""
    #: Templates of its cloud assembly by the name under which they are uploaded.
    assets: Mapping[str, str] = field(default_factory=dict)
    #: How the other stacks of a run refer to this one.
    key: str = ""
    #: The stacks of the run; none for a template that was only read.
    stacks: Stacks = field(default_factory=Stacks, repr=False)
    _placed: dict[PropertyPath, Location] = field(default_factory=dict, repr=False)

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """Every resource that may be created, by logical id; what SAM derives is included."""
        written = {
            logical_id: self._resource(logical_id, body)
            for logical_id, body in self._section("Resources").items()
            if isinstance(body, Mapping) and isinstance(body.get("Type"), str)
        }
        present = {
            logical_id: resource
            for logical_id, resource in written.items()
            if resource.condition is None or self._resolver.decide(resource.condition) is not False
        }
        return expanded(present, self.document)

    def of_type(self, *types: str) -> list[Resource]:
        """All resources of these types, in the order in which they are written."""
        return [resource for resource in self.resources.values() if resource.type in types]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The template's own metadata, as written."""
        return self._section("Metadata")

    @property
    def unexpanded_parts(self) -> Iterator[UnexpandedPart]:
        """What only a deployment adds to the template, or takes from elsewhere."""
        for part in unexpanded_parts(self.document):
            if part.nested is None or not self.stacks.is_read(self, part.nested):
                yield part

    def imported(self, name: Value) -> Value:
        """What another stack exports under this name; ``None`` if none of the run does."""
        return self.stacks.exported(name, self)

    def nested_output(self, logical_id: str, attribute: str) -> Value:
        """The output of a stack that this one nests; ``None`` if that was not read."""
        return self.stacks.output(self, logical_id, attribute.removeprefix("Outputs."))

    def given_parameter(self, name: str) -> Value:
        """What the stack around this one gives for a parameter; ``None`` if nothing."""
        return self.stacks.parameter(self, name)

    def resources_of(self, stack: str) -> Mapping[str, Resource]:
        """The resources of another stack of the run."""
        return self.stacks[stack].resources

    def named_elsewhere(self, name: tuple[str, str]) -> Resource | None:
        """The one resource of another stack with this service and literal name."""
        return self.stacks.named(name, self)

    @property
    def named_resources(self) -> Mapping[tuple[str, str], Resource]:
        """The resources whose names are written, by service and name."""
        return self._named.by_service_and_name

    def resolve(self, value: Any) -> Value:
        """Resolve what is written anywhere in the template."""
        return self._resolver.resolve(value)

    def resolve_resource(self, value: Value, *types: str) -> RelatedResource:
        """The resource of the run that a value, resolved here, names.

        It is named by Ref, GetAtt, ARN, URL, or plain name; a name that several stacks know is
        this stack's, or else of its assembly.

        :param types: Only resources of these types. A plain name is looked up only if types are
            given, since any text could be a name.
        :return: ``None`` where the value is absent; ``Unknown`` where it names nothing here.
        """
        return self._named.resolve(value, types)

    def location(self, path: PropertyPath) -> Location:
        """Where ``path`` from the top of the document is written, or its nearest ancestor."""
        if path not in self._placed:
            line, column = self.positions.nearest(path)
            self._placed[path] = Location(self.file, line, column)
        return self._placed[path]

    def construct_path(self, logical_id: str) -> str | None:
        """The path of the construct that made a resource, as its cloud assembly says it."""
        return self.constructs.paths.get(logical_id)

    @cached_property
    def _resolver(self) -> Resolver:
        return Resolver(self.document, self)

    @cached_property
    def _named(self) -> NamedResources:
        return NamedResources(self.resources, self)

    def _section(self, name: str) -> Mapping[str, Any]:
        section = self.document.get(name)
        return section if isinstance(section, Mapping) else {}

    def _resource(self, logical_id: str, body: Mapping[str, Any]) -> Resource:
        properties, metadata = body.get("Properties"), body.get("Metadata")
        condition = body.get("Condition")
        return Resource(
            logical_id=logical_id,
            type=str(body.get("Type")),
            scope=self,
            raw_properties=properties if isinstance(properties, Mapping) else {},
            written_at=("Resources", logical_id, "Properties"),
            metadata=metadata if isinstance(metadata, Mapping) else {},
            condition=condition if isinstance(condition, str) else None,
        )


def joined(templates: Iterable[Template]) -> tuple[Template, ...]:
    """The templates as stacks of one run, each of which sees what the others make and export."""
    read = list(templates)
    named = keys((each.stack_name, each.file) for each in read)
    stacks = Stacks()
    together = tuple(
        replace(each, key=key, stacks=stacks) for each, key in zip(read, named, strict=True)
    )
    stacks.join(together)
    return together
