"""What a parameter is worth where nobody gives it a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout_stack.policy.template.values import Unknown, Value

#: CloudFormation's quota for a parameter's value.
LONGEST_VALUE = 4096


def parameter_value(name: str, declaration: Any) -> Value:
    """The default of a parameter, in its declared type; ``Unknown`` where it has none."""
    written = f"${{{name}}}"
    if not isinstance(declaration, Mapping) or "Default" not in declaration:
        return Unknown(f"parameter {name} has no default", written)
    kind, default = str(declaration.get("Type")), declaration["Default"]
    if kind.startswith("AWS::SSM::Parameter::"):
        return Unknown(f"parameter {name} is read from Systems Manager", written)
    if not isinstance(default, str | int | float):
        return Unknown(f"the default of parameter {name} is not text or a number", written)
    if isinstance(default, str):
        if len(default) > LONGEST_VALUE:
            return Unknown(f"the default of parameter {name} is too long", written)
        if "{{resolve:" in default:
            return Unknown(f"the default of parameter {name} is a dynamic reference", written)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in str(default).split(",")]
    return default
