"""What brings each order to the consumer and no message to a wrong end (traps 5-9, 15, 17, 18)."""

from simulator.guards.guard import Guard

__all__ = ["QUEUE"]

_RUNTIME = "lambda/checkout_runtime"
_UNSETTLED = f"{_RUNTIME}/adapters/dynamodb_unsettled.py"
_PROCESS = f"{_RUNTIME}/application/process_payments.py"
_QUEUE = "checkout_stack/pipeline/payment_queue.py"
_QUEUE_TESTS = "tests/checkout_stack/pipeline/test_payment_queue.py"

QUEUE = (
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
        9,
        "an order that is only looked up keeps no probe of the breaker from the others",
        f"{_RUNTIME}/application/circuit_breaker.py",
        "                    self._asked_nothing.add(permit.asker)\n",
        "                    pass\n",
        "tests/simulator/test_directed_cases.py",
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
)
