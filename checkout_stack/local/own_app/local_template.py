"""The template of an app as the local AWS gets it: local payments, local buyers, short times."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.aws import ACCOUNT, REGION
from checkout_stack.local.ministack_template import for_ministack
from checkout_stack.local.own_app.assembly import OUR_HANDLERS, Template
from checkout_stack.local.own_app.references import referred_to

LOCAL_CLAIMS = ("iss", "sub", "aud", "email", "cognito:username")
"""Claims of the local buyers' tokens that stay the same when they sign in again."""
LONGEST_SECONDS = {
    "PAYMENT_SERVICE_TIMEOUT_SECONDS": 1,
    "LEASE_SECONDS": 11,
    "FIRST_RETRY_SECONDS": 1,
    "LONGEST_RETRY_SECONDS": 4,
    "RECONCILE_AFTER_SECONDS": 120,
}
"""Times of the functions are no longer than these, so that a lost answer is found in seconds.

As in ``make run`` for the checkout that is broken on purpose: two calls of a second and 8 s beside
them are the consumer's timeout, a second more its lease, six of these timeouts the visibility."""
CONSUMER_TIMEOUT_SECONDS = 10
VISIBILITY_SECONDS = 6 * CONSUMER_TIMEOUT_SECONDS
CONSUMER = f"{OUR_HANDLERS}process_payments.handler"
REPLACED_URLS = {
    "PAYMENT_SERVICE_URL": "",
    "PAYMENT_SERVICE_LOOK_UP_URL": "",
    "PAYMENT_SERVICE_CANCEL_URL": "/cancel",
    "PAYMENT_SERVICE_CAPTURE_URL": "/captures",
    "PAYMENT_SERVICE_LIST_URL": "/list",
    "PAYMENT_SERVICE_REFUND_URL": "/refunds",
}
"""Where the local payment service answers what these are for, below the URL of charges."""
REPLACED_KIND = "http"


@dataclass(frozen=True, kw_only=True)
class LocalPlaces:
    """Local replacements for the addresses and ids that an app names."""

    charges_url: str
    """Of the local payment service."""

    issuer: str
    """Of the local buyers' tokens."""

    audience: str


def local_template(
    template: Template, environment: str, places: LocalPlaces, say: Callable[[str], None]
) -> Template:
    """Return the template for the local AWS. ``say`` gets a line for each difference.

    :param environment: ``aws://account/region`` that the app deploys the stack to.
    """
    # The deployment reports each resource that is left out.
    local = for_ministack(_in_the_local_account(template, environment), left_out=())
    local.pop("Rules", None)  # CDK's only one asks for a bootstrapped account
    local["Parameters"] = dict(_parameters(local, say))
    for logical_id, resource in local.get("Resources", {}).items():
        resource.pop("DeletionPolicy", None)
        resource.pop("UpdateReplacePolicy", None)
        properties = resource.setdefault("Properties", {})
        if properties.pop("PermissionsBoundary", None) is not None:
            say(f"{logical_id}: its permissions boundary is left out")
        if resource["Type"] == "AWS::Lambda::Function":
            _localize_function(logical_id, properties, places, say)
        elif resource["Type"] == "AWS::ApiGatewayV2::Authorizer":
            _localize_authorizer(logical_id, properties, places, say)
    for queue in _payment_queues(local):
        queue["VisibilityTimeout"] = _shorter(
            queue.get("VisibilityTimeout", 30), VISIBILITY_SECONDS
        )
    return local


def _in_the_local_account(template: Template, environment: str) -> Template:
    """The same template with the local account and Region where the app names its own."""
    account, _, region = environment.removeprefix("aws://").partition("/")
    text = json.dumps(template)
    if not account.startswith("unknown-"):
        text = text.replace(account, ACCOUNT)
    if not region.startswith("unknown-"):
        text = text.replace(region, REGION)
    result: Template = json.loads(text)
    _let_tables_go(result)
    return result


