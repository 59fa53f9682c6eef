"""The guards of the code, and what fails when one is removed.

Each of the twenty traps of a naive version (docs/proof.md) has at least one.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GUARDS", "Guard"]

_RUNTIME = "lambda/checkout_runtime"
_ORDERS = f"{_RUNTIME}/adapters/dynamodb_orders.py"
_OUTCOMES = f"{_RUNTIME}/adapters/dynamodb_outcomes.py"
_UPDATES = f"{_RUNTIME}/adapters/conditional_updates.py"
_UNSETTLED = f"{_RUNTIME}/adapters/dynamodb_unsettled.py"
_CHARGING = f"{_RUNTIME}/domain/charging.py"
_TRANSITIONS = f"{_RUNTIME}/domain/transitions.py"
_PROCESS = f"{_RUNTIME}/application/process_payments.py"
_SETTLE = f"{_RUNTIME}/application/settle_attempt.py"
_STORE = f"{_RUNTIME}/application/store_outcome.py"
_HTTP = f"{_RUNTIME}/adapters/http_payment_service.py"
_WORDS = f"{_RUNTIME}/adapters/http_words.py"
_APPLICATION_TESTS = "tests/checkout_runtime/application"
_CLAIM_ATTEMPT = f"{_RUNTIME}/application/claim_attempt.py"
_STRIPE = f"{_RUNTIME}/adapters/stripe_requests.py"
_QUEUE = "checkout_stack/pipeline/payment_queue.py"
_QUEUE_TESTS = "tests/checkout_stack/pipeline/test_payment_queue.py"


@dataclass(frozen=True, slots=True)
class Guard:
    """A piece of code that one part of the promise rests on."""

    trap: int
    name: str
    file: str
    code: str
    """As written in the file, once."""
    without: str
    """The file without the guard."""
    test: str = ""
    """What has to go red; the simulator where it is empty."""


GUARDS = (
    Guard(
        1,
        "no key, no order",
        f"{_RUNTIME}/handlers/place_order.py",
        "    if value is None:\n        raise HttpError(",
        '    if value is None:\n        return "none-given"\n        raise HttpError(',
        "tests/checkout_runtime/handlers/test_bad_input.py",
    ),
    Guard(
        1,
        "the key is scoped by who asks",
        f"{_RUNTIME}/domain/identity.py",
        "_digest(namespace, principal, idempotency_key)",
        "_digest(namespace, idempotency_key)",
    ),
    Guard(
        2,
        "other content under the same key is refused",
        f"{_RUNTIME}/application/place_order.py",
        "    if not submission.matches(existing):",
        "    if existing is None:",
        "tests/checkout_runtime/application/test_place_order.py",
    ),
    Guard(
        2,
        "a price of the buyer's is refused where the shop prices",
        f"{_RUNTIME}/domain/submission.py",
        'if name not in ("amount", "currency")',
        'if name not in ("amounts", "currencies")',
        "tests/checkout_runtime/test_intake.py",
    ),
    Guard(
        2,
        "a cart is signed by the shop",
        f"{_RUNTIME}/domain/signed_cart.py",
        "        if hmac.compare_digest(signature, _signature(data, secret)):",
        "        if hmac.compare_digest(signature, signature):",
        "tests/checkout_runtime/domain/test_signed_cart.py",
    ),
    Guard(
        4,
        "a cart is put only if no order has it",
        f"{_RUNTIME}/adapters/guarded_carts.py",
        '"ConditionExpression": "attribute_not_exists(pk)"',
        '"ConditionExpression": "attribute_not_exists(nothing)"',
        "tests/checkout_runtime/adapters/test_guarded_carts.py",
    ),
    Guard(
        3,
        "the order is put only if there is none",
        _ORDERS,
        '"ConditionExpression": "attribute_not_exists(pk)"',
        '"ConditionExpression": "attribute_not_exists(nothing)"',
    ),
    Guard(
        5,
        "deduplication is by content",
        _QUEUE,
        "content_based_deduplication=True",
        "content_based_deduplication=False",
        f"{_QUEUE_TESTS}::test_the_same_body_sent_twice_is_queued_once",
    ),
    Guard(
        5,
        "the body carries the attempt",
        f"{_RUNTIME}/domain/message.py",
        '{"attempt": self.attempt, "order_id": self.order_id}',
        '{"attempt": 1, "order_id": self.order_id}',
    ),
    Guard(
        6,
        "a resend differs in its body",
        f"{_RUNTIME}/domain/message.py",
        "        if self.resend:\n",
        "        if self.resend < 0:\n",
        "tests/checkout_runtime/domain/test_message.py",
    ),
    Guard(
        6,
        "the resend's ordinal is stored before it is sent, once",
        _UNSETTLED,
        "                ATTEMPT.equals(order.attempt),\n"
        '                Attribute("resend").equals(order.resend),\n',
        "                ATTEMPT.equals(order.attempt),\n",
        "tests/checkout_runtime/adapters/test_unsettled_contract.py",
    ),
    Guard(
        7,
        "the message group is the order",
        f"{_RUNTIME}/adapters/sqs_payment_queue.py",
        '"MessageGroupId": message.order_id',
        '"MessageGroupId": "payments"',
        "tests/checkout_runtime/adapters/test_sqs_payment_queue.py",
    ),
    Guard(
        8,
        "the dead-letter queue is FIFO",
        _QUEUE,
        '            "DeadLetters",\n            fifo=True,',
        '            "DeadLetters",',
        f"{_QUEUE_TESTS}::test_the_dead_letter_queue_is_fifo_like_its_source",
    ),
    Guard(
        8,
        "dead letters are kept longer",
        _QUEUE,
        "retention_period=DEAD_LETTER_RETENTION",
        "retention_period=cdk.Duration.days(1)",
        f"{_QUEUE_TESTS}::test_dead_letters_are_kept_longer_than_payments",
    ),
    Guard(
        8,
        "only this source may redrive",
        _QUEUE,
        "sqs.RedrivePermission.BY_QUEUE,\n                source_queues="
        "[self._by_name(queue_name)],",
        "sqs.RedrivePermission.ALLOW_ALL,",
        f"{_QUEUE_TESTS}::test_only_the_payment_queue_may_redrive_into_the_dead_letter_queue",
    ),
    Guard(
        9,
        "a received message stays hidden for six timeouts",
        _QUEUE,
        "visibility_timeout=timing.visibility_timeout",
        "visibility_timeout=timing.consumer_timeout",
        f"{_QUEUE_TESTS}::test_a_message_stays_hidden_for_at_least_six_consumer_timeouts",
    ),
    Guard(
        9,
        "the receives add up to the promised outage",
        "checkout_stack/foundation/timing.py",
        "return int(max(FEWEST_RECEIVES, receives + SPARE_RECEIVES))",
        "return int(FEWEST_RECEIVES)",
        "tests/checkout_stack/foundation/test_timing.py",
    ),
    Guard(
        9,
        "what was not tried is returned to the queue with a delay",
        _PROCESS,
        "        if returned:\n            self._return_to_queue(returned)\n",
        "",
        "tests/checkout_runtime/application/test_process_payments.py",
    ),
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
        f"{_RUNTIME}/adapters/system.py",
        "        wait(futures)\n",
        "",
        "tests/checkout_runtime/adapters/test_system.py",
    ),
    Guard(
        11,
        "what cannot be finished is not begun",
        _PROCESS,
        "if deadline - now < self.settle.policy.turn_seconds * 1000:",
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
        13,
        "no request is repeated after the key's retention",
        _CHARGING,
        "        return now < order.first_claimed_at + usable * 1000",
        "        return now < order.first_claimed_at + 365 * 24 * 3600 * 1000",
    ),
    Guard(
        13,
        "retention counts from the attempt's first claim",
        _ORDERS,
        '"first_claimed_at": Attribute("first_claimed_at").or_else(first)',
        '"first_claimed_at": first',
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
        'case "not_found" if status == _NOT_FOUND_UNDER:',
        "case _ if status == _NOT_FOUND_UNDER:",
        "tests/checkout_runtime/adapters/test_http_words.py",
    ),
    Guard(
        13,
        "a word counts under its own statuses alone",
        _WORDS,
        'case {"status": "captured"} if status in _CAPTURED_UNDER:',
        'case {"status": "captured"}:',
        "tests/checkout_runtime/adapters/test_http_words.py",
    ),
    Guard(
        13,
        "the attempt before is asked about first",
        _SETTLE,
        "        return earlier or self._charge(order, unclear, deadline)",
        "        return self._charge(order, unclear, deadline)",
        f"{_APPLICATION_TESTS}/test_earlier_attempts.py",
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
        f"{_RUNTIME}/domain/order.py",
        "        return claimed_for in (None, service)",
        "        return service is not None",
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
        _SETTLE,
        "        if not self.policy.may_cancel_refused(order, now):\n            return None\n",
        "",
        f"{_APPLICATION_TESTS}/test_no_word.py",
    ),
    Guard(
        13,
        "only a claim that requested nothing is not counted",
        _SETTLE,
        "uncounted = may_charge and isinstance(decision, NotRequested)",
        "uncounted = may_charge",
    ),
    Guard(
        20,
        "proof is stored until the worker has to stop",
        _STORE,
        "                if left <= pause:",
        "                if order is not None:",
        f"{_APPLICATION_TESTS}/test_store_outcome.py",
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
        f"{_RUNTIME}/application/settle_by_verdict.py",
        "        if requested and self.policy.may_repeat_request(order, now):",
        "        if requested is None:",
        f"{_APPLICATION_TESTS}/test_settle_by_verdict.py",
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
        14,
        "a decline is stored, and its message done",
        _STORE,
        "                stored = self.outcomes.record_decline(order, code, now)",
        "                stored = self.outcomes.record_decline(order, code, now) and False",
        "tests/checkout_runtime/application/test_settle_attempt.py",
    ),
    Guard(
        15,
        "what cannot be read is not deleted",
        _PROCESS,
        "            return _unreadable(message, str(problem))",
        "            return None",
    ),
    Guard(
        15,
        "what names no order is not deleted",
        _PROCESS,
        '            return _unreadable(message, "names no order")',
        "            return None",
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
        "return order.accepted_at < self.quarantine_before",
        "return False",
        "tests/checkout_runtime/domain/test_charge_policy.py",
    ),
    Guard(
        17,
        "the relay reports what it could not send",
        "checkout_stack/pipeline/order_relay.py",
        "report_batch_item_failures=True",
        "report_batch_item_failures=False",
        "tests/checkout_stack/pipeline/test_order_relay.py"
        "::test_the_relay_reports_which_records_it_failed_to_pass_on",
    ),
    Guard(
        17,
        "a poison record is abandoned in the end",
        "checkout_stack/pipeline/order_relay.py",
        "                retry_attempts=RETRY_ATTEMPTS,\n",
        "",
        "tests/checkout_stack/pipeline/test_order_relay.py"
        "::test_a_poison_record_holds_up_its_shard_for_a_bounded_time",
    ),
    Guard(
        17,
        "the reconciler resends what never came to the queue",
        f"{_RUNTIME}/domain/reconciliation.py",
        'return Resend() if self._may_resend(order) else Review("never_tried")',
        "return Wait()",
    ),
    Guard(
        18,
        "the table is in one Region",
        "checkout_stack/pipeline/order_table.py",
        "            deletion_protection=not for_development,\n",
        "            deletion_protection=not for_development,\n            replicas=["
        'dynamodb.ReplicaTableProps(region="eu-west-3")],\n',
        "tests/checkout_stack/pipeline/test_order_table.py",
    ),
    Guard(
        19,
        "a message for an earlier attempt claims nothing",
        _ORDERS,
        "            when=(ATTEMPT.equals(attempt), NO_STRAY_CHARGE),\n",
        "            when=(~ATTEMPT.below(attempt), NO_STRAY_CHARGE),\n",
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
        _ORDERS,
        "LEASE.at_most(now)",
        "LEASE.at_most(new_lease_expires_at)",
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
        _OUTCOMES,
        'when=(Attribute("pk").exists(), STATUS.differs_from(OrderStatus.PAID))',
        'when=[Attribute("pk").exists()]',
        "tests/checkout_runtime/adapters/test_captures_contract.py",
    ),
    Guard(
        20,
        "proof of another capture is kept",
        _OUTCOMES,
        '        self.record_stray(order, order.attempt, captured, "stray_charge", now)\n',
        "",
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
        "if (answer.amount, answer.currency) != (order.amount, order.currency):",
        "if answer.currency != order.currency:",
    ),
    Guard(
        13,
        "an attempt of another payment service stops at the first look",
        f"{_RUNTIME}/domain/reconciliation.py",
        "        if not order.is_of(service):",
        "        if order.attempt < 0:",
    ),
    Guard(
        20,
        "a currency is taken in any case",
        f"{_RUNTIME}/adapters/answered_values.py",
        "    return value.upper() if is_code else None",
        "    return value if is_code else None",
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
        "        if self.policy.is_quarantined(order):",
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
    Guard(
        19,
        "a decline frees the next attempt once its intent is cancelled",
        _STRIPE,
        '        intent = cancel_intent(intents, intent["id"])\n',
        '        intent = {**intent, "status": CANCELED}\n',
    ),
)
