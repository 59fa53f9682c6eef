"""What has to hold of a payment service, and between it and the timing of a checkout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk

from checkout_stack.foundation.property_types import (
    DURATION,
    FLAG,
    LAYER,
    PATH,
    SECRET,
    TEXT,
    Expected,
    mapping_of,
)
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.custom_module_requirements import module_requirements
from checkout_stack.payment_service.service_url import page_url, safe_url
from checkout_stack.payment_service.stripe_layer import can_be_bundled

if TYPE_CHECKING:
    from checkout_stack.payment_service.payment_service import PaymentService

#: ``PAYMENT_SERVICE_KIND`` of the kinds.
HTTP = "http"
STRIPE = "stripe"
CUSTOM = "custom"
#: Types of the properties of each kind, as its method of ``PaymentService`` takes them.
TYPES: dict[str, dict[str, Expected]] = {
    HTTP: {
        "url": TEXT,
        "secret": SECRET,
        "key_retention": DURATION.or_none(),
        "look_up_url": TEXT.or_none(),
        "cancel_url": TEXT.or_none(),
        "list_url": TEXT.or_none(),
        "timeout": DURATION,
        "name": TEXT.or_none(),
    },
    STRIPE: {
        "secret": SECRET,
        "return_url": TEXT.or_none(),
        "timeout": DURATION,
        "charge_within": DURATION,
        "sdk_layer": LAYER.or_none(),
        "list_charges": FLAG,
        "api_url": TEXT,
        "name": TEXT.or_none(),
    },
    CUSTOM: {
        "source": PATH,
        "factory": TEXT,
        "key_retention": DURATION.or_none(),
        "can_look_up": FLAG,
        "can_cancel": FLAG,
        "requirements": PATH.or_none(),
        "secrets": mapping_of(SECRET).or_none(),
        "environment": mapping_of(TEXT).or_none(),
        "timeout": DURATION,
        "name": TEXT.or_none(),
    },
}
_NAME = re.compile(r"[!-~]{1,64}")
#: Calls to the payment service in one turn of the consumer: a look-up, then a charge.
CALLS_IN_A_TURN = 2
#: What an invocation needs beside them. The worker starts no turn with less than 5 s beyond its
#: calls (``ChargePolicy.turn_seconds``: claim and settle, each repeated once); 3 s are for what
#: happens before the first turn, such as reading the secret.
BESIDE_THE_CALLS = cdk.Duration.seconds(8)


def payment_service_requirements(
    service: PaymentService, timing: CheckoutTiming
) -> list[Requirement]:
    """Return every requirement; those on durations only where the timing itself is sound."""
    if service.wrong_types:
        return list(service.wrong_types)
    given = [*_given(service), *_name(service.name)]
    if service.timeout.is_unresolved() or not all(row.holds for row in timing.requirements()):
        return given
    return [*given, *_fits_a_turn(service, timing), *_outlasts(service, timing)]


def _given(service: PaymentService) -> list[Requirement]:
    if service.module is not None:
        return module_requirements(service.module)
    assert service.url is not None
    if service.kind == STRIPE:
        rows = [safe_url("payment_service.api_url", service.url)]
        if service.return_url is not None:
            rows.append(page_url("payment_service.return_url", service.return_url))
        return rows if service.sdk_layer is not None else [*rows, can_be_bundled()]
    urls = {
        "url": service.url,
        "look_up_url": service.look_up_url,
        "cancel_url": service.cancel_url,
        "list_url": service.list_url,
    }
    return [
        safe_url(f"payment_service.{name}", url) for name, url in urls.items() if url is not None
    ]


def _name(name: str | None) -> list[Requirement]:
    if name is None or cdk.Token.is_unresolved(name):
        return []
    return [
        Requirement(
            holds=_NAME.fullmatch(name) is not None,
            property="payment_service.name",
            given=repr(name),
            allowed="1 to 64 printable ASCII characters without spaces: every order stores it",
            fix='give a short name, for example "acme-live", or leave it out',
        )
    ]


def _fits_a_turn(service: PaymentService, timing: CheckoutTiming) -> list[Requirement]:
    timeout = service.timeout.to_milliseconds() / 1000
    turn = CALLS_IN_A_TURN * timeout + BESIDE_THE_CALLS.to_seconds()
    return [
        Requirement(
            holds=timeout >= 1 and timeout.is_integer(),
            property="payment_service.timeout",
            given=service.timeout.to_human_string(),
            allowed="whole seconds, at least 1",
            fix="give Duration.seconds(10), or what the service needs",
        ),
        Requirement(
            holds=timing.consumer_timeout.to_seconds() >= turn,
            property="timing.consumer_timeout",
            given=timing.consumer_timeout.to_human_string(),
            allowed=(
                f"at least {turn:g} seconds: a look-up and a charge of "
                f"{service.timeout.to_human_string()} each, and 8 seconds beside them"
            ),
            fix="lengthen timing.consumer_timeout or shorten payment_service.timeout",
        ),
    ]


def _outlasts(service: PaymentService, timing: CheckoutTiming) -> list[Requirement]:
    if service.key_retention is None or service.key_retention.is_unresolved():
        return []
    least = timing.lease.to_seconds() + service.timeout.to_milliseconds() / 1000
    kept = service.key_retention.to_milliseconds() / 1000
    of_stripe = service.kind == STRIPE
    name = "charge_within" if of_stripe else "key_retention"
    return [
        Requirement(
            holds=kept > least,
            property=f"payment_service.{name}",
            given=service.key_retention.to_human_string(),
            allowed=(
                f"more than {least:g} seconds, one lease and one call, or no try after the "
                "first would be permitted"
            ),
            fix=(
                "give Duration.hours(24), or how late your buyers may be charged"
                if of_stripe
                else "give the time that the payment service documents, or None if it does "
                "not honour keys"
            ),
        ),
        Requirement(
            # A shorter time than one call takes is reported above, and is no matter of outages.
            holds=kept <= least or timing.outage_to_ride_out.to_seconds() <= kept - least,
            property="timing.outage_to_ride_out",
            given=timing.outage_to_ride_out.to_human_string(),
            allowed=(
                f"at most {max(kept - least, 0):g} seconds, payment_service.{name} less one lease "
                "and one call: after that no request may be repeated, and every order that the "
                "outage caught needs an operator"
            ),
            fix=f"shorten timing.outage_to_ride_out, or lengthen payment_service.{name}"
            + ("" if of_stripe else " if the payment service keeps keys for longer"),
        ),
    ]
