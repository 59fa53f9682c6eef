"""A value of a wrong type is refused before CDK sees it, with all others, and never repeated."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, signature
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from checkout_stack import (
    OPEN_ACCESS,
    ChargeAudit,
    CheckoutApi,
    CheckoutStack,
    CheckoutTiming,
    FunctionSettings,
    IdempotentCheckout,
    Observability,
    OrderEvents,
    OrderRelay,
    OrderTable,
    PaymentConsumer,
    PaymentQueue,
    PaymentService,
    Reconciler,
    ScopeFrom,
    checkout_stack,
)
from checkout_stack.api import access_requirements
from checkout_stack.foundation import function_settings
from checkout_stack.foundation.property_types import Expected
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from checkout_stack.monitoring import charge_audit
from checkout_stack.payment_service.custom import CustomKind
from checkout_stack.payment_service.http import HttpKind
from checkout_stack.payment_service.stripe import StripeKind
from checkout_stack.pipeline import (
    checkout_requirements,
    order_relay,
    order_table,
    payment_consumer,
    payment_queue,
    reconciler,
)
from tests.checkout_stack.synthesized import checkout, considered, payment_service

KEY = "sk_live_51Hunter2"
KINDS = {each.KIND: each for each in (HttpKind, StripeKind, CustomKind)}
TABLES: list[tuple[Callable[..., Any], Mapping[str, Expected]]] = [
    (IdempotentCheckout, checkout_requirements.TYPES),
    (CheckoutApi, access_requirements.TYPES),
    (CheckoutStack, checkout_stack.TYPES),
    (OrderTable, order_table.TYPES),
    (OrderRelay, order_relay.TYPES),
    (PaymentQueue, payment_queue.TYPES),
    (PaymentConsumer, payment_consumer.TYPES),
    (Reconciler, reconciler.TYPES),
    (ChargeAudit, charge_audit.TYPES),
    (FunctionSettings, function_settings.TYPES),
    (PaymentService.http, HttpKind.TYPES),
    (PaymentService.stripe, StripeKind.TYPES),
    (PaymentService.custom, CustomKind.TYPES),
]
NOT_THESE = {"self", "scope", "construct_id", "stack_properties"}


class Stranger:
    """What no property expects."""


def parameters_of(made: Callable[..., Any]) -> Mapping[str, Parameter]:
    """Parameters of a function or of an initializer; a construct's metaclass hides the latter."""
    if isinstance(made, type):
        return signature(cast("type[object]", made).__init__).parameters
    return signature(made).parameters


def refused(action: Callable[[], object]) -> CheckoutMisconfiguredError:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        action()
    return misconfigured.value


def given(error: CheckoutMisconfiguredError) -> dict[str, object]:
    return {each.property: each.given for each in error.violations}


@pytest.mark.parametrize(("made", "types"), TABLES, ids=[each.__qualname__ for each, _ in TABLES])
def test_every_public_property_has_a_type(
    made: Callable[..., Any], types: Mapping[str, Expected]
) -> None:
    parameters = parameters_of(made)
    assert set(types) == set(parameters) - NOT_THESE


@pytest.mark.parametrize(("made", "types"), TABLES, ids=[each.__qualname__ for each, _ in TABLES])
def test_defaults_have_the_type_that_is_expected(
    made: Callable[..., Any], types: Mapping[str, Expected]
) -> None:
    parameters = parameters_of(made)
    for name, expected in types.items():
        default = parameters[name].default
        assert default is parameters[name].empty or expected.accepts(default), name
        assert not expected.accepts(Stranger()), name


@pytest.mark.parametrize(
    ("made", "name", "of"),
    [
        (IdempotentCheckout, "alarm_topic", sns.Topic),
        (IdempotentCheckout, "order_table", dynamodb.TableV2),
        (IdempotentCheckout, "encryption_key", kms.Key),
        (IdempotentCheckout, "permissions_boundary", iam.ManagedPolicy),
        (IdempotentCheckout, "timing", CheckoutTiming),
        (CheckoutApi, "authorizer", authorizers.HttpJwtAuthorizer),
        (CheckoutApi, "cart_secret", secretsmanager.Secret),
        (CheckoutApi, "checkout", IdempotentCheckout),
    ],
)
def test_a_class_is_no_instance_of_it(made: type, name: str, of: type, stack: cdk.Stack) -> None:
    error = refused(
        lambda: made(
            stack, "Wrong", **{n: of if n == name else Stranger() for n in (dict(TABLES)[made])}
        )
    )
    assert given(error)[name] == f"the class {of.__name__}"


def construct_classes() -> list[tuple[type, Mapping[str, Expected]]]:
    return [
        (made, types)
        for made, types in TABLES
        if isinstance(made, type) and made is not FunctionSettings
    ]


@pytest.mark.parametrize(
    ("made", "types"), construct_classes(), ids=[each.__name__ for each, _ in construct_classes()]
)
def test_a_construct_names_every_property_of_a_wrong_type_at_once(
    made: type, types: Mapping[str, Expected], stack: cdk.Stack
) -> None:
    wrong = dict.fromkeys(types, Stranger())
    error = refused(lambda: made(stack, "Wrong", **wrong))
    assert given(error) == dict.fromkeys(types, "a Stranger")
    assert str(error).startswith(("Shop/Wrong: ", "Wrong: "))


@pytest.mark.parametrize("kind", ["http", "stripe", "custom"])
def test_a_payment_service_names_every_property_of_a_wrong_type_at_once(
    kind: str, stack: cdk.Stack
) -> None:
    types = KINDS[kind].TYPES
    service = getattr(PaymentService, kind)(**dict.fromkeys(types, Stranger()))
    error = refused(lambda: checkout(stack, payment_service=service))
    assert set(given(error)) == {f"payment_service.{name}" for name in types}


