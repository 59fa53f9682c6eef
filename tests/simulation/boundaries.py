"""Every boundary between two processes: what a run has to come to, each at least once."""

from __future__ import annotations

__all__ = ["BOUNDARIES"]

_SETTLING = (
    "DynamoDbOutcomes.record_capture",
    "DynamoDbOutcomes.record_mismatch",
    "DynamoDbOutcomes.record_decline",
    "DynamoDbOutcomes.record_unknown",
    "DynamoDbOutcomes.record_action_required",
    "DynamoDbOutcomes.record_review",
    "HttpPaymentService.look_up",
    "HttpPaymentService.prepare",
    "StripePaymentService.look_up",
    "StripePaymentService.prepare",
    "DynamoDbOrders.claim",
)
_BY_FUNCTION = {
    "API": ("place_order", "get_order", "start_payment_attempt", "resume_payment"),
    "stream mapping": ("relay_orders",),
    "queue mapping": ("process_payments", "delete"),
    "schedule": ("reconcile_orders",),
    "place_order": ("DynamoDbOrders.accept",),
    "get_order": ("DynamoDbOrders.get",),
    "start_payment_attempt": ("DynamoDbOrders.start_attempt",),
    "resume_payment": ("DynamoDbOrders.resume",),
    "relay_orders": ("SqsPaymentQueue.send",),
    "process_payments": (
        *_SETTLING,
        "HttpPaymentService.charge",
        "StripePaymentService.open",
        "StripePaymentService.abandon",
        "StripePaymentService.charge",
        "SqsPaymentQueue.make_visible_after",
    ),
    "reconcile_orders": (
        *_SETTLING,
        "HttpPaymentService.cancel",
        "StripePaymentService.cancel",
        "SqsPaymentQueue.send",
        "DynamoDbOrders.release",
        "DynamoDbUnsettledOrders.begin_resend",
        "DynamoDbUnsettledOrders.bookmark",
        "DynamoDbUnsettledOrders.leave_bookmark",
        "DynamoDbUnsettledOrders.count_in_review",
        "DynamoDbUnsettledOrders.count_open",
        "DynamoDbUnsettledOrders.oldest_open",
        "DynamoDbUnsettledOrders.open_before",
    ),
}
BOUNDARIES = frozenset(
    f"{function}: {what}" for function, whats in _BY_FUNCTION.items() for what in whats
)
