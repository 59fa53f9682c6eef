"""Intrinsic functions: what ``Ref``, ``Fn::Sub`` and the like are worth before a deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from checkout_stack.foundation.secret_names import DYNAMIC_REFERENCE
from checkout_stack.policy.template.conditions import Conditions
from checkout_stack.policy.template.resolved_functions import (
    deployed,
    malformed,
    parameter_value,
    selected,
    split,
    text_of,
    too_much,
)
from checkout_stack.policy.template.values import Reference, Unknown, Value, either

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
PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


class Resolver:
    """Resolves what is written in one template."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Resolve within ``document``, its intrinsic functions in their long form."""
        self._document = document
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
        }

    def resolve(self, written: Any) -> Value:
        """Resolve ``written``; what cannot be resolved is ``Unknown`` with the reason."""
        if isinstance(written, Mapping):
            if len(written) == 1:
                [(name, argument)] = written.items()
                if name in self._functions:
                    return self._functions[name](argument)
                if name.startswith("Fn::"):
                    return deployed(name, argument)
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
        parameters = self._section("Parameters")
        if name not in parameters:
            return Unknown(f"{name} is neither a resource nor a parameter here", f"${{{name}}}")
        if not self._take_defaults:
            return Unknown(f"parameter {name} decides", f"${{{name}}}")
        if name not in self._parameters:
            self._parameters[name] = parameter_value(name, parameters[name])
        return self._parameters[name]

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
        return Reference(logical_id, attribute)

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
                parts.append(self.resolve(variables[name]))
            else:
                parts.append(self._get_att(name) if "." in name else self._ref(name))
        return text_of([*parts, text[end:]], self._may_work)

    def _join(self, argument: Any) -> Value:
        if not isinstance(argument, list) or len(argument) != 2:
            return malformed("Fn::Join")
        separator, items = argument[0], self.resolve(argument[1])
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
        found: Any = self._document.get("Mappings")
        for key in keys[:3]:
            if not isinstance(key, str | int) or isinstance(key, bool):
                return Unknown("the keys of Fn::FindInMap are only known once it is deployed")
            found = found.get(str(key)) if isinstance(found, Mapping) else None
        if found is None:
            return Unknown(f"Mappings have no {' '.join(map(str, keys[:3]))}"[:200])
        return self.resolve(found)

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
