"""Daily comparison of the payment service's charges and refunds with the orders: it changes none.

After it, what was opened at the payment service and never claimed is abandoned.
"""

import logging
from functools import cache
from typing import Any, Protocol

from checkout_runtime.adapters.dynamodb_audit import DynamoDbAuditedOrders
from checkout_runtime.application.audit_charges import AuditCharges
from checkout_runtime.application.audit_findings import Audited
from checkout_runtime.application.audit_ports import (
    ChargeListing,
    ChargesNotListedError,
    RefundListing,
)
from checkout_runtime.application.audit_refunds import AuditRefunds
from checkout_runtime.application.sweep_openings import SweepOpenings
from checkout_runtime.domain.charge_audit import Window
from checkout_runtime.handlers.dependencies import (
    dynamodb,
    make_at_start,
    system_clock,
)
from checkout_runtime.handlers.payment_dependencies import payment_secret
from checkout_runtime.handlers.settings import Settings

__all__ = ["handler"]

_log = logging.getLogger(__name__)
DAY_MS = 24 * 60 * 60 * 1000
BESIDE_A_PAGE_SECONDS = 10
"""A page of the payment service takes its time-out; this long for the orders that it names."""


class _Listing(ChargeListing, RefundListing, Protocol):
    """Whoever lists charges may list refunds, too."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Audit a day, or the time that an operator names: ``{"from": ms, "before": ms}``, in UTC.

    Without such an event: the last whole day that ended so long ago that every order charged
    in it should be settled. Where ``finished`` is false, the same window with ``go_on_after`` as
    returned goes on; where that is null, give a shorter one.
    """
    audit_charges = _audit_charges()
    now = audit_charges.clock.now()
    window = _asked_for(event, now) or _last_day(now, audit_charges.patience_seconds)
    go_on_after = event.get("go_on_after")
    if not (go_on_after is None or (isinstance(go_on_after, str) and go_on_after)):
        raise ValueError(f"go_on_after {go_on_after!r}: give what an unfinished run returned")
    deadline = now + context.get_remaining_time_in_millis()
    audited = audit_charges(window, deadline=deadline, go_on_after=go_on_after)
    abandoned = _swept(window, deadline) if audited.finished else 0
    refunds = {"refunds": audited.refunds} if audit_charges.refunds is not None else {}
    return {**_told(audited), **refunds, "openings_given_up": abandoned}


def _swept(window: Window, deadline: int) -> int:
    """Tidy up behind the audit; that is no part of it, and fails by itself."""
    try:
        sweep = _sweep_openings()
        return 0 if sweep is None else sweep(window, deadline=deadline)
    except (ChargesNotListedError, TimeoutError):
        _log.exception("openings_not_swept", extra={"event": "openings_not_swept"})
        return 0


def _asked_for(event: dict[str, Any], now: int) -> Window | None:
    if "from" not in event and "before" not in event:
        return None
    begin, end = event.get("from"), event.get("before")
    if type(begin) is int and type(end) is int and 0 <= begin < end <= now:
        return Window(begin, end)
    raise ValueError(
        f"from {begin!r}, before {end!r}: give both, in ms since 1970 UTC, from < before <= now"
    )


def _last_day(now: int, patience_seconds: int) -> Window:
    end = (now - patience_seconds * 1000) // DAY_MS * DAY_MS
    return Window(end - DAY_MS, end)


def _told(audited: Audited) -> dict[str, Any]:
    return {
        "from": audited.window.begin,
        "before": audited.window.end,
        "charges": audited.charges,
        "foreign": audited.foreign,
        "orders": audited.orders,
        "mismatches": audited.mismatches,
        "listed": [
            {
                "kind": each.kind.value,
                "order_id": each.order_id,
                "charge_id": each.charge_id,
                "correlation_id": each.correlation_id,
                "detail": each.detail,
                "what_to_do": each.what_to_do,
            }
            for each in audited.listed
        ],
        "finished": audited.finished,
        "go_on_after": audited.go_on_after,
    }


@cache
def _audit_charges() -> AuditCharges:
    settings = Settings()
    listing = _listing(settings)
    orders = DynamoDbAuditedOrders(
        dynamodb(), settings.order_table_name, with_refunds=settings.refunds_are_on
    )
    clock, patience_seconds = system_clock(), settings.audit_patience_seconds
    step_seconds = settings.payment_service_timeout_seconds + BESIDE_A_PAGE_SECONDS
    refunds = AuditRefunds(listing, orders, clock, patience_seconds, step_seconds)
    return AuditCharges(
        listing,
        orders,
        clock,
        patience_seconds,
        step_seconds,
        refunds if settings.refunds_are_on else None,
    )


@cache
def _sweep_openings() -> SweepOpenings | None:
    """Return what abandons attempts that were opened in vain; None where none are opened."""
    settings = Settings()
    if settings.payment_service_kind != "stripe":
        return None
    from checkout_runtime.adapters.stripe_charge_listing import StripeChargeListing
    from checkout_runtime.adapters.stripe_payment_service import StripePaymentService

    audit_charges = _audit_charges()
    secret, url = payment_secret(), settings.payment_service_list_url
    timeout_seconds = settings.payment_service_timeout_seconds
    return SweepOpenings(
        listing=StripeChargeListing(secret=secret, api_url=url, timeout_seconds=timeout_seconds),
        intents=StripePaymentService(
            secret=secret, api_url=url, return_url=None, timeout_seconds=timeout_seconds
        ),
        orders=audit_charges.orders,
        clock=audit_charges.clock,
        step_seconds=audit_charges.step_seconds,
    )


def _listing(settings: Settings) -> _Listing:
    """Return the payment service's list; an SDK is imported where it is asked for.

    Raises:
        ValueError: ``PAYMENT_SERVICE_KIND`` names no service that lists.
    """
    secret = payment_secret()
    timeout_seconds = settings.payment_service_timeout_seconds
    url = settings.payment_service_list_url
    match settings.payment_service_kind:
        case "http":
            from checkout_runtime.adapters.http_charge_listing import HttpChargeListing

            return HttpChargeListing(url=url, secret=secret, timeout_seconds=timeout_seconds)
        case "stripe":
            from checkout_runtime.adapters.stripe_charge_listing import StripeChargeListing

            return StripeChargeListing(secret=secret, api_url=url, timeout_seconds=timeout_seconds)
        case kind:
            raise ValueError(f"PAYMENT_SERVICE_KIND is {kind!r}; these can list: http, stripe")


make_at_start(_audit_charges)
