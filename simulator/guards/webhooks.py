"""What a webhook may bring about: a question, and nothing that it says itself (11 to 13, 20)."""

from simulator.guards.guard import Guard

__all__ = ["WEBHOOKS"]

_RUNTIME = "lambda/checkout_runtime"
_SIGNATURES = f"{_RUNTIME}/adapters/webhook_signatures.py"
_FOLLOW = f"{_RUNTIME}/application/follow_hint.py"
_SIGNATURE_TESTS = "tests/checkout_runtime/adapters/test_webhook_signatures.py"
_FOLLOW_TESTS = "tests/checkout_runtime/application/test_follow_hint.py"
_STATES = "tests/checkout_runtime/test_states.py"

WEBHOOKS = (
    Guard(
        13,
        "a webhook that the payment service did not sign is not heard",
        _SIGNATURES,
        "        if any(hmac.compare_digest(right, each) for each in given):",
        "        if right and given:",
        _SIGNATURE_TESTS,
    ),
    Guard(
        20,
        "a webhook that somebody recorded is worthless after five minutes",
        _SIGNATURES,
        "> TOLERANCE_SECONDS:",
        "> 365 * 24 * 3600:",
        _SIGNATURE_TESTS,
    ),
    Guard(
        20,
        "so is one of Stripe's, whose SDK is told no time",
        f"{_RUNTIME}/adapters/stripe_webhooks.py",
        "        check_time(_sent_at(header), self._clock.now())\n",
        "",
        _SIGNATURE_TESTS,
    ),
    Guard(
        13,
        "a webhook is about an attempt of the order's own, under its own reference",
        f"{_RUNTIME}/domain/hint.py",
        "named.payment_reference == hint.reference",
        "hint.reference != 7",
        _STATES,
    ),
    Guard(
        13,
        "a webhook of another payment service changes nothing",
        _FOLLOW,
        " or not named.is_of(service.name):",
        ":",
        _STATES,
    ),
    Guard(
        13,
        "what comes of a request that is under way its worker says, also to an early webhook",
        _FOLLOW,
        "        if self.settle.policy.is_lease_live(order, now):\n",
        "        if now < 0:\n",
        _FOLLOW_TESTS,
    ),
    Guard(
        13,
        "what was said before the claim is not what is stored under it",
        _FOLLOW,
        "        answer = self.settle.look_up(claimed)\n",
        '        answer = Declined("as before")\n',
        _FOLLOW_TESTS,
    ),
    Guard(
        13,
        "proof of capture is stored though a worker holds the order",
        f"{_RUNTIME}/application/ask_unsettled.py",
        "        holder = order if is_proof else self.held(order, run_id)",
        "        holder = self.held(order, run_id)",
        _STATES,
    ),
    Guard(
        12,
        "a webhook that could not be followed comes again",
        _FOLLOW,
        "        if isinstance(answer, Unknown) and answer.unavailable:\n"
        "            return Followed.UNANSWERED",
        "        if isinstance(answer, Unknown) and answer.unavailable:\n"
        "            return Followed.NOTHING_NEW",
        _FOLLOW_TESTS,
    ),
    Guard(
        12,
        "a stray charge that is told twice at once does not pay its order",
        f"{_RUNTIME}/adapters/captures.py",
        '                when=[~Attribute("stray_charges").contains(proof)],\n',
        "",
        _FOLLOW_TESTS,
    ),
    Guard(
        12,
        "one bad event of a list loses no other",
        f"{_RUNTIME}/handlers/receive_webhook.py",
        "            problem = failed\n            continue",
        "            raise failed",
        "tests/checkout_runtime/handlers/test_receive_webhook.py",
    ),
    Guard(
        11,
        "a storm of webhooks has invocations of its own, and no others",
        "checkout_stack/api/payment_webhook.py",
        "replace(settings, reserved_concurrency=concurrency)",
        "replace(settings)",
        "tests/checkout_stack/api/test_payment_webhook.py",
    ),
    Guard(
        13,
        "proof of an earlier attempt comes again while the next one waits",
        _FOLLOW,
        "            if order.status is OrderStatus.PENDING:\n",
        "            if order.attempt < 0:\n",
        _FOLLOW_TESTS,
    ),
)
