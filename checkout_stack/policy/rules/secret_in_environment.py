"""A secret is not written into the environment."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping

from checkout_stack.foundation.secret_names import (
    DYNAMIC_REFERENCE,
    contains_payment_key,
    holds_a_secret,
    is_written_like_a_secret,
    names_a_secret,
    says_where,
)
from checkout_stack.policy.rules.judging import Verdict, judge_each
from checkout_stack.policy.rules.rule import (
    Judgement,
    Rule,
    Severity,
    cannot_tell,
    compliant,
    violated,
)
from checkout_stack.policy.template.document import PropertyPath, texts
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Reference, Text, Unknown, Value, possibilities
from checkout_stack.policy.workload.permissions import POLLERS
from checkout_stack.policy.workload.recognition import makes_payments, variables_of
from checkout_stack.policy.workload.relations import TASK
from checkout_stack.policy.workload.started_code import APP_RUNNER, APP_RUNNER_SOURCE, USER_DATA
from checkout_stack.policy.workload.workload import Workload

_REFERS_TO_A_SECRET = re.compile(
    r"\{\{resolve:(?:ssm-secure:|secretsmanager:"
    r"(?!.*:SecretString:(?:host|port|username|user|engine|dbname|dbClusterIdentifier)\b))"
)
"""Not where a secret of a database has only its address and its user read."""

_OF_FUNCTION = ("Environment", "Variables")
_PLACE: Mapping[str, PropertyPath] = {
    TASK: ("ContainerDefinitions",),
    APP_RUNNER: (APP_RUNNER_SOURCE,),
    "AWS::Batch::JobDefinition": ("ContainerProperties",),
    **USER_DATA,
}
"""Where those that are no functions have their variables in a list or a script."""
_HANDED_OUT = ("AWS::IAM::AccessKey", "SecretAccessKey")
"""An attribute that is a secret."""
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


def check(workload: Workload) -> list[Judgement]:
    """Judge the environment of each function or task that handles orders or payments."""
    relays = [each.function for each in workload.order_streams]
    readers = [each for queue in workload.queues for each in workload.readers_of.get(queue, ())]
    charging = [each for each in workload.of_type(*POLLERS) if makes_payments(each)]
    found = dict.fromkeys(
        each
        for each in [*workload.payment_functions, *relays, *readers, *charging]
        if isinstance(each, Resource)
    )
    written_out = [_written_out(*place) for place in _payment_keys(workload, found)]
    if written_out and not found:
        return written_out
    judgements = judge_each(found, _judge, otherwise="no function handles orders or payments")
    return judgements + written_out


def _payment_keys(
    workload: Workload, judged: Container[Resource]
) -> Iterator[tuple[Resource, str]]:
    """The other properties that have the key of a payment service in them, such as code."""
    for template in workload.templates:
        for resource in template.resources.values():
            known = _PLACE.get(resource.type, _OF_FUNCTION)[0] if resource in judged else None
            for name, written in resource.raw_properties.items():
                if name != known and any(map(contains_payment_key, texts(written))):
                    yield resource, name


def _written_out(resource: Resource, name: str) -> Judgement:
    return violated(
        resource,
        name,
        given="it holds the key of a payment service",
        allowed="the ARN or name of a secret, or a dynamic reference to one where AWS reads it",
        fix="store it in Secrets Manager, and change the key, since whoever saw the template has "
        "it",
    )


def _judge(reader: Resource) -> Judgement:
    place = _PLACE.get(reader.type, _OF_FUNCTION)
    is_listed = place != _OF_FUNCTION
    written = reader.prop(*place)
    if isinstance(written, Unknown):
        return cannot_tell(reader, *place, why=written.why)
    unknown = ""
    for name, value in variables_of(reader).items():
        verdicts = [_is_secret(reader, name, possibility) for possibility in possibilities(value)]
        if True in verdicts:
            return violated(
                reader,
                *place,
                *([] if is_listed else [name]),
                given=f"the variable {name} holds a secret",
                allowed="the ARN or name of a secret that the function reads when it starts",
                fix="store it in Secrets Manager, put its ARN into the variable, and change the "
                "secret, since whoever saw the template has it",
            )
        unknown = unknown or next((name for each in verdicts if isinstance(each, Unknown)), "")
    if unknown:
        why = f"the variable {unknown} may hold a secret or say where one is"
        return cannot_tell(reader, *place, *([] if is_listed else [unknown]), why=why)
    return compliant(reader, *place)


def _is_secret(reader: Resource, name: str, value: Value) -> Verdict:
    """Whether the variable holds a secret; what is only known once deployed may be one."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return holds_a_secret(name, str(value))
    if isinstance(value, Reference) and value.attribute:
        source = reader.related(value)
        if isinstance(source, Resource) and (source.type, value.attribute) == _HANDED_OUT:
            return True
        if not names_a_secret(name):
            return False
        if isinstance(source, Resource) and source.type.startswith(_CUSTOM):
            return Unknown(f"{source} is only known once it is deployed")
    if not isinstance(value, Text | Unknown):
        return False
    parts = value.parts if isinstance(value, Text) else (value,)
    if any(isinstance(part, Unknown) and part.is_secret for part in parts):
        return True
    written = "".join(part.written if isinstance(part, Unknown) else str(part) for part in parts)
    if DYNAMIC_REFERENCE in written:
        return names_a_secret(name) or bool(_REFERS_TO_A_SECRET.search(written))
    if isinstance(value, Text):
        known = (part if isinstance(part, str) else _instead_of(part) for part in parts)
        return is_written_like_a_secret("".join(known))
    if isinstance(value, Unknown) and not says_where(name) and names_a_secret(value.written[2:-1]):
        return value
    return value if names_a_secret(name) else False


def _instead_of(part: Value) -> str:
    """A text in the place of what is filled in by a deployment: no secret, and not empty."""
    is_pseudo = isinstance(part, Reference) and part.logical_id.startswith("AWS::")
    return "" if is_pseudo else "deployed"


RULE = Rule(
    id="secret-in-environment",
    title="A secret is not written into the environment",
    severity=Severity.ERROR,
    why=(
        "Environment variables are readable by everyone who may read the function's "
        "configuration, and a template is stored in version control and in CloudFormation. "
        "Whoever reads a payment key can charge. NoEcho and dynamic references hide a secret from "
        "the template, but not from who may read the function. Put the secret into Secrets "
        "Manager, and its ARN into the environment."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
    fix_cdk='environment={"PAYMENT_SECRET_ARN": secret.secret_arn}',
    fix_cloudformation=("Environment:\n  Variables:\n    PAYMENT_SECRET_ARN: !Ref PaymentSecret"),
    check=check,
)
