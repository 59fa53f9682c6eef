"""Held money (trap 24): captured once, only as asked, and never after it is gone."""

from simulator.guards.guard import Guard

__all__ = ["HOLDING"]

_RUNTIME = "lambda/checkout_runtime"
_HOLDS = f"{_RUNTIME}/adapters/dynamodb_holds.py"
_CAPTURE = f"{_RUNTIME}/application/capture_order.py"
_SETTLE = f"{_RUNTIME}/application/settle_hold.py"
_CANCELLATIONS = f"{_RUNTIME}/adapters/cancellations.py"
_TESTS = "tests/checkout_runtime/application"

HOLDING = (
    Guard(
        24,
        "a hold is asked for once",
        f"{_RUNTIME}/domain/transitions.py",
        "ASK_TO_CAPTURE = Transition((_S.AUTHORIZED,), _S.UNKNOWN)",
        "ASK_TO_CAPTURE = Transition((_S.AUTHORIZED, _S.UNKNOWN), _S.UNKNOWN)",
        f"{_TESTS}/test_capture_order.py",
    ),
    Guard(
        24,
        "no more is asked for than was ordered",
        _HOLDS,
        '                    ~Attribute("amount").below(amount),\n',
        "",
        f"{_TESTS}/test_capture_order.py",
    ),
    Guard(
        24,
        "what is to be let go is not captured",
        _HOLDS,
        "                    NOT_TO_BE_CANCELLED,\n",
        "",
        f"{_TESTS}/test_capture_order.py",
    ),
    Guard(
        24,
        "what is being captured is not let go",
        _CANCELLATIONS,
        "                Attribute(capture_of(order.attempt)[0]).is_absent(),\n",
        "",
        f"{_TESTS}/test_void.py",
    ),
    Guard(
        24,
        "another amount is no replay",
        _CAPTURE,
        "        if wanted == order.capture_amount:\n",
        "        if wanted:\n",
        f"{_TESTS}/test_capture_order.py",
    ),
    Guard(
        24,
        "an attempt that was held is not requested again",
        f"{_RUNTIME}/application/settle_attempt.py",
        "        if order.has_hold:\n",
        "        if order.attempt < 0:\n",
        f"{_TESTS}/test_settle_hold.py",
    ),
    Guard(
        24,
        "a capture is looked up first",
        f"{_RUNTIME}/application/settle_attempt.py",
        "        if self.policy.is_first_request(order) and not order.has_hold:\n",
        "        if self.policy.is_first_request(order) or order.has_hold:\n",
        f"{_TESTS}/test_settle_hold.py",
    ),
    Guard(
        24,
        "a capture has one key until it is refused",
        f"{_RUNTIME}/domain/order.py",
        "return capture_key(self.order_id, self.attempt, self.capture_refusals)",
        "return capture_key(self.order_id, self.attempt, self.attempt_claims)",
        f"{_TESTS}/test_settle_hold.py",
    ),
    Guard(
        24,
        "a hold that is gone cancels the order and does not decline it",
        f"{_RUNTIME}/domain/hold_answers.py",
        "        return HoldEnded(hold.code)\n",
        "        return hold\n",
        f"{_TESTS}/test_settle_hold.py",
    ),
    Guard(
        24,
        "without keys a no to a capture is no end of the hold",
        _SETTLE,
        "isinstance(answer, Declined) and not self.policy.keys_are_honoured",
        "isinstance(answer, Declined) and order.attempt < 0",
        f"{_TESTS}/test_settle_hold.py",
    ),
    Guard(
        24,
        "more than was held pays no order",
        f"{_RUNTIME}/domain/order.py",
        "return currency == self.currency and least <= amount <= self.amount",
        "return currency == self.currency and least <= amount",
        f"{_TESTS}/test_settle_hold.py",
    ),
    Guard(
        24,
        "of a part of a hold no more can be refunded",
        f"{_RUNTIME}/adapters/order_item.py",
        'dict.fromkeys(("captured_amount", "refundable"), amount)',
        'dict.fromkeys(("captured_amount",), amount)',
        f"{_TESTS}/test_settle_hold.py",
    ),
    Guard(
        24,
        "a hold that the buyer's cancellation met is not stored as waiting for its capture",
        _HOLDS,
        "            when=[NOT_TO_BE_CANCELLED],\n",
        "",
        f"{_TESTS}/test_void.py",
    ),
    Guard(
        24,
        "a hold of the attempt before is let go before the next is asked for",
        f"{_RUNTIME}/application/earlier_attempts.py",
        "waits = isinstance(answer, (ActionRequired, Processing, Authorized))",
        "waits = isinstance(answer, (ActionRequired, Processing))",
        f"{_TESTS}/test_void.py",
    ),
    Guard(
        24,
        "a hold of an attempt that was declined is let go once a webhook tells of it",
        f"{_RUNTIME}/application/follow_hint.py",
        "    is_over = named is not order or order.decline_code is not None\n",
        "    is_over = order.status is OrderStatus.CANCELLED\n",
        f"{_TESTS}/test_late_holds.py",
    ),
    Guard(
        24,
        "a hold that has paid its order is not let go",
        _HOLDS,
        "        return HoldRecord.PAID if is_paid_by_it else HoldRecord.OVER\n",
        "        return HoldRecord.OVER\n",
        f"{_TESTS}/test_late_holds.py",
    ),
    Guard(
        24,
        "a hold that somebody asked for is not voided in its place",
        f"{_RUNTIME}/application/settle_attempt.py",
        "self._end(order, reason) if order.capture_asked_at is None else NeedsReview(reason)",
        "self._end(order, reason)",
        f"{_TESTS}/test_settle_hold.py",
    ),
)
