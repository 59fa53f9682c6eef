"""What a rule is, and what it says about a template."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from checkout_stack.foundation.secret_names import without_secrets
from checkout_stack.policy.template.document import Location, PropertyPath

if TYPE_CHECKING:
    from checkout_stack.policy.template.resource import Resource
    from checkout_stack.policy.template.template import Template
    from checkout_stack.policy.workload.workload import Workload


class Severity(Enum):
    """How bad a violation is."""

    #: The checkout can double-charge, lose or block orders.
    ERROR = "error"
    #: It takes another failure, or an operator's mistake, for that to happen.
    WARNING = "warning"
    #: The design does not solve the problem that it seems meant to solve.
    ADVICE = "advice"


class Outcome(Enum):
    """What became of one rule on one resource."""

    COMPLIANT = "compliant"
    VIOLATED = "violated"
    #: The rule has nothing to say about this template.
    NOT_APPLICABLE = "not applicable"
    #: The template does not say what the rule needs to know. Never a pass.
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule's function says about one property of one resource.

    Written with :func:`compliant`, :func:`violated`, :func:`cannot_tell` and
    :func:`not_applicable`; the engine adds rule, location and construct path.
    """

    outcome: Outcome
    #: ``None`` only where a rule does not apply to the template at all.
    resource: Resource | None
    #: From ``Properties`` inward; may name a property that is absent.
    path: PropertyPath
    #: What was given, what is allowed and how to fix it, or why the rule cannot tell.
    message: str
    #: The template of a judgement without a resource; ``None``: it is about the run as a whole.
    template: Template | None = None


Check = Callable[["Workload"], Iterable[Judgement]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One promise of a checkout, as a check of the template that is to keep it."""

    #: Kebab-case, speaking, stable: acknowledgements and baselines name it.
    id: str
    #: The promise in one line, as a statement about a compliant template.
    title: str
    severity: Severity
    #: What happens to orders and charges where it does not hold.
    why: str
    #: The URL of the AWS documentation behind it.
    source: str
    #: A CDK example of how to fix it, in Python.
    fix_cdk: str
    #: A CloudFormation example of how to fix it, in YAML.
    fix_cloudformation: str
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A judgement in its place: which rule, which file and line, which construct."""

    rule: Rule
    outcome: Outcome
    #: Empty where the rule does not apply to the template at all.
    logical_id: str
    path: PropertyPath
    location: Location
    message: str
    #: ``aws:cdk:path`` of the resource; ``None`` for a template not written by CDK.
    construct_path: str | None
    #: Why somebody accepted the finding; ``None`` if nobody did.
    acknowledged: str | None = None

    @property
    def rule_id(self) -> str:
        """The id of the rule."""
        return self.rule.id


def compliant(resource: Resource, *path: str | int) -> Judgement:
    """The resource keeps the promise."""
    return Judgement(Outcome.COMPLIANT, resource, path, "")


def violated(resource: Resource, *path: str | int, given: str, allowed: str, fix: str) -> Judgement:
    """The resource breaks the promise: each of the three is a phrase without full stop.

    A secret in what is given is not quoted: reports are uploaded, and read by many.
    """
    said = f"{without_secrets(given)}; allowed: {allowed}; fix: {fix}"
    return Judgement(Outcome.VIOLATED, resource, path, said)


def cannot_tell(resource: Resource, *path: str | int, why: str) -> Judgement:
    """The template does not say whether the resource keeps the promise."""
    return Judgement(Outcome.CANNOT_TELL, resource, path, f"cannot tell: {without_secrets(why)}")


def not_applicable(why: str) -> Judgement:
    """The template has nothing that the rule is about."""
    return Judgement(Outcome.NOT_APPLICABLE, None, (), why)
