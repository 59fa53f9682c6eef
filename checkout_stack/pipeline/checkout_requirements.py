"""What a checkout accepts: first the types of its properties, then everything else at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IConstruct

from checkout_stack.events.order_events import OrderEvents
from checkout_stack.foundation.alarm_topic_requirements import alarm_topic_requirements
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.observability import Observability
from checkout_stack.foundation.payment_key_in_name import no_payment_key
from checkout_stack.foundation.place_requirements import (
    Given,
    Kind,
    given_boundary,
    given_layers,
    given_secrets,
    given_settings,
    place_requirements,
    secret_name_requirements,
)
from checkout_stack.foundation.place_requirements import given as given_at
from checkout_stack.foundation.property_types import (
    BILLING,
    DURATION,
    FLAG,
    KEY,
    MANAGED_POLICY,
    NUMBER,
    TABLE,
    TEXT,
    TIME,
    TOPIC,
    instance_of,
    own,
    type_requirements,
)
from checkout_stack.foundation.requirements import Requirement, enforce
from checkout_stack.foundation.symmetric_key import symmetric_key_requirements
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.app_checkouts import Belongings, belongings, sharing_requirements
from checkout_stack.pipeline.order_table_requirements import billing_requirement
from checkout_stack.pipeline.payment_consumer import (
    BATCH_SIZE,
    FEWEST_CONCURRENT_CHARGES,
    MOST_CONCURRENT_CHARGES,
)

#: A reconciler's run queries each shard at least once; more shards than this spread no load.
MOST_UNSETTLED_INDEX_SHARDS = 1000
MOST_PAYMENT_ATTEMPTS = 20
#: Synth has no clock, or two would differ: only what cannot be meant is refused.
QUARANTINE_YEAR = 2100
#: A year: who has not paid by then has forgotten the order. Longer looks like another unit.
MOST_EXPIRY_DAYS = 366
#: A token is written so, too.
_NAMESPACE = re.compile(r"[!-~]+( [!-~]+)*")
PAYMENT_SERVICE = instance_of(
    PaymentService, allowed="a PaymentService", fix="make it with PaymentService.http(...)"
)
ORDER_EVENTS = instance_of(
    OrderEvents, allowed="an OrderEvents", fix="make it with OrderEvents.to_event_bus()"
)
TYPES = {
    "payment_service": PAYMENT_SERVICE,
    "namespace": TEXT.or_none(),
    "timing": own(CheckoutTiming).or_none(),
    "concurrent_charges": NUMBER,
    "max_payment_attempts": NUMBER,
    "unsettled_index_shards": NUMBER,
    "quarantine_before": TIME.or_none(),
    "expires_after": DURATION.or_none(),
    "order_table": TABLE.or_none(),
    "billing": BILLING.or_none(),
    "encryption_key": KEY.or_none(),
    "alarm_topic": TOPIC.or_none(),
    "order_events": ORDER_EVENTS.or_none(),
    "functions": own(FunctionSettings).or_none(),
    "payment_consumer_settings": own(FunctionSettings).or_none(),
    "permissions_boundary": MANAGED_POLICY.or_none(),
    "observability": own(Observability).or_none(),
    "with_dashboard": FLAG.or_none(),
    "for_development": FLAG,
}


def enforce_requirements(checkout: IConstruct, given: Mapping[str, Any]) -> Belongings:
    """Return what the checkout has for itself, if nothing is wrong with what it was given.

    :param given: Its properties by name; others are ignored.
    :raises CheckoutMisconfiguredError: with every property of a wrong type, or, where all types are
        right, with everything else that is wrong.
    """
    enforce(checkout, _type_requirements(given))
    order_events: OrderEvents | None = given["order_events"]
    payment_service: PaymentService = given["payment_service"]
    timing: CheckoutTiming = given["timing"] or CheckoutTiming()
    settings = {name: given[name] for name in ("functions", "payment_consumer_settings")}
    has = belongings(checkout, given["namespace"], given["order_table"], payment_service)
    enforce(
        checkout,
        [
            *timing.requirements(),
            *payment_service.requirements(timing),
            *(order_events.requirements() if order_events else ()),
            *_own_requirements(
                namespace=given["namespace"],
                concurrent_charges=given["concurrent_charges"],
                max_payment_attempts=given["max_payment_attempts"],
                unsettled_index_shards=given["unsettled_index_shards"],
                quarantine_before=given["quarantine_before"],
                **settings,
            ),
            *_expiry_requirements(given["expires_after"], timing),
            billing_requirement(given["order_table"], given["billing"]),
            *alarm_topic_requirements(checkout, given["alarm_topic"]),
            *secret_name_requirements(_secrets(payment_service)),
            *symmetric_key_requirements("encryption_key", given["encryption_key"]),
            *place_requirements(checkout, _places(given)),
            *sharing_requirements(checkout, has, payment_service.charge_list),
        ],
    )
    return has


def _places(given: Mapping[str, Any]) -> list[Given]:
    """Return where everything is that was given."""
    service: PaymentService = given["payment_service"]
    table, key, topic = (given[n] for n in ("order_table", "encryption_key", "alarm_topic"))
    return [
        *given_secrets(_secrets(service)),
        *given_layers({f"payment_service.{name}": each for name, each in service.layers.items()}),
        *([given_at(Kind.TABLE, "order_table", table, table.table_arn)] if table else []),
        *([given_at(Kind.KEY, "encryption_key", key, key.key_arn)] if key else []),
        *([given_at(Kind.TOPIC, "alarm_topic", topic, topic.topic_arn)] if topic else []),
        *given_settings("functions", given["functions"]),
        *given_settings("payment_consumer_settings", given["payment_consumer_settings"]),
        *given_boundary("permissions_boundary", given["permissions_boundary"]),
        *(given["order_events"].places() if given["order_events"] else ()),
    ]


def _secrets(service: PaymentService) -> dict[str, secretsmanager.ISecret]:
    return {f"payment_service.{name}": each for name, each in service.secrets.items()}


def _type_requirements(given: Mapping[str, object]) -> list[Requirement]:
    """Return that every property has its type, and every property of those that have their own."""
    rows = type_requirements(TYPES, given)
    of_their_own = ("timing", "payment_service", "order_events", "observability")
    for name in (*of_their_own, "functions", "payment_consumer_settings"):
        match given[name]:
            case CheckoutTiming() | PaymentService() | OrderEvents() | Observability() as typed:
                rows += typed.type_requirements()
            case FunctionSettings() as settings:
                rows += settings.type_requirements(name)
    return rows


def _own_requirements(
    *,
    namespace: str | None,
    concurrent_charges: int,
    max_payment_attempts: int,
    unsettled_index_shards: int,
    quarantine_before: datetime | None,
    functions: FunctionSettings | None,
    payment_consumer_settings: FunctionSettings | None,
) -> list[Requirement]:
    token = cdk.Token.is_unresolved
    return [
        Requirement(
            holds=namespace is None or _NAMESPACE.fullmatch(namespace) is not None,
            property="namespace",
            given=repr(namespace),
            allowed="printable ASCII, single spaces inside only, that no other checkout on the "
            "same payment account has: two that look alike would be two namespaces",
            fix="leave namespace out for the default, or name the checkout, as in "
            "'shop/production'",
        ),
        no_payment_key("namespace", namespace or ""),
        Requirement(
            holds=not token(concurrent_charges)
            and FEWEST_CONCURRENT_CHARGES <= concurrent_charges <= MOST_CONCURRENT_CHARGES
            and concurrent_charges % BATCH_SIZE == 0,
            property="concurrent_charges",
            given="a token" if token(concurrent_charges) else concurrent_charges,
            allowed=(
                f"a multiple of {BATCH_SIZE} from {FEWEST_CONCURRENT_CHARGES} to "
                f"{MOST_CONCURRENT_CHARGES}, known at synth: each invocation charges {BATCH_SIZE}"
            ),
            fix=f"round to a multiple of {BATCH_SIZE} in that range",
        ),
        *_settings_requirements(concurrent_charges, functions, payment_consumer_settings),
        Requirement(
            holds=token(max_payment_attempts) or 1 <= max_payment_attempts <= MOST_PAYMENT_ATTEMPTS,
            property="max_payment_attempts",
            given=max_payment_attempts,
            allowed=f"1 to {MOST_PAYMENT_ATTEMPTS}; the first attempt counts",
            fix="leave it at 5, or give 1 for no second attempt",
        ),
        Requirement(
            holds=token(unsettled_index_shards)
            or 1 <= unsettled_index_shards <= MOST_UNSETTLED_INDEX_SHARDS,
            property="unsettled_index_shards",
            given=unsettled_index_shards,
            allowed=f"1 to {MOST_UNSETTLED_INDEX_SHARDS}",
            fix="leave it at 16; raise it for more than some thousand orders a second",
        ),
        Requirement(
            holds=quarantine_before is None
            or (quarantine_before.tzinfo is not None and quarantine_before.year < QUARANTINE_YEAR),
            property="quarantine_before",
            given=quarantine_before,
            allowed=f"a time with a time zone, before the year {QUARANTINE_YEAR}, or None; meant "
            "is about a day after a restore, since until then no order is charged without a "
            "look-up",
            fix="give datetime(..., tzinfo=UTC)",
        ),
    ]


def _expiry_requirements(
    expires_after: cdk.Duration | None, timing: CheckoutTiming
) -> list[Requirement]:
    """Return that no order expires while the queue may still bring it to its first try."""
    if expires_after is None:
        return []
    unresolved = expires_after.is_unresolved()
    outage = timing.tolerated_outage
    given = 0 if unresolved else expires_after.to_seconds(integral=False)
    return [
        Requirement(
            holds=not unresolved
            and given == int(given)
            and outage.to_seconds() + 2 * timing.reconcile_after.to_seconds() <= given
            and given <= MOST_EXPIRY_DAYS * 24 * 60 * 60,
            property="expires_after",
            given="a token" if unresolved else f"{given:g} seconds",
            allowed="whole seconds, known at synth, from tolerated_outage and twice "
            f"reconcile_after to {MOST_EXPIRY_DAYS} days: an order that waits for the payment "
            "service to come back is not given up",
            fix="give Duration.days(1), or leave expires_after out",
        )
    ]


def _settings_requirements(
    concurrent_charges: int,
    functions: FunctionSettings | None,
    of_consumer: FunctionSettings | None,
) -> list[Requirement]:
    """Return what has to hold of the settings, each said of the property that it was given as."""
    rows = [] if functions is None else functions.requirements("functions")
    if of_consumer is not None:
        rows += of_consumer.requirements("payment_consumer_settings")
    name = "functions" if of_consumer is None else "payment_consumer_settings"
    settings = of_consumer or functions
    reserved = None if settings is None else settings.reserved_concurrency
    token = cdk.Token.is_unresolved
    needed = 0 if token(concurrent_charges) else concurrent_charges // BATCH_SIZE
    rows.append(
        Requirement(
            # Less than one is reported with the settings themselves.
            holds=reserved is None or token(reserved) or reserved < 1 or reserved >= needed,
            property=f"{name}.reserved_concurrency",
            given=reserved,
            allowed=(
                f"at least {needed}, concurrent_charges / {BATCH_SIZE}: what the mapping hands to "
                "a throttled function uses up the receives of its messages"
            ),
            fix="lower concurrent_charges, or reserve more",
        )
    )
    return rows