def _let_tables_go(part: Any) -> None:
    """Drop what protects from deletion: the local AWS is gone at the end of the run."""
    if isinstance(part, list):
        for each in part:
            _let_tables_go(each)
    elif isinstance(part, dict):
        for name in ("DeletionProtectionEnabled", "DeletionProtection"):
            part.pop(name, None)
        for value in part.values():
            _let_tables_go(value)


def _parameters(
    template: Template, say: Callable[[str], None]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, parameter in template.get("Parameters", {}).items():
        if name == "BootstrapVersion":
            continue
        if str(parameter.get("Type", "")).startswith("AWS::SSM::Parameter"):
            say(f"parameter {name}: left-out in place of the value that SSM has in your account")
            yield name, {"Type": "String", "Default": "left-out"}
        else:
            yield name, parameter


def _localize_function(
    logical_id: str, properties: dict[str, Any], places: LocalPlaces, say: Callable[[str], None]
) -> None:
    if properties.pop("VpcConfig", None) is not None:
        say(f"{logical_id}: runs outside its VPC")
    if not str(properties.get("Handler", "")).startswith(OUR_HANDLERS):
        return
    if properties["Handler"] == CONSUMER:
        properties["Timeout"] = _shorter(properties.get("Timeout", 3), CONSUMER_TIMEOUT_SECONDS)
    variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
    for name, longest in LONGEST_SECONDS.items():
        if name in variables:
            variables[name] = str(_shorter(variables[name], longest))
    kind = variables.get("PAYMENT_SERVICE_KIND")
    if kind == REPLACED_KIND:
        for name, path in REPLACED_URLS.items():
            if name in variables:
                variables[name] = places.charges_url + path
    elif kind is not None and properties["Handler"] == CONSUMER:
        say(
            f"{logical_id}: its payment service of the kind {kind} is not replaced, and its secret "
            "has a local value; give the app PaymentService.http where it runs locally, for "
            "example by --context"
        )
    if "SCOPE_FROM" in variables:
        variables["SCOPE_FROM"] = _scope(variables["SCOPE_FROM"], say)


def _scope(given: Any, say: Callable[[str], None]) -> Any:
    """The claims that say whose a key is, without those that local tokens do not have."""
    if not isinstance(given, str):
        return given
    paths = json.loads(given)
    missing = [
        path[-1]
        for path in paths
        if path[:-1] == ["jwt", "claims"] and path[-1] not in LOCAL_CLAIMS
    ]
    if not missing:
        return given
    say(f"keys count without {', '.join(missing)}, which local tokens do not have")
    kept = [path for path in paths if path[-1] not in missing]
    return json.dumps(kept or [["jwt", "claims", "iss"], ["jwt", "claims", "sub"]])


def _localize_authorizer(
    logical_id: str, properties: dict[str, Any], places: LocalPlaces, say: Callable[[str], None]
) -> None:
    if properties.get("AuthorizerType") != "JWT":
        say(f"{logical_id}: an authorizer that is no JWT authorizer stays as it is")
        return
    issuer = properties.get("JwtConfiguration", {}).get("Issuer")
    named = issuer if isinstance(issuer, str) else "the app's own"
    say(f"{logical_id}: takes tokens of a local user pool in place of {named}")
    properties["JwtConfiguration"] = {"Audience": [places.audience], "Issuer": places.issuer}


def _payment_queues(template: Template) -> Iterator[dict[str, Any]]:
    """Properties of the queues that consumers receive from."""
    resources = template.get("Resources", {})
    consumers = {
        logical_id
        for logical_id, resource in resources.items()
        if resource["Properties"].get("Handler") == CONSUMER
    }
    for mapping in resources.values():
        properties = mapping["Properties"]
        if mapping["Type"] != "AWS::Lambda::EventSourceMapping":
            continue
        if consumers & set(referred_to(properties.get("FunctionName"))):
            for source in referred_to(properties.get("EventSourceArn")):
                if resources.get(source, {}).get("Type") == "AWS::SQS::Queue":
                    yield resources[source]["Properties"]


def _shorter(given: Any, longest: int) -> Any:
    """The shorter of two numbers; what only deployment knows is left as it is."""
    return min(int(given), longest) if isinstance(given, int | float | str) else given
