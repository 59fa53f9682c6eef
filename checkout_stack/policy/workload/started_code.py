"""What instances and services of App Runner are given in their environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Text, Unknown, Value, at, listed, possibilities

USER_DATA: Mapping[str, PropertyPath] = {
    "AWS::EC2::Instance": ("UserData",),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData", "UserData"),
    "AWS::AutoScaling::LaunchConfiguration": ("UserData",),
}
"""What starts instances, and where the script is that they begin with."""
APP_RUNNER = "AWS::AppRunner::Service"
APP_RUNNER_SOURCE = "SourceConfiguration"
_OF_APP_RUNNER = (
    ("ImageRepository", "ImageConfiguration"),
    ("CodeRepository", "CodeConfiguration", "CodeConfigurationValues"),
)
_ASSIGNMENT = re.compile(
    r"(?:^|[\s;\"'])(?:export\s+|-e\s+|--env\s+)?([A-Za-z]\w*)=(\"[^\"\n]*\"|'[^'\n]*'|[^\s\"';]+)",
    re.MULTILINE,
)
_FILLED_IN_THERE = re.compile(r"\$[({A-Za-z]|`")
"""What a script takes from a command or from another variable."""
_BY_THE_TEMPLATE = re.compile(r"\$\{[^}]*\}")
LONGEST_SCRIPT = 65_536
"""Characters that are read: user data has 16 KB at most, more where it is not encoded yet."""


def assigned_in_user_data(resource: Resource) -> Mapping[str, Value]:
    """The variables that the script of an instance sets, as far as the template says to what."""
    found: dict[str, Value] = {}
    for script in possibilities(resource.prop(*USER_DATA[resource.type])):
        if isinstance(script, str | Text):
            parts = script.parts if isinstance(script, Text) else (script,)
            secrets = [each for each in parts if isinstance(each, Unknown) and each.is_secret]
            for name, text in _ASSIGNMENT.findall(str(script)[:LONGEST_SCRIPT]):
                value = text.strip("\"'")
                hidden = next((each for each in secrets if each.written in value), None)
                if hidden is not None:
                    found[name] = hidden
                elif not _FILLED_IN_THERE.search(_BY_THE_TEMPLATE.sub("", value)):
                    found[name] = value
    return found


def variables_of_app_runner(service: Resource) -> Iterator[tuple[str, Value]]:
    """The variables of a service of App Runner."""
    source = service.prop(APP_RUNNER_SOURCE)
    for path in _OF_APP_RUNNER:
        for each in listed(at(source, *path, "RuntimeEnvironmentVariables")):
            name = at(each, "Name")
            if isinstance(name, str):
                yield name, at(each, "Value")
