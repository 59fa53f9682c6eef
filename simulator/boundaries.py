"""Every boundary between two processes, and what can go wrong at each.

A run has to come to each boundary, and to each fault there, at least once.
"""

from __future__ import annotations

from functools import cache

from simulator import faults
from simulator.faults import Boundary, Fault

__all__ = ["BEFORE", "BOUNDARIES", "FAULTS_AT", "PAIRS", "boundary_named"]

BEFORE = "before the upgrade, "
"""Begins the name of a boundary that the previous version comes to."""

_SETTLING = {
    "DynamoDbOutcomes.record_capture": faults.AT_WRITE,
    "DynamoDbOutcomes.record_stray": faults.AT_WRITE,
    "DynamoDbOutcomes.record_decline": faults.AT_WRITE,
    "DynamoDbOutcomes.record_unknown": faults.AT_WRITE,
    "DynamoDbOutcomes.record_action_required": faults.AT_WRITE,
    "DynamoDbOutcomes.record_processing": faults.AT_WRITE,
    "DynamoDbOutcomes.record_review": faults.AT_WRITE,
    "DynamoDbHolds.record_authorized": faults.AT_WRITE,
    "DynamoDbHolds.record_ended": faults.AT_WRITE,
    "DynamoDbOrders.claim": faults.AT_WRITE,
    "HttpPaymentService.look_up": faults.AT_HTTP_SERVICE,
    "HttpPaymentService.cancel": faults.AT_HTTP_SERVICE,
    "HttpPaymentService.prepare": faults.AT_READ,
    "CustomPaymentService.look_up": faults.AT_CUSTOM_SERVICE,
    "CustomPaymentService.cancel": faults.AT_CUSTOM_SERVICE,
    "CustomPaymentService.prepare": faults.AT_READ,
    "StripePaymentService.look_up": faults.AT_STRIPE,
    "StripePaymentService.cancel": faults.AT_STRIPE,
    "StripePaymentService.prepare": faults.AT_READ,
    "StripePaymentService.name": faults.AT_READ,
}
_REFUNDING = {
    "DynamoDbRefunds.claim": faults.AT_TRANSACTION,
    "DynamoDbRefundOutcomes.record_refunded": faults.AT_TRANSACTION,
    "DynamoDbRefundOutcomes.record_not_refunded": faults.AT_TRANSACTION,
    "DynamoDbRefundOutcomes.record_returned": faults.AT_TRANSACTION,
    "DynamoDbRefundOutcomes.record_unknown": faults.AT_WRITE,
    "DynamoDbRefundOutcomes.record_processing": faults.AT_WRITE,
    "DynamoDbRefundOutcomes.record_review": faults.AT_WRITE,
    "HttpPaymentService.look_up_refund": faults.AT_HTTP_SERVICE,
    "CustomPaymentService.look_up_refund": faults.AT_CUSTOM_SERVICE,
    "StripePaymentService.look_up_refund": faults.AT_STRIPE,
}
_LEARNING = {
    name: at_boundary
    for name, at_boundary in _REFUNDING.items()
    if not name.endswith(".record_returned")
}
"""Of workers and the reconciler, who never come back to a refund that succeeded."""
_BY_FUNCTION: dict[str, dict[str, tuple[Fault, ...]]] = {
    "API": {
        "place_order": faults.AT_REQUEST,
        "take_order_in": faults.AT_REQUEST,
        "get_order": faults.AT_REQUEST,
        "start_payment_attempt": faults.AT_REQUEST,
        "resume_payment": faults.AT_REQUEST,
        "receive_webhook": faults.AT_REQUEST,
        "refunds": faults.AT_REQUEST,
        "cancel_order": faults.AT_REQUEST,
        "capture_order": faults.AT_REQUEST,
    },
    "stream mapping": {"relay_orders": faults.AT_RELAY_MAPPING},
    "queue mapping": {
        "process_payments": faults.AT_CONSUMER_MAPPING,
        "delete": faults.AT_DELETION,
    },
    "schedule": {"reconcile_orders": faults.AT_SCHEDULE, "audit_charges": faults.AT_SCHEDULE},
    "place_order": {
        "DynamoDbOrders.accept": faults.AT_TRANSACTION,
        "RotatedSecrets.__iter__": faults.AT_READ,
    },
    "take_order_in": {"DynamoDbOrders.accept": faults.AT_TRANSACTION},
    "get_order": {"DynamoDbOrders.get": faults.AT_READ},
    "start_payment_attempt": {"DynamoDbOrders.start_attempt": faults.AT_WRITE},
    "resume_payment": {"DynamoDbOrders.resume": faults.AT_WRITE},
    "refunds": {
        "DynamoDbOrders.get": faults.AT_READ,
        "DynamoDbRefunds.get": faults.AT_READ,
        "DynamoDbRefunds.of": faults.AT_BATCH_READ,
        "DynamoDbRefunds.accept": faults.AT_TRANSACTION,
    },
    "cancel_order": {
        "DynamoDbOrders.get": faults.AT_READ,
        "DynamoDbOrders.cancel_at_once": faults.AT_WRITE,
        "DynamoDbOrders.ask_to_cancel": faults.AT_WRITE,
    },
    "capture_order": {
        "DynamoDbOrders.get": faults.AT_READ,
        "DynamoDbHolds.ask_to_capture": faults.AT_WRITE,
    },
    "erase_buyer": {"BuyerErasure.erase": faults.AT_WRITE},
    "relay_orders": {
        "SqsPaymentQueue.send": faults.AT_BATCH_SEND,
        "EventBridgeBus.put": faults.AT_BATCH_SEND,
        "DynamoDbAnnouncements.confirm": faults.AT_WRITE,
    },
    "process_payments": {
        **_SETTLING,
        **_LEARNING,
        "HttpPaymentService.refund": faults.AT_HTTP_SERVICE,
        "CustomPaymentService.refund": faults.AT_CUSTOM_SERVICE,
        "StripePaymentService.refund": faults.AT_STRIPE,
        "DynamoDbOutcomes.record_paid_earlier": faults.AT_WRITE,
        "DynamoDbOutcomes.record_earlier_ended": faults.AT_WRITE,
        "HttpPaymentService.charge": faults.AT_HTTP_SERVICE,
        "HttpPaymentService.capture": faults.AT_HTTP_SERVICE,
        "CustomPaymentService.capture": faults.AT_CUSTOM_SERVICE,
        "StripePaymentService.capture": faults.AT_STRIPE,
        "CustomPaymentService.charge": faults.AT_CUSTOM_SERVICE,
        "StripePaymentService.open": faults.AT_STRIPE,
        "StripePaymentService.abandon": faults.AT_STRIPE,
        "StripePaymentService.charge": faults.AT_STRIPE,
        "SqsPaymentQueue.make_visible_after": faults.AT_BATCH_SEND,
    },
    "reconcile_orders": {
        **_SETTLING,
        **_LEARNING,
        "DynamoDbUnsettledRefunds.count": faults.AT_READ,
        "DynamoDbUnsettledRefunds.count_in_review": faults.AT_READ,
        "DynamoDbUnsettledRefunds.oldest": faults.AT_READ,
        "DynamoDbUnsettledRefunds.due": faults.AT_BATCH_READ,
        "DynamoDbUnsettledRefunds.begin_resend": faults.AT_WRITE,
        "SqsPaymentQueue.send": faults.AT_BATCH_SEND,
        "StripePaymentService.abandon": faults.AT_STRIPE,
        "DynamoDbOutcomes.record_paid_earlier": faults.AT_WRITE,
        "DynamoDbOrders.get": faults.AT_READ,
        "DynamoDbOrders.release": faults.AT_WRITE,
        "DynamoDbOrders.cancel_at_once": faults.AT_WRITE,
        "DynamoDbOrders.ask_to_cancel": faults.AT_WRITE,
        "DynamoDbOrders.settle_by_verdict": faults.AT_WRITE,
        "DynamoDbUnsettledOrders.begin_resend": faults.AT_WRITE,
        "DynamoDbUnsettledOrders.uncount_resend": faults.AT_WRITE,
        "DynamoDbUnsettledOrders.bookmark": faults.AT_BATCH_READ,
        "DynamoDbUnsettledOrders.leave_bookmark": faults.AT_WRITE,
        "DynamoDbHolds.record_capture_due": faults.AT_WRITE,
        "DynamoDbUnsettledOrders.count_lapsing": faults.AT_READ,
        "DynamoDbUnsettledOrders.count_in_review": faults.AT_READ,
        "DynamoDbUnsettledOrders.count_open": faults.AT_READ,
        "DynamoDbUnsettledOrders.count_processing": faults.AT_READ,
        "DynamoDbUnsettledOrders.oldest_open": faults.AT_READ,
        "DynamoDbUnsettledOrders.oldest_announcement": faults.AT_READ,
        "DynamoDbUnsettledOrders.count_announcements": faults.AT_READ,
        "EventBridgeBus.put": faults.AT_BATCH_SEND,
        "DynamoDbAnnouncements.confirm": faults.AT_WRITE,
        "DynamoDbUnsettledOrders.due": faults.AT_BATCH_READ,
    },
    "receive_webhook": {
        **{
            name: at_boundary
            for name, at_boundary in _SETTLING.items()
            if not name.endswith(".cancel")
        },
        **{
            name: at_boundary
            for name, at_boundary in _REFUNDING.items()
            if not name.endswith(".record_review")
        },
        "DynamoDbRefunds.get": faults.AT_READ,
        "DynamoDbOrders.get": faults.AT_READ,
        "StandardWebhooks.read": faults.AT_READ,
        "StripeWebhooks.read": faults.AT_READ,
    },
    "audit_charges": {
        "DynamoDbAuditedOrders.by_id": faults.AT_BATCH_READ,
        "DynamoDbAuditedOrders.paid_in": faults.AT_READ,
        "DynamoDbAuditedOrders.refunds_by_id": faults.AT_BATCH_READ,
        "HttpChargeListing.pages": faults.AT_HTTP_LIST,
        "HttpChargeListing.refund_pages": faults.AT_HTTP_LIST,
        "StripeChargeListing.pages": faults.AT_STRIPE_LIST,
        "StripeChargeListing.refund_pages": faults.AT_STRIPE_LIST,
        "StripeChargeListing.openings": faults.AT_STRIPE_LIST,
        "StripePaymentService.abandon": faults.AT_STRIPE_LIST,
    },
}
_WORKERS = ("process_payments", "reconcile_orders", "receive_webhook")


def _possible(function: str, at_boundary: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return (*at_boundary, Fault.OVERSLEEP) if function in _WORKERS else at_boundary


FAULTS_AT = {
    f"{function}: {what}": _possible(function, at_boundary)
    for function, at_boundaries in _BY_FUNCTION.items()
    for what, at_boundary in at_boundaries.items()
}
BOUNDARIES = frozenset(FAULTS_AT)
PAIRS = frozenset(
    (name, fault.name) for name, at_boundary in FAULTS_AT.items() for fault in at_boundary
)
"""Each boundary with each fault that can happen there."""
_KNOWN = {name: Boundary(name, possible) for name, possible in FAULTS_AT.items()}


def boundary_named(name: str, otherwise: tuple[Fault, ...] = ()) -> Boundary:
    """Return a boundary. At one that is not listed ``otherwise`` goes wrong; the run is red for it,
    unless other code than this version's comes there."""
    return _KNOWN.get(name) or _unlisted(name, otherwise)


_unlisted = cache(Boundary)
