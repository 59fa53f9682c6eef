"""What announces every outcome, and lets no payment wait for that (trap 21)."""

from simulator.guards.guard import Guard

__all__ = ["EVENTS"]

_RUNTIME = "lambda/checkout_runtime"
_ADAPTERS = f"{_RUNTIME}/adapters"
_CONFIRM = f"{_ADAPTERS}/dynamodb_announcements.py"
_OWED = f"{_ADAPTERS}/owed_announcements.py"
_ANNOUNCE = f"{_RUNTIME}/application/announce_outcomes.py"
_RELAY = f"{_RUNTIME}/handlers/relay_orders.py"
_RELAY_TESTS = "tests/checkout_runtime/handlers/test_relay_announcements.py"
_CONFIRM_TESTS = "tests/checkout_runtime/adapters/test_announcements_contract.py"
_OUTCOME_TESTS = "tests/checkout_runtime/adapters/test_announced_outcomes.py"

EVENTS = (
    Guard(
        21,
        "an ordinal is one outcome's",
        _OWED,
        "        when=[ORDINAL.equals(last) if last else ORDINAL.is_absent()],\n",
        "",
        _OUTCOME_TESTS,
    ),
    Guard(
        21,
        "a stray charge that is kept already is not announced again",
        f"{_ADAPTERS}/stray_charges.py",
        "        is_new = ~_STRAYS.contains(proof)\n",
        '        is_new = Attribute("pk").exists()\n',
        _OUTCOME_TESTS,
    ),
    Guard(
        21,
        "a capture beside a stray charge is announced, too",
        f"{_ADAPTERS}/captures.py",
        "_settle(updates, order, refused.order, in_review, captured, now)",
        'updates.settle(order.order_id, CAPTURE, in_review, history_key="1_PAID", now=now)',
        _OUTCOME_TESTS,
    ),
    Guard(
        21,
        "what is owed is in the index",
        _OWED,
        "    if not (announces or order.owed):\n",
        "    if announces or order.owed or order:\n",
    ),
    Guard(
        21,
        "a settled order leaves the index only if it owes nothing more",
        _CONFIRM,
        "                OWED.equals(order.owed) if order.owed else OWED.is_absent(),\n",
        "",
        _CONFIRM_TESTS,
    ),
    Guard(
        21,
        "an order in review stays in the index",
        _CONFIRM,
        "    may_leave = has_a_place and not order.stray_charges and not owes_more\n",
        "    may_leave = not owes_more\n",
        _CONFIRM_TESTS,
    ),
    Guard(
        21,
        "only what the bus took is owed no more",
        _ANNOUNCE,
        "        if is_taken:\n",
        "        if event:\n",
    ),
    Guard(
        21,
        "the reconciler announces what the relay did not",
        f"{_RUNTIME}/application/reconcile_orders.py",
        "            self.announce(page.orders, owed_since=now - patience_ms)\n",
        "            pass\n",
    ),
    Guard(
        21,
        "where the bus was switched off, what is owed is dropped",
        _ANNOUNCE,
        "{each.order_id: each.owed for each in due} if bus is None",
        "{each.order_id: frozenset[str]() for each in due} if bus is None",
        "tests/checkout_runtime/application/test_announce_outcomes.py",
    ),
    Guard(
        21,
        "payments go first",
        _RELAY,
        "    not_taken = _relay_orders()(list(dict.fromkeys(readable.values())))\n",
        "    if Settings().announces:\n"
        '        _announce([r["dynamodb"].get("NewImage", {}) for r in event["Records"]])\n'
        "    not_taken = _relay_orders()(list(dict.fromkeys(readable.values())))\n",
        _RELAY_TESTS,
    ),
    Guard(
        21,
        "who only owes is not sent to be paid",
        _RELAY,
        '    if "owed" not in new:\n',
        '    if "pk" in new:\n',
        _RELAY_TESTS,
    ),
    Guard(
        21,
        "a dead bus has a deadline of its own",
        f"{_RUNTIME}/handlers/dependencies.py",
        'aws_service("events", call_seconds=CALL_SECONDS)',
        'aws_service("events")',
        "tests/simulator/test_announcements.py",
    ),
    Guard(
        21,
        "a bus that is gone has taken nothing",
        f"{_ADAPTERS}/eventbridge_bus.py",
        "                self._look()\n",
        "",
        "tests/simulator/test_announcements.py",
    ),
    Guard(
        21,
        "a dead bus is left alone",
        f"{_ADAPTERS}/eventbridge_bus.py",
        "FAILURES_TO_OPEN = 1\n",
        "FAILURES_TO_OPEN = 1000\n",
        "tests/simulator/test_announcements.py",
    ),
    Guard(
        21,
        "an event is one of its moment",
        f"{_ADAPTERS}/event_fields.py",
        '        "attempt": announcement.attempt,\n',
        '        "attempt": order.attempt,\n',
    ),
    Guard(
        21,
        "a record of an order that owes invokes the relay",
        "checkout_stack/pipeline/order_relay.py",
        "    if event_bus is not None:\n        # The members",
        "    if event_bus is None:\n        # The members",
        "tests/checkout_stack/pipeline/test_announcing.py",
    ),
    Guard(
        21,
        "what comes of a refund is announced",
        f"{_RUNTIME}/adapters/refund_updates.py",
        "return found.also(owing(announcement))",
        "return found",
        "tests/checkout_runtime/application/test_announced_refunds.py",
    ),
    Guard(
        21,
        "an order that owes what came of a refund is in the index for it",
        f"{_RUNTIME}/adapters/refund_updates.py",
        "return found.also(owing(announcement))",
        "return owing(announcement)",
        "tests/checkout_runtime/application/test_announced_refunds.py",
    ),
    Guard(
        21,
        "what comes of a refund takes the ordinal after another's",
        f"{_RUNTIME}/adapters/refund_updates.py",
        "            if of_stray is None and _is_as_read(order, refused):\n",
        "            if of_stray is None:\n",
        "tests/checkout_runtime/application/test_announced_refunds.py",
    ),
)
