"""What an answer proves, and when a request may be repeated (trap 13)."""

from simulator.guards.guard import Guard

__all__ = ["CHARGING"]

_RUNTIME = "lambda/checkout_runtime"
_ORDERS = f"{_RUNTIME}/adapters/dynamodb_orders.py"
_CHARGING = f"{_RUNTIME}/domain/charging.py"
_SETTLE = f"{_RUNTIME}/application/settle_attempt.py"
_STORE = f"{_RUNTIME}/application/store_outcome.py"
_HTTP = f"{_RUNTIME}/adapters/http_payment_service.py"
_WORDS = f"{_RUNTIME}/adapters/http_words.py"
_APPLICATION_TESTS = "tests/checkout_runtime/application"
_CLAIM_ATTEMPT = f"{_RUNTIME}/application/claim_attempt.py"

CHARGING = (
    Guard(
        13,
        "no request is repeated after the key's retention",
        _CHARGING,
        "        return now < first_sent_at + usable * 1000",
        "        return now < first_sent_at + 365 * 24 * 3600 * 1000",
    ),
    Guard(
        13,
        "retention counts from the attempt's first claim",
        f"{_RUNTIME}/adapters/claim_update.py",
        "_FIRST: Attribute(_FIRST).or_else(first_at)",
        "_FIRST: first_at",
        "tests/checkout_runtime/adapters/test_claims_contract.py",
    ),
    Guard(
        13,
        "no answer is no decline",
        _HTTP,
        "            return Unknown(str(problem)[:_MAX_DETAIL], unavailable=True)",
        '            return HttpAnswer(402, b"{}")',
    ),
    Guard(
        13,
        "a status without a word is no decline",
        _WORDS,
        "    return bare_answer(status, reason)",
        "    return Declined(reason) if status == 402 else bare_answer(status, reason)",
    ),
    Guard(
        13,
        "a 404 without a word is no 'not found'",
        _WORDS,
        'case "not_found" if status == NOT_FOUND_UNDER:',
        "case _ if status == NOT_FOUND_UNDER:",
        "tests/checkout_runtime/adapters/test_http_words.py",
    ),
    Guard(
        13,
        "a word counts under its own statuses alone",
        _WORDS,
        'case {"status": "captured"} if status in DONE_UNDER:',
        'case {"status": "captured"}:',
        "tests/checkout_runtime/adapters/test_http_words.py",
    ),
    Guard(
        13,
        "the attempt before is asked about first",
        _SETTLE,
        "        if earlier is not None:\n            return earlier\n        return _Charge",
        "        return _Charge",
        f"{_APPLICATION_TESTS}/test_earlier_attempts.py",
    ),
    Guard(
        13,
        "attempts that a restored table forgot are asked about before a request",
        f"{_RUNTIME}/application/earlier_attempts.py",
        "        return order.attempts_after if self.policy.may_have_forgotten(order) else []\n",
        "        return []\n",
        f"{_APPLICATION_TESTS}/test_forgotten_attempts.py",
    ),
    Guard(
        13,
        "an earlier attempt pays only while the current one was never requested",
        _STORE,
        "if _fits(order, captured) and self.policy.is_first_request(order):",
        "if _fits(order, captured):",
        f"{_APPLICATION_TESTS}/test_earlier_attempts.py",
    ),
    Guard(
        13,
        "an attempt of another payment service is not requested here",
        f"{_RUNTIME}/domain/service_name.py",
        "    if stored in (None, service):",
        "    if service:",
    ),
    Guard(
        13,
        "what is being processed is never requested again",
        _CHARGING,
        "        if order.processing_since is not None:\n            too_long",
        "        if order.processing_since == 0:\n            too_long",
        "tests/checkout_runtime/domain/test_charge_policy.py",
    ),
    Guard(
        13,
        "a refused attempt is cancelled once every worker of it has ended",
        f"{_RUNTIME}/application/end_attempt.py",
        "        if not self.policy.may_cancel_refused(order, now):\n            return None\n",
        "",
        f"{_APPLICATION_TESTS}/test_no_word.py",
    ),
    Guard(
        13,
        "only a claim that requested nothing is not counted",
        _SETTLE,
        "uncounted = may_charge and (decision is settled or isinstance(decision, NotRequested))",
        "uncounted = may_charge",
    ),
    Guard(
        13,
        "a refusal counts only as the answer to the first request",
        _CHARGING,
        "            if first and not looked_up:\n                return Declined(answer.code)\n",
        "            return Declined(answer.code)\n",
        "tests/checkout_runtime/domain/test_charge_policy.py",
    ),
    Guard(
        13,
        "not found is no permission where keys are not honoured",
        _CHARGING,
        '        return NeedsReview("never_found") if overdue else NotRequested("not_found")',
        "        return None",
    ),
    Guard(
        13,
        "without keys and look-up an operator decides",
        _CHARGING,
        "        if self.keys_are_honoured or found is None:\n"
        "            return NeedsReview(self._why_not_repeated)",
        "        if self.keys_are_honoured or found is None:\n"
        "            return NeedsReview('key_retention_over') if found else None",
    ),
    Guard(
        13,
        "an attempt of another payment service stops at the first look",
        f"{_RUNTIME}/domain/reconciliation.py",
        "        if not order.is_of(service):",
        "        if order.attempt < 0:",
    ),
    Guard(
        13,
        "an answer that asks for patience holds nobody for longer than a blip",
        f"{_RUNTIME}/application/ask_payment_service.py",
        "    lasts = answer.later and policy.is_refused_for_good(order, now)",
        "    lasts = False",
        f"{_APPLICATION_TESTS}/test_no_word.py",
    ),
    Guard(
        13,
        "what was opened first is what is charged",
        _ORDERS,
        "            reference = REFERENCE.or_else(opened_as)",
        "            reference = opened_as",
        "tests/checkout_runtime/adapters/test_claims_contract.py",
    ),
    Guard(
        13,
        "what was opened is looked up by the service's own id",
        f"{_RUNTIME}/application/ask_payment_service.py",
        "look_up(lookup_reference or order.lookup_reference)",
        "look_up(lookup_reference or order.payment_key)",
        "tests/checkout_runtime/stripe/test_charges_once.py",
    ),
    Guard(
        13,
        "an attempt that another payment service may have charged is not opened",
        _CLAIM_ATTEMPT,
        "        if not order.is_of(self.service):",
        "        if order.attempt < 0:",
        "tests/checkout_runtime/application/test_claim_attempt.py",
    ),
    Guard(
        13,
        "an order from a backup is not opened again",
        _CLAIM_ATTEMPT,
        "        if self.policy.is_held(order):",
        "        if order.accepted_at < 0:",
        "tests/checkout_runtime/application/test_claim_attempt.py",
    ),
    Guard(
        13,
        "what no claim stored is abandoned",
        _CLAIM_ATTEMPT,
        "            self.intents.abandon(opened.reference)",
        "            pass",
        "tests/checkout_runtime/stripe/test_charges_once.py",
    ),
)
