"""Cancellations (trap 23): exactly one of them and the charge wins."""

from simulator.guards.guard import Guard

__all__ = ["CANCELLING"]

_RUNTIME = "lambda/checkout_runtime"
_CANCELLATIONS = f"{_RUNTIME}/adapters/cancellations.py"
_CANCEL = f"{_RUNTIME}/application/cancel_order.py"
_END = f"{_RUNTIME}/application/end_cancelled.py"
_EARLIER = f"{_RUNTIME}/application/earlier_attempts.py"
_EXPIRY_TEST = "tests/checkout_runtime/application/test_expiry.py"
_FORGOTTEN_TEST = "tests/checkout_runtime/application/test_forgotten_attempts.py"
_RESTORE_TEST = "tests/checkout_runtime/application/test_cancel_after_restore.py"
_TEST = "tests/checkout_runtime/application/test_cancel_order.py"

CANCELLING = (
    Guard(
        23,
        "an order that was claimed is not cancelled at once",
        f"{_RUNTIME}/domain/transitions.py",
        "CANCEL = Transition((_S.PENDING, _S.DECLINED), _S.CANCELLED)",
        "CANCEL = Transition((_S.PENDING, _S.CHARGING, _S.DECLINED), _S.CANCELLED)",
        _TEST,
    ),
    Guard(
        23,
        "an attempt that was started meanwhile is not taken for the declined one",
        _CANCELLATIONS,
        "        when=(ATTEMPT.equals(order.attempt), NO_STRAY_CHARGE),\n",
        "        when=(NO_STRAY_CHARGE,),\n",
        _TEST,
    ),
    Guard(
        23,
        "an order that a backup calls untried is looked up before it is cancelled",
        _CANCEL,
        "        is_restored = order.accepted_at < self.quarantine_before\n",
        "        is_restored = False\n",
        _TEST,
    ),
    Guard(
        23,
        "no attempt is started once somebody asked to cancel",
        f"{_RUNTIME}/adapters/dynamodb_orders.py",
        "                NO_STRAY_CHARGE,\n                NOT_TO_BE_CANCELLED,\n",
        "                NO_STRAY_CHARGE,\n",
        _TEST,
    ),
    Guard(
        23,
        "the table says whether a decline is a cancellation, and not what its worker read",
        _CANCELLATIONS,
        "waits.also(ended).also(Update(when=[NOT_TO_BE_CANCELLED])),",
        "waits.also(ended),",
        _TEST,
    ),
    Guard(
        23,
        "who claims a marked order does not go on to charge it",
        f"{_RUNTIME}/application/settle_attempt.py",
        "        if order.is_to_be_cancelled:\n            ended =",
        "        if order.attempt < 0:\n            ended =",
        _TEST,
    ),
    Guard(
        23,
        "an order whose earlier attempt is in doubt is not given up before that one has ended",
        f"{_RUNTIME}/application/settle_attempt.py",
        "            if earlier is not None:\n                return earlier\n",
        "",
        "tests/checkout_runtime/application/test_earlier_attempts.py",
    ),
    Guard(
        23,
        "an attempt that nobody requested is not requested after the mark",
        _END,
        "        if self.policy.is_first_request(order) and not order.has_hold:\n",
        "        if order.attempt < 0:\n",
        _TEST,
    ),
    Guard(
        23,
        "nothing is opened for a marked order",
        f"{_RUNTIME}/application/claim_attempt.py",
        "        if order.is_to_be_cancelled:\n",
        "        if order.attempt < 0:\n",
        _TEST,
    ),
    Guard(
        23,
        "a request that was sent before the mark is waited for",
        f"{_RUNTIME}/domain/charging.py",
        "patience = self.lease_seconds + _LOOK_UP_PATIENCE_SECONDS\n        return now <",
        "patience = self.lease_seconds\n        return now <",
        _TEST,
    ),
    Guard(
        23,
        "what the payment service knows is not over because it cannot be cancelled",
        _END,
        "            case NotFound() if not (order.has_hold or isinstance(found, _IS_THERE)):\n",
        "            case NotFound():\n",
        _TEST,
    ),
    Guard(
        23,
        "the mark stands",
        _CANCELLATIONS,
        "{_ASKED_AT.name: _ASKED_AT.or_else(now), by_whom.name: by_whom.or_else(by)}",
        "{_ASKED_AT.name: now, by_whom.name: by}",
        _TEST,
    ),
    Guard(
        23,
        "what a verdict declines of a marked order is cancelled",
        f"{_RUNTIME}/adapters/operator_verdicts.py",
        "CANCEL_REVIEWED if order.is_to_be_cancelled else VERDICT_DECLINED",
        "VERDICT_DECLINED",
        _TEST,
    ),
    Guard(
        23,
        "only an order that nobody tried, or that was declined, expires",
        f"{_RUNTIME}/domain/reconciliation.py",
        "        is_untried = order.status is OrderStatus.PENDING and not order.attempt_claims\n",
        "        is_untried = order.status is not OrderStatus.PAID\n",
        _EXPIRY_TEST,
    ),
    Guard(
        23,
        "an order that a backup calls untried does not expire",
        f"{_RUNTIME}/domain/reconciliation.py",
        "        if not is_untried or self.charge.is_quarantined(order):\n",
        "        if not is_untried:\n",
        _EXPIRY_TEST,
    ),
    Guard(
        23,
        "a declined order from before a restore is asked about before it expires",
        f"{_RUNTIME}/application/settle_unsettled.py",
        "        if self.policy.charge.is_quarantined(order):\n",
        "        if order.attempt < 0:\n",
        _RESTORE_TEST,
    ),
    Guard(
        23,
        "an attempt after the one that was declined may be forgotten by a restored table",
        _EARLIER,
        "        if decision != Declined(NOTHING_CAPTURED) or not",
        "        if not",
        _RESTORE_TEST,
    ),
    Guard(
        23,
        "a restored order is not cancelled before every later attempt was asked about",
        _EARLIER,
        "        return others or decision\n",
        "        return decision\n",
        _FORGOTTEN_TEST,
    ),
    Guard(
        23,
        "a cancellation does not tell whether the attempt of a restored table had ended before",
        _END,
        "            case Cancelled() if may_have_ended:\n",
        "            case Cancelled() if order.attempt < 0:\n",
        _RESTORE_TEST,
    ),
    Guard(
        23,
        "a declined order that owes an announcement is found again once it expires",
        f"{_RUNTIME}/adapters/dynamodb_announcements.py",
        "Update(remove=INDEX_ATTRIBUTES) if kept is None else moved_to_its_time(kept)",
        "Update(remove=INDEX_ATTRIBUTES)",
        _EXPIRY_TEST,
    ),
)
