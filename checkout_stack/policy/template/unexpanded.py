"""What of a template only a deployment can tell: macros, modules, loops, and other templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resolved_functions import UNEXPANDED_FUNCTIONS
from checkout_stack.policy.template.stacks import NESTED_STACKS

_READ_TRANSFORMS = re.compile(
    r"AWS::(Serverless-2016-10-31|LanguageExtensions|CodeDeployBlueGreen|SecretsManager-[\d-]+)\Z"
)
"""Transforms that are followed here, or that change nothing that the rules read."""
_WITHOUT_WIRING = (("Code",), ("Description",), ("Tags",))
"""Properties in which whatever is added changes nothing that the rules read."""
_DEPLOY_ELSEWHERE = (
    "AWS::CloudFormation::StackSet",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
)
"""Types that deploy templates which nothing here names by a file."""
_MODULE = "::MODULE"
_MODULES = "Modules"
_RAIN = "Fn::Rain::"


@dataclass(frozen=True)
class UnexpandedPart:
    """A part that is not written out."""

    #: From the top of the document.
    path: PropertyPath
    #: Why the rules cannot read it, as the end of "cannot tell: …".
    why: str
    #: The logical id of a nested stack, which is read after all if its template is given.
    nested: str | None = None


def unexpanded_parts(document: Mapping[str, Any]) -> Iterator[UnexpandedPart]:
    """Every part of a template that is not written out in it."""
    for name in _transforms(document.get("Transform")):
        if not _READ_TRANSFORMS.match(name):
            yield UnexpandedPart(("Transform",), f"the macro {name} may change everything"[:200])
    if _MODULES in document:
        yield UnexpandedPart((_MODULES,), "the modules are other files, and are not read")
    for name in document:
        if name.startswith("Fn::"):
            yield UnexpandedPart((name,), f"{name} adds sections only when it is deployed"[:200])
    for logical_id, body in document["Resources"].items():
        yield from _of_resource(logical_id, body)


def _of_resource(logical_id: str, body: Any) -> Iterator[UnexpandedPart]:
    path = ("Resources", logical_id)
    kind = body.get("Type") if isinstance(body, Mapping) else None
    if logical_id.startswith("Fn::") or not isinstance(kind, str):
        yield UnexpandedPart(path, f"{logical_id} makes resources only when it is deployed"[:200])
        return
    if kind in NESTED_STACKS:
        why = f"the template that {logical_id} deploys is not given: check it together with this"
        yield UnexpandedPart(path, why, nested=logical_id)
    elif kind in _DEPLOY_ELSEWHERE:
        yield UnexpandedPart(path, f"the template that {logical_id} deploys elsewhere is not read")
    elif kind.endswith(_MODULE):
        yield UnexpandedPart(
            path, f"{logical_id} is a module, whose resources are not written here"
        )
    else:
        found = _unexpanded_function(body)
        if found is not None:
            why = f"{found[-1]} adds to {logical_id} only when it is deployed"
            yield UnexpandedPart((*path, *found), why[:200])


def _unexpanded_function(body: Mapping[str, Any]) -> PropertyPath | None:
    """Where, in a resource, a function stands that adds to it."""
    waiting: list[tuple[Any, PropertyPath]] = [(body, ())]
    while waiting:
        node, path = waiting.pop()
        if path[1:] in _WITHOUT_WIRING:
            continue
        if isinstance(node, Mapping):
            for key, below in node.items():
                if key.startswith((*UNEXPANDED_FUNCTIONS, _RAIN)):
                    return (*path, key)
                if isinstance(below, Mapping | list):
                    waiting.append((below, (*path, key)))
        else:
            waiting += [
                (below, (*path, index))
                for index, below in enumerate(node)
                if isinstance(below, Mapping | list)
            ]
    return None


def _transforms(written: Any) -> Iterator[str]:
    for each in written if isinstance(written, list) else [written]:
        name = each.get("Name") if isinstance(each, Mapping) else each
        if name is not None:
            yield name if isinstance(name, str) else "of an unknown name"
