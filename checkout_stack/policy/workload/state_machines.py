"""The tasks of state machines, as far as a template holds their definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.errors import NotReadableError
from checkout_stack.policy.template.json_text import read_json
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Text, Value, at
from checkout_stack.policy.workload.relations import related_function

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_AROUND = ("Map", "Parallel")
"""States with others in them."""
_SUBSTITUTE = re.compile(r"\$\{(\w+)\}(?::[\w$-]+)?\Z")
"""What the template fills in; a version or an alias behind it makes no other function."""


@dataclass(frozen=True, eq=False)
class Task:
    """A task state."""

    machine: Resource
    #: The property of the machine that holds the definition.
    written_in: str
    state: Mapping[str, Value]
    #: Whether a distributed map runs it in Express workflows of its own.
    is_express: bool = False
    #: Whether something around it, a branch or a map, is repeated with it.
    is_repeated_around: bool = False

    @property
    def action(self) -> str:
        """What it does: ``http:invoke``, ``sqs:sendMessage``; empty for a function's ARN."""
        return (
            str(self.state.get("Resource"))
            .partition(":states:::")[2]
            .partition(".")[0]
            .removeprefix("aws-sdk:")
        )

    def parameter(self, name: str) -> Value:
        """What it gives, as a literal or, with ``.$``, as a path into its input."""
        for given in (self.state.get("Arguments"), self.state.get("Parameters")):
            for key in (name, f"{name}.$"):
                if isinstance(given, Mapping) and key in given:
                    return self._substituted(given[key])
        return None

    @property
    def function(self) -> Resource | None:
        """The function that it calls, as far as it is in the run."""
        found = related_function(self.machine, self.function_name)
        return found if isinstance(found, Resource) else None

    @property
    def function_name(self) -> Value:
        """The name or the ARN of the function that it calls; ``None`` if it calls none."""
        if self.action == "lambda:invoke":
            return self.parameter("FunctionName")
        return None if self.action else self._substituted(self.state.get("Resource"))

    def _substituted(self, value: Value) -> Value:
        """A value, or what the template puts in its place."""
        name = _SUBSTITUTE.match(str(value)) if isinstance(value, str | Text) else None
        given = self.machine.prop("DefinitionSubstitutions", name.group(1)) if name else None
        return value if given is None else given


def tasks_of(machine: Resource) -> Iterator[Task]:
    """The tasks of a machine, those of its branches and maps included."""
    for name in ("DefinitionString", "Definition"):
        waiting = [(out_of_text(machine.prop(name)), False, False)]
        while waiting:
            each, is_express, is_repeated = waiting.pop()
            if isinstance(each, Mapping):
                if each.get("Type") == "Task":
                    yield Task(machine, name, each, is_express, is_repeated)
                is_express |= at(each, "ProcessorConfig", "ExecutionType") == "EXPRESS"
                is_repeated |= each.get("Type") in _AROUND and bool(each.get("Retry"))
                waiting += ((inner, is_express, is_repeated) for inner in each.values())
            elif isinstance(each, list):
                waiting += ((inner, is_express, is_repeated) for inner in each)


def out_of_text(definition: Value) -> Value:
    """A definition or a policy as a mapping, also where the template has it as text of JSON."""
    if not isinstance(definition, str | Text):
        return definition
    try:
        read: Value = read_json(str(definition)).value
    except NotReadableError:
        return None
    return read
