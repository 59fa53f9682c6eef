"""Intrinsic functions: what ``Ref``, ``Fn::Sub`` and the like are worth before a deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from checkout_stack.foundation.secret_names import DYNAMIC_REFERENCE
from checkout_stack.policy.template.conditions import Conditions
from checkout_stack.policy.template.resolved_functions import (
    allowed_values,
    deployed,
    entries,
    malformed,
    not_imported,
    parameter_value,
    selected,
    split,
    text_of,
    too_much,
    unexpanded_function,
)
from checkout_stack.policy.template.values import (
    MOST_POSSIBILITIES,
    Either,
    Reference,
    Text,
    Unknown,
    Value,
    at,
    either,
)

#: Pseudo parameters; ``AWS::NoValue`` is absence and not among them.
PSEUDO_PARAMETERS = frozenset(
    (
        "AWS::AccountId",
        "AWS::NotificationARNs",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    )
)
MOST_WORK = 20_000_000
"""Characters and items that may be produced in all: a small template can ask for terabytes."""
SAM_ATTRIBUTES = ("Alias", "Version")
"""What ``Ref: Function.Alias`` names of a SAM function."""
PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


class Surroundings(Protocol):
    """What the stacks around a template know: ``None`` for what they do not."""

    def imported(self, name: Value) -> Value:
        """What another stack exports under this name."""
        ...

    def nested_output(self, logical_id: str, attribute: str) -> Value:
        """The output of a nested stack: ``Outputs.Name``."""
        ...

    def given_parameter(self, name: str) -> Value:
        """What the stack around this one gives for a parameter."""
        ...


class Resolver:
    """Resolves what is written in one template."""

    def __init__(self, document: Mapping[str, Any], surroundings: Surroundings) -> None:
        """Resolve within ``document``, its intrinsic functions in their long form."""
        self._document = document
        self._surroundings = surroundings
        self._in_text = False
        self._work_left = MOST_WORK
        self._parameters: dict[str, Value] = {}
        self._conditions = Conditions(self._section("Conditions"), self._without_defaults)
        self._take_defaults = True
        self._functions: dict[str, Callable[[Any], Value]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::ToJsonString": self._to_json_string,
            "Fn::ImportValue": self._import_value,
            "Fn::Base64": self._base64,
        }

    def resolve(self, written: Any) -> Value:
        """Resolve ``written``; what cannot be resolved is ``Unknown`` with the reason."""
        if isinstance(written, Mapping):
            if len(written) == 1:
                [(name, argument)] = written.items()
                if name in self._functions:
                    return self._functions[name](argument)
                if name.startswith("Fn::"):
                    return deployed(name)
            if unexpanded := unexpanded_function(written):
                return deployed(unexpanded)
            resolved = {key: self.resolve(value) for key, value in written.items()}
            return {key: value for key, value in resolved.items() if value is not None}
        if isinstance(written, list):
            return [item for each in written if (item := self.resolve(each)) is not None]
        if isinstance(written, str) and DYNAMIC_REFERENCE in written:
            return Unknown("a dynamic reference is only known once it is deployed", written)
        assert written is None or isinstance(written, str | int | float)
        return written

    def decide(self, condition: str) -> bool | None:
        """Whether a condition holds; ``None`` if that depends on the deployment.

        A parameter's default decides no condition: its other values are there to be deployed too.
        """
        return self._conditions.decide(condition)

    def _without_defaults(self, written: Any) -> Value:
        before, self._take_defaults = self._take_defaults, False
        try:
            return self.resolve(written)
        finally:
            self._take_defaults = before

    def _ref(self, name: Any) -> Value:
        if not isinstance(name, str):
            return malformed("Ref")
        if name == "AWS::NoValue":
            return None
        if name in PSEUDO_PARAMETERS or name in self._section("Resources"):
            return Reference(name)
        function, _, attribute = name.partition(".")
        if attribute in SAM_ATTRIBUTES and function in self._section("Resources"):
            return Reference(function, attribute)
        parameters = self._section("Parameters")
        if name not in parameters:
            return Unknown(f"{name} is neither a resource nor a parameter here", f"${{{name}}}")
        if not self._take_defaults:
            return Unknown(f"parameter {name} decides", f"${{{name}}}")
        if name not in self._parameters:
            given = self._surroundings.given_parameter(name)
            own = parameter_value(name, parameters[name])
            hidden = isinstance(own, Unknown) and own.is_secret
            self._parameters[name] = own if hidden or given is None else given
        value = self._parameters[name]
        if isinstance(value, Unknown) and not self._in_text:
            return allowed_values(parameters[name]) or value
        return value

    def _get_att(self, argument: Any) -> Value:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if not isinstance(argument, list) or len(argument) != 2:
            return malformed("Fn::GetAtt")
        logical_id, attribute = argument
        if not isinstance(logical_id, str) or not isinstance(attribute, str):
            return malformed("Fn::GetAtt")
        if logical_id not in self._section("Resources"):
            return Unknown(f"{logical_id} is not a resource here", f"${{{logical_id}.{attribute}}}")
        if attribute.startswith("Outputs."):
            output = self._surroundings.nested_output(logical_id, attribute)
            if output is not None:
                return output
        return Reference(logical_id, attribute)

    def _import_value(self, argument: Any) -> Value:
        name = self._within_text(argument)
        if not isinstance(name, str | Text | Unknown):
            return malformed("Fn::ImportValue")
        imported = self._surroundings.imported(name)
        return not_imported(name) if imported is None else imported

    def _within_text(self, written: Any) -> Value:
        """Resolve a part of a text: a parameter without default stays one there, to be compared."""
        before, self._in_text = self._in_text, True
        try:
            return self.resolve(written)
        finally:
            self._in_text = before

    def _base64(self, argument: Any) -> Value:
        """What is encoded: rules look for what it says."""
        encoded = self._within_text(argument)
        known = isinstance(encoded, str | Text | Reference | Either | Unknown)
        return encoded if known else malformed("Fn::Base64")

    def _sub(self, argument: Any) -> Value:
        if isinstance(argument, str):
            argument = [argument, {}]
        if not isinstance(argument, list) or len(argument) != 2:
            return malformed("Fn::Sub")
        text, variables = argument
        if not isinstance(text, str) or not isinstance(variables, Mapping):
            return malformed("Fn::Sub")
        parts: list[Value] = []
        end = 0
        for placeholder in PLACEHOLDER.finditer(text):
            parts.append(text[end : placeholder.start()])
            end = placeholder.end()
            literal, name = placeholder.groups()
            name = name.strip()
            if literal:
                parts.append(f"${{{name}}}")
            elif name in variables:
                parts.append(self._within_text(variables[name]))
            else:
                parts.append(self._within_text(_named(name)))
        return text_of([*parts, text[end:]], self._may_work)

    def _join(self, argument: Any) -> Value:
        if not isinstance(argument, list) or len(argument) != 2:
            return malformed("Fn::Join")
        separator, items = argument[0], self._within_text(argument[1])
        if not isinstance(separator, str) or not isinstance(items, list):
            return items if isinstance(items, Unknown) else malformed("Fn::Join")
        parts: list[Value] = []
        for item in items:
            parts += [separator, item]
        return text_of(parts[1:], self._may_work)

    def _if(self, argument: Any) -> Value:
        if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
            return malformed("Fn::If")
        decided = self.decide(argument[0])
        if decided is not None:
            return self.resolve(argument[1] if decided else argument[2])
        return either((self.resolve(argument[1]), self.resolve(argument[2])))

    def _find_in_map(self, argument: Any) -> Value:
        keys = self.resolve(argument)
        if not isinstance(keys, list) or len(keys) < 3:
            return malformed("Fn::FindInMap")
        found: list[Any] = [self._document.get("Mappings")]
        for key in keys[:3]:
            found = [below for each in found for below in entries(each, key)]
        default = at(keys[3], "DefaultValue") if len(keys) > 3 else None
        if default is not None and not (found and all(map(_is_known, keys[:3]))):
            found.append(default)
        if not found:
            return Unknown(f"Mappings have no {' '.join(map(str, keys[:3]))}"[:200])
        if len(found) > MOST_POSSIBILITIES:
            return Unknown("the keys of Fn::FindInMap are only known once it is deployed")
        return either(tuple(self.resolve(each) for each in found))

    def _select(self, argument: Any) -> Value:
        return selected(self.resolve(argument))

    def _split(self, argument: Any) -> Value:
        return split(self.resolve(argument), self._may_work)

    def _to_json_string(self, argument: Any) -> Value:
        resolved = self.resolve(argument)
        chunks: list[str] = []
        try:
            for chunk in json.JSONEncoder().iterencode(resolved):
                if not self._may_work(len(chunk)):
                    return too_much()
                chunks.append(chunk)
        except TypeError:
            return Unknown("a part of Fn::ToJsonString is only known once it is deployed")
        return "".join(chunks)

    def _may_work(self, amount: int) -> bool:
        self._work_left -= amount
        return self._work_left > 0

    def _section(self, name: str) -> Mapping[str, Any]:
        section = self._document.get(name)
        return section if isinstance(section, Mapping) else {}


def _named(name: str) -> Mapping[str, Any]:
    """What a name within ``Fn::Sub`` is short for."""
    return {"Fn::GetAtt": name} if "." in name else {"Ref": name}


def _is_known(key: Value) -> bool:
    return isinstance(key, str | int)
