"""Everything that a checkout is refused for: wrong types first, then wrong values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructs import IConstruct

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.place_requirements import place_requirements
from checkout_stack.foundation.property_types import (
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
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.app_checkouts import Belongings, belongings, sharing_requirements
from checkout_stack.pipeline.checkout_requirements import checkout_requirements

PAYMENT_SERVICE = instance_of(
    PaymentService, allowed="a PaymentService", fix="make it with PaymentService.http(...)"
)
TYPES = {
    "payment_service": PAYMENT_SERVICE,
    "namespace": TEXT.or_none(),
    "timing": own(CheckoutTiming).or_none(),
    "concurrent_charges": NUMBER,
    "max_payment_attempts": NUMBER,
    "unsettled_index_shards": NUMBER,
    "quarantine_before": TIME.or_none(),
    "order_table": TABLE.or_none(),
    "encryption_key": KEY.or_none(),
    "alarm_topic": TOPIC.or_none(),
    "functions": own(FunctionSettings).or_none(),
    "payment_consumer_settings": own(FunctionSettings).or_none(),
    "permissions_boundary": MANAGED_POLICY.or_none(),
    "with_dashboard": FLAG,
    "for_development": FLAG,
}


def validate(checkout: IConstruct, given: Mapping[str, Any]) -> Belongings:
    """Return what the checkout has for itself, if nothing is wrong with what it was given.

    :param given: Its properties by name; others are ignored.
    :raises CheckoutMisconfigured: with every property of a wrong type, or, where all types are
        right, with everything else that is wrong.
    """
    enforce(checkout, _types(given))
    payment_service: PaymentService = given["payment_service"]
    timing: CheckoutTiming = given["timing"] or CheckoutTiming()
    settings = {name: given[name] for name in ("functions", "payment_consumer_settings")}
    resources = {name: given[name] for name in ("order_table", "encryption_key", "alarm_topic")}
    has = belongings(checkout, given["namespace"], given["order_table"], payment_service)
    enforce(
        checkout,
        [
            *timing.requirements(),
            *payment_service.requirements(timing),
            *checkout_requirements(
                namespace=given["namespace"],
                concurrent_charges=given["concurrent_charges"],
                max_payment_attempts=given["max_payment_attempts"],
                unsettled_index_shards=given["unsettled_index_shards"],
                quarantine_before=given["quarantine_before"],
                **settings,
            ),
            *place_requirements(
                checkout, payment_service=payment_service, settings=settings, **resources
            ),
            *sharing_requirements(checkout, has, kind=payment_service.kind),
        ],
    )
    return has


def _types(given: Mapping[str, object]) -> list[Requirement]:
    """Return that every property has its type, and every property of those that have their own."""
    rows = type_requirements(TYPES, given)
    for name in ("timing", "payment_service", "functions", "payment_consumer_settings"):
        match given[name]:
            case CheckoutTiming() as timing:
                rows += timing.type_requirements()
            case PaymentService() as payment_service:
                rows += payment_service.wrong_types
            case FunctionSettings() as settings:
                rows += settings.type_requirements(name)
    return rows
