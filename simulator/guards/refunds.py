"""Refunds (trap 22): once each, and never more than was captured."""

from simulator.guards.guard import Guard

__all__ = ["REFUNDS"]

_RUNTIME = "lambda/checkout_runtime"
_REFUNDS = f"{_RUNTIME}/adapters/dynamodb_refunds.py"
_OUTCOMES = f"{_RUNTIME}/adapters/dynamodb_refund_outcomes.py"
_PLACE = f"{_RUNTIME}/application/place_refund.py"
_SETTLE = f"{_RUNTIME}/application/settle_refund.py"
_POLICY = f"{_RUNTIME}/domain/refund_policy.py"
_FOLLOW = f"{_RUNTIME}/application/follow_refund_hint.py"
_TEST = "tests/checkout_runtime/application/test_refunds.py"
_HINTS = "tests/checkout_runtime/application/test_follow_refund_hint.py"
_DIRECTED = "tests/simulator/test_directed_cases.py"

REFUNDS = (
    Guard(
        22,
        "no refunds, however many at once, exceed what was captured",
        _REFUNDS,
        "            ~_REFUNDABLE.below(refund.amount),\n",
        "",
        _TEST,
    ),
    Guard(
        22,
        "the caller's key names the refund",
        _PLACE,
        'return operation_id_for(order_id, "refund", idempotency_key)',
        'return operation_id_for(order_id, "refund", order_id)',
        _TEST,
    ),
    Guard(
        22,
        "another refund under the same key is refused",
        f"{_RUNTIME}/domain/refund.py",
        "return self.asked_amount == request.amount and request.charge_id in named",
        "return request.charge_id in named",
        _TEST,
    ),
    Guard(
        22,
        "a refund has its own payment key, the same for each request",
        f"{_RUNTIME}/domain/refund.py",
        'return f"{self.refund_id}:1"',
        'return f"{self.refund_id}:{self.attempt_claims}"',
        _TEST,
    ),
    Guard(
        22,
        "a refund that may have been requested is looked up first",
        _SETTLE,
        "if self.policy.can_look_up and not charge.is_first_request(refund):",
        "if self.policy.can_look_up and refund.attempt_claims < 0:",
        _TEST,
    ),
    Guard(
        22,
        "the rules of charges decide whether a refund is repeated",
        _SETTLE,
        "        stop = charge.before_request(refund, now, found)",
        "        stop = None",
        _TEST,
    ),
    Guard(
        22,
        "a no to a repeated request is no verdict where keys are not honoured",
        _POLICY,
        "conclusive = looked_up or is_first or self.charge.keys_are_honoured",
        "conclusive = True",
        _TEST,
    ),
    Guard(
        22,
        "an amount is given back by who holds the claim",
        _OUTCOMES,
        "failed = refund_taken(NOT_REFUND, now).also(refund_held(refund))",
        "failed = refund_taken(NOT_REFUND, now)",
        _TEST,
    ),
    Guard(
        22,
        "an amount is given back with the known no, both or neither",
        _REFUNDS,
        'set={"refundable": _REFUNDABLE.plus(refund.amount)}',
        'set={"refundable": _REFUNDABLE.plus(0)}',
        _TEST,
    ),
    Guard(
        22,
        "a stray charge is refunded once at a time",
        _REFUNDS,
        ", ~_REFUNDING.contains(refund.stray)",
        "",
        _TEST,
    ),
    Guard(
        22,
        "a stray charge never counts against the order's own",
        _REFUNDS,
        "    if refund.stray is not None:\n        return Update(\n            add=",
        "    if refund.stray == '':\n        return Update(\n            add=",
        _TEST,
    ),
    Guard(
        22,
        "other money than asked for is no success",
        _POLICY,
        "            return answer if fits else RefundMismatched(answer)",
        "            return answer",
        _TEST,
    ),
    Guard(
        22,
        "an order that may yet be paid is not refunded",
        _PLACE,
        "    return WhyNotRefunded.NOT_PAID_YET",
        "    return None",
        _TEST,
    ),
    Guard(
        22,
        "a stray charge that pays the order after all is refunded as its own",
        _REFUNDS,
        "    is_own = order is not None and order.is_paid_by(refund.charge_id)\n",
        "    is_own = False\n",
        _TEST,
    ),
    Guard(
        22,
        "a refund that was returned gives its amount back",
        _OUTCOMES,
        "        counted = None if refund.stray is not None else given_back(refund)\n",
        "        counted = None\n",
        _HINTS,
    ),
    Guard(
        22,
        "old news of a return undo no success that came after them",
        _OUTCOMES,
        ".equals(refund.settled_at or 0)])",
        ".exists()])",
        _HINTS,
    ),
    Guard(
        22,
        "proof that a worker slept with does not undo that the refund was returned",
        _OUTCOMES,
        "        if stored.settled_at != refund.settled_at:\n",
        "        if stored.refund_id == '':\n",
        _DIRECTED,
    ),
    Guard(
        22,
        "a stray charge whose refund was returned is a stray one again",
        _OUTCOMES,
        "refund, returned, now, told, stray_returned, counted)",
        "refund, returned, now, told, None, counted)",
        _HINTS,
    ),
    Guard(
        22,
        "what a worker left is settled by what is asked under a claim",
        _FOLLOW,
        "        if refund.status in _OF_A_WORKER and not isinstance(answer, Refunded):\n",
        "        if refund.refund_id == '':\n",
        _HINTS,
    ),
    Guard(
        22,
        "a webhook comes again until its question about a settled refund is answered",
        _FOLLOW,
        "(answer.unavailable or refund.is_settled)",
        "answer.unavailable",
        _HINTS,
    ),
)