def test_types_of_all_that_is_given_are_told_in_one_error(stack: cdk.Stack) -> None:
    names = [each.name for each in dataclasses.fields(CheckoutTiming)]
    wrong: dict[str, Any] = {"memory_mebibytes": "512", "tracing": 1, "security_groups": "sg-1"}
    seconds: dict[str, Any] = dict.fromkeys(names, 10)
    timing = CheckoutTiming(**seconds)
    settings = FunctionSettings(**wrong)
    service: Any = payment_service(stack, url=None, secret=None, timeout=10)
    error = refused(
        lambda: checkout(
            stack,
            payment_service=service,
            timing=timing,
            functions=settings,
            concurrent_charges="100",
            max_payment_attempts=True,
            quarantine_before="2026-01-01",
            with_dashboard="no",
        )
    )
    assert given(error) == {
        "concurrent_charges": "a str",
        "max_payment_attempts": "a bool",
        "quarantine_before": "a str",
        "with_dashboard": "a str",
        **{f"timing.{name}": "an int" for name in names},
        "payment_service.url": "None",
        "payment_service.secret": "None",
        "payment_service.timeout": "an int",
        "functions.memory_mebibytes": "a str",
        "functions.security_groups": "a str",
        "functions.tracing": "an int",
    }
    for line in str(error).splitlines():
        assert line.startswith("Shop/Checkout: ")
        assert "; allowed: " in line
        assert "; fix: " in line


@pytest.mark.parametrize("kind", ["http", "stripe", "custom"])
def test_a_secret_given_as_text_is_refused_and_not_repeated(kind: str, stack: cdk.Stack) -> None:
    ways: dict[str, Callable[[], PaymentService]] = {
        "http": lambda: payment_service(stack, secret=KEY),
        "stripe": lambda: PaymentService.stripe(secret=KEY),  # type: ignore[arg-type]
        "custom": lambda: PaymentService.custom(
            source=".",
            factory="acme:make",
            key_retention=None,
            secrets={"acme": KEY},  # type: ignore[dict-item]
        ),
    }
    error = refused(lambda: checkout(stack, payment_service=ways[kind]()))
    assert KEY not in str(error)
    assert KEY not in repr(error)
    assert len(error.violations) == 1


@pytest.mark.parametrize("service", [None, "stripe", {"url": KEY}])
def test_no_payment_service_is_refused(service: Any, stack: cdk.Stack) -> None:
    error = refused(lambda: checkout(stack, payment_service=service))
    assert list(given(error)) == ["payment_service"]
    assert KEY not in str(error)


GRANTS = [name for name in dir(IdempotentCheckout) if name.startswith("grant_")]


def test_who_can_be_granted_nothing_is_named_by_every_grant(stack: cdk.Stack) -> None:
    made, anybody = checkout(stack), iam.AccountPrincipal("111122223333")
    for name in GRANTS:
        for wrong in ("x", 5, None, iam.Role):
            error = refused(partial(getattr(made, name), wrong))
            assert list(given(error)) == ["grantee"], name
        getattr(made, name)(anybody)
    assert len(GRANTS) > 7


def test_a_layer_is_of_a_construct(stack: cdk.Stack) -> None:
    wrong: Any = "shop"
    error = refused(lambda: OrderEvents.reader_layer(wrong))
    assert given(error) == {"scope": "a str"}
    assert OrderEvents.reader_layer(stack)


def test_a_scope_from_what_is_no_name_is_refused(stack: cdk.Stack) -> None:
    names: Any = ["iss", "sub"]
    rows = ScopeFrom.jwt_claims(names).requirements()
    assert [row.property for row in rows if not row.holds] == ["scope_from"]


@pytest.mark.parametrize(
    "scope_from",
    [
        ScopeFrom.jwt_claims(cast("str", b"sub")),
        ScopeFrom.jwt_claims(cast("str", object())),
        ScopeFrom(cast("tuple[tuple[str, ...], ...]", None)),
        ScopeFrom(((),)),
    ],
)
def test_a_scope_of_what_no_function_can_be_told_is_refused(
    scope_from: ScopeFrom, stack: cdk.Stack
) -> None:
    jwt = authorizers.HttpJwtAuthorizer("Buyers", "https://i.example", jwt_audience=["shop"])
    made = checkout(stack)
    error = refused(
        lambda: CheckoutApi(stack, "Api", checkout=made, authorizer=jwt, scope_from=scope_from)
    )
    assert given(error) == {"scope_from": "a ScopeFrom"}


def test_what_can_be_bound_is_no_authorizer_by_that(stack: cdk.Stack) -> None:
    wrong: Any = payment_service(stack)
    made = checkout(stack)
    error = refused(lambda: CheckoutApi(stack, "Api", checkout=made, authorizer=wrong))
    assert list(given(error)) == ["authorizer"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1.0])
def test_a_number_that_is_none_is_refused_and_ends_nothing(number: float, stack: cdk.Stack) -> None:
    wrong: Any = number
    error = refused(lambda: considered(stack, max_payment_attempts=wrong))
    assert given(error) == {"max_payment_attempts": "a float"}


def test_what_is_watched_is_said_by_true_or_false(stack: cdk.Stack) -> None:
    wrong: Any = "no"
    watched = Observability(causes=wrong, each_function=wrong, dashboard=True, topic_key=wrong)
    error = refused(lambda: considered(stack, observability=watched))
    assert list(given(error)) == [
        *("observability.causes", "observability.each_function", "observability.topic_key")
    ]


def test_numbers_known_only_at_deployment_are_numbers(stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    made = checkout(stack, max_payment_attempts=number)
    CheckoutApi(stack, "Api", checkout=made, authorizer=OPEN_ACCESS)
