"""What a consumer may begin, and when a message is done (traps 10 to 12, 14, 16)."""

from simulator.guards.guard import Guard

__all__ = ["CONSUMER"]

_RUNTIME = "lambda/checkout_runtime"
_CHARGING = f"{_RUNTIME}/domain/charging.py"
_TRANSITIONS = f"{_RUNTIME}/domain/transitions.py"
_PROCESS = f"{_RUNTIME}/application/process_payments.py"
_STORE = f"{_RUNTIME}/application/store_outcome.py"
_APPLICATION_TESTS = "tests/checkout_runtime/application"

CONSUMER = (
    Guard(
        10,
        "delete on success, and only then",
        "checkout_stack/pipeline/payment_consumer.py",
        "report_batch_item_failures=True",
        "report_batch_item_failures=False",
        "tests/checkout_stack/pipeline/test_payment_consumer.py"
        "::test_a_message_is_deleted_only_when_it_is_not_reported_as_failed",
    ),
    Guard(
        10,
        "a message without outcome is reported as failed",
        _STORE,
        "uncounted=uncounted)\n                return False",
        "uncounted=uncounted)\n                return True",
    ),
    Guard(
        10,
        "what follows a failed message of a group fails with it",
        _PROCESS,
        "for unprocessed in group[position:]]",
        "for unprocessed in group[position : position + 1]]",
        "tests/checkout_runtime/application/test_process_payments.py",
    ),
    Guard(
        11,
        "no charge outlives its handler",
        f"{_RUNTIME}/adapters/thread_executor.py",
        "        wait(futures)\n",
        "",
        "tests/checkout_runtime/adapters/test_system.py",
    ),
    Guard(
        11,
        "what cannot be finished is not begun",
        _PROCESS,
        "if not self.settle.policy.has_time_for_turn(now, deadline):",
        "if deadline < 0:",
        "tests/checkout_runtime/application/test_process_payments.py",
    ),
    Guard(
        11,
        "a worker that slept past its lease sends nothing",
        _CHARGING,
        "        if not self.lease_covers_request(order, now):\n"
        '            return NotRequested("lease_too_short")\n',
        "",
        "tests/checkout_runtime/domain/test_charge_policy.py",
    ),
    Guard(
        12,
        "a settled order is not claimed again",
        _TRANSITIONS,
        "CLAIM = Transition((_S.PENDING, _S.UNKNOWN), _S.CHARGING)",
        "CLAIM = Transition((_S.PENDING, _S.UNKNOWN, _S.PAID), _S.CHARGING)",
    ),
    Guard(
        16,
        "a verdict counts for the order as the operator saw it",
        f"{_RUNTIME}/application/settle_by_verdict.py",
        "        if not dry_run and seen != shown:",
        "        if not dry_run and seen is None:",
        f"{_APPLICATION_TESTS}/test_settle_by_verdict.py",
    ),
    Guard(
        16,
        "what is declined by hand is cancelled, or cannot happen any more",
        f"{_RUNTIME}/application/judge_verdict.py",
        "        if requested and self.policy.may_repeat_request(order, self.now):",
        "        if requested is None:",
        f"{_APPLICATION_TESTS}/test_settle_by_verdict.py",
    ),
    Guard(
        14,
        "a decline is stored, and its message done",
        _STORE,
        "                stored = ended_as is not None\n",
        "                stored = False\n",
        "tests/checkout_runtime/application/test_settle_attempt.py",
    ),
    Guard(
        16,
        "an operator's redrive meets every rule for an unknown outcome",
        _TRANSITIONS,
        "RELEASE = Transition((_S.NEEDS_REVIEW,), _S.UNKNOWN)",
        "RELEASE = Transition((_S.NEEDS_REVIEW,), _S.PENDING)",
    ),
    Guard(
        16,
        "a restored order is not charged without a look-up",
        _CHARGING,
        "return order.order_accepted_at < self.quarantine_before",
        "return False",
        "tests/checkout_runtime/domain/test_charge_policy.py",
    ),
)
