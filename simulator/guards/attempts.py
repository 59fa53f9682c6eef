"""Attempts, claims and clocks (traps 19 and 20)."""

from simulator.guards.guard import Guard

__all__ = ["ATTEMPTS"]

_RUNTIME = "lambda/checkout_runtime"
_ORDERS = f"{_RUNTIME}/adapters/dynamodb_orders.py"
_OUTCOMES = f"{_RUNTIME}/adapters/dynamodb_outcomes.py"
_UPDATES = f"{_RUNTIME}/adapters/conditional_updates.py"
_CHARGING = f"{_RUNTIME}/domain/charging.py"
_APPLICATION_TESTS = "tests/checkout_runtime/application"
_STRIPE = f"{_RUNTIME}/adapters/stripe_requests.py"

ATTEMPTS = (
    Guard(
        20,
        "proof is stored until the worker has to stop",
        f"{_RUNTIME}/application/persist_proof.py",
        "            if left <= pause:",
        "            if left <= deadline:",
        f"{_APPLICATION_TESTS}/test_store_outcome.py",
    ),
    Guard(
        19,
        "a message for an earlier attempt claims nothing",
        _ORDERS,
        "free = Update(when=(ATTEMPT.equals(attempt), NO_STRAY_CHARGE))",
        "free = Update(when=(~ATTEMPT.below(attempt), NO_STRAY_CHARGE))",
        "tests/checkout_runtime/test_states.py",
    ),
    Guard(
        19,
        "a new attempt names the one that it replaces",
        _ORDERS,
        "                ATTEMPT.equals(replaces),\n",
        "                ~ATTEMPT.below(replaces),\n",
    ),
    Guard(
        20,
        "a live lease is another's",
        f"{_RUNTIME}/adapters/claim_update.py",
        "_LEASE.at_most(now)",
        "_LEASE.at_most(new_lease_expires_at)",
        "tests/checkout_runtime/application/test_process_payments.py",
    ),
    Guard(
        20,
        "who lost the claim stores no outcome (fencing)",
        _UPDATES,
        "CLAIM_EPOCH.equals(order.claim_epoch)",
        "~CLAIM_EPOCH.below(order.claim_epoch)",
        "tests/checkout_runtime/test_states.py",
    ),
    Guard(
        20,
        "the lease outlasts the consumer",
        "checkout_stack/foundation/timing.py",
        "return self.consumer_timeout.plus(self.clock_skew)",
        "return self.consumer_timeout",
        "tests/checkout_stack/foundation/test_timing.py",
    ),
    Guard(
        20,
        "a paid order stays paid",
        f"{_RUNTIME}/adapters/stray_charges.py",
        'when=(Attribute("pk").exists(), STATUS.differs_from(OrderStatus.PAID))',
        'when=[Attribute("pk").exists()]',
        "tests/checkout_runtime/adapters/test_captures_contract.py",
    ),
    Guard(
        20,
        "proof of another capture is kept",
        _OUTCOMES,
        "            self.record_stray(order, order.attempt, captured, STRAY_CHARGE, now)\n",
        "            pass\n",
        "tests/checkout_runtime/adapters/test_captures_contract.py",
    ),
    Guard(
        20,
        "an order with a stray charge is not charged again",
        _UPDATES,
        'NO_STRAY_CHARGE = Attribute("stray_charges").is_absent()',
        'NO_STRAY_CHARGE = Attribute("pk").exists()',
        "tests/checkout_runtime/adapters/test_orders_contract.py",
    ),
    Guard(
        20,
        "what is captured counts only for the order's amount",
        _CHARGING,
        "            return answer if is_paid else Mismatched(answer)\n",
        "            return answer if answer.currency == order.currency else Mismatched(answer)\n",
    ),
    Guard(
        20,
        "a currency is taken in any case",
        f"{_RUNTIME}/adapters/answered_values.py",
        "    return value.upper() if is_code else None",
        "    return value if is_code else None",
    ),
    Guard(
        19,
        "a decline frees the next attempt once its intent is cancelled",
        _STRIPE,
        '        intent = cancel_intent(intents, intent["id"])\n',
        '        intent = {**intent, "status": CANCELED}\n',
    ),
)
