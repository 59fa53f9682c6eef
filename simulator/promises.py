"""I6: what may end in review, and how soon every other order is settled."""

from __future__ import annotations

from simulator.cases import DAY, HOUR, MINUTE, Case
from simulator.refund_ledger import may_be_returned
from simulator.world_state import WorldState

__all__ = [
    "SETTLES_WITHIN_MS",
    "allowed_reasons",
    "allowed_refund_reasons",
    "check_review",
    "check_settled_in_time",
    "has_bound",
]

SETTLES_WITHIN_MS = 2 * HOUR
"""After the last fault. The longest pause of the reconciler's backoff is an hour; the run that
finds the order, the queue's visibility timeout and a few tries come on top."""
LOOKED_AT_WITHIN_MS = 6 * HOUR
"""Where nothing else is promised. The reconciler's rarest run here, and twice its backoff."""
_NO_CLOCK_IS_WRONG_BY_MS = MINUTE
_BLIP_MS = 15 * MINUTE
"""How long a payment service has to refuse without a word before an operator is called."""


def allowed_reasons(case: Case) -> frozenset[str]:
    """Return for which reasons an order of this case may need an operator."""
    reasons: set[str] = set()
    if _pays_by(case, "wrong", "greedy") or case.is_upgrade:
        # A wrong amount is the payment service's doing; an older version minds small letters.
        reasons |= {"capture_mismatch"}
    if case.service.captures_later and _pays_by(case, "wrong"):
        reasons |= {"hold_mismatch"}
    services = [case.service, *([case.replaced_by] if case.replaced_by else [])]
    for service in services:
        if not service.keeps_its_word:
            reasons |= {"stray_charge", "earlier_attempt_open"}
        if not service.can_always_be_settled:
            reasons |= {"key_retention_over", "keys_not_honoured", "never_found"}
            reasons |= {"resends_used_up", "earlier_attempt_open", "refused_without_word"}
            reasons |= {"not_cancelled"} if case.cancels else set()
            # Of what cannot be asked an operator's word counts, and a worker may sleep for longer.
            reasons |= {"stray_charge"} if case.operator.decides_at_ms else set()
        if not service.can_cancel:
            reasons |= {"action_not_taken"}
        if (
            not service.cancels_unseen
            and not service.opens_attempts
            and _pays_by(case, "refused", "used")
        ):
            # A request that was refused may not have been the first: nothing but a cancellation
            # keeps one that is still on its way from charging.
            reasons |= {"refused_without_word"}
    if case.replaced_by is not None:
        reasons |= {"other_service"}
    if max(case.skews_ms) - min(case.skews_ms) >= _BLIP_MS:
        # How long refusals have lasted is told by the workers' clocks.
        reasons |= {"refused_without_word"}
    if case.quarantine:
        reasons |= {"restored_from_backup"}
    if _pays_by(case, "slow", "endless"):
        reasons |= {"processing_too_long"}
    if _outlasts_retention(case):
        reasons |= {"key_retention_over", "never_found", "never_tried", "resends_used_up"}
        reasons |= {"action_not_taken", "refused_without_word"}
        reasons |= {"not_cancelled"} if case.cancels else set()
    if case.is_upgrade:
        # What an older version claimed, it claimed without a service's name.
        reasons |= {"claimed_unopened", "never_tried", "key_retention_over"}
    return frozenset(reasons)


def allowed_refund_reasons(case: Case) -> frozenset[str]:
    """Return for which reasons a refund of this case may need an operator."""
    reasons: set[str] = set()
    services = [case.service, *([case.replaced_by] if case.replaced_by else [])]
    if len(services) > 1:
        reasons |= {"other_service"}
    if any(not (each.can_look_up and each.honours_keys_for_ms) for each in services):
        reasons |= {"key_retention_over", "keys_not_honoured", "never_found"}
        reasons |= {"refused_without_word", "resends_used_up", "never_tried"}
        reasons |= {"processing_too_long"}
    if _outlasts_retention(case) or _skew_ms(case) >= _BLIP_MS:
        reasons |= {"key_retention_over", "refused_without_word", "never_tried"}
    if case.quarantine:
        reasons |= {"restored_from_backup"}
    if any(may_be_returned(each.amount) for each in case.refunds):
        # A worker slept with its proof, and the service is silent when it is asked once more.
        reasons |= {"refunded_after_all"}
    return frozenset(reasons)


def check_review(case: Case, key: str, reason: str) -> None:
    """An order came into review."""
    allowed = allowed_reasons(case)
    assert reason in allowed, f"I6: {key} needs an operator for {reason}"


def check_settled_in_time(world: WorldState) -> None:
    """Look at every open order that waits for nobody."""
    _check_former_services(world)
    if not has_bound(world.case) or _is_down(world):
        return
    orders = world.stored_orders
    for key, item in orders.open_orders.items():
        state = item["status"]["S"]
        if state in ("PROCESSING", "AUTHORIZED"):
            continue
        # Who waits for a buyer waits until the buyer's time is over.
        deadline = int(item["action_deadline"]["N"]) if state == "ACTION_REQUIRED" else 0
        if "cancel_asked_at" in item:
            # A request from before may be on its way, and nobody sends another one.
            deadline = max(deadline, int(item["cancel_asked_at"]["N"]) + DAY)
        since = max(world.last_news_at, deadline, orders.open_since[key])
        open_for = world.now() - since
        assert open_for <= SETTLES_WITHIN_MS, (
            f"I6: {key} is {state} {open_for // MINUTE} minutes after the last fault"
        )


def _check_former_services(world: WorldState) -> None:
    """What was claimed for a payment service that was replaced stops at the first look."""
    if _skew_ms(world.case) > _NO_CLOCK_IS_WRONG_BY_MS:
        return
    orders = world.stored_orders
    for key, item in orders.open_orders.items():
        if orders.service_of(key) in world.former_services:
            since = max(world.last_news_at, int(item["unsettled_since"]["N"]))
            assert world.now() - since <= LOOKED_AT_WITHIN_MS, (
                f"I6: {key} of another payment service is still {item['status']['S']}"
            )


def _is_down(world: WorldState) -> bool:
    outage = world.case.outage
    return outage is not None and outage.from_ms <= world.since_start() < outage.until_ms


def has_bound(case: Case) -> bool:
    """Whether a time is promised: where keys and look-ups are, and clocks are as they should be."""
    services = [case.service, *([case.replaced_by] if case.replaced_by else [])]
    return (
        all(service.can_always_be_settled for service in services)
        and not case.is_upgrade
        and _skew_ms(case) <= _NO_CLOCK_IS_WRONG_BY_MS
    )


def _pays_by(case: Case, *kinds: str) -> bool:
    methods = [each for purchase in case.purchases for each in purchase.payment_methods]
    return any(method.startswith(kinds) for method in methods)


def _outlasts_retention(case: Case) -> bool:
    """Whether an outage, or what an operator does, comes when a payment key may be forgotten."""
    outage_ms = 0 if case.outage is None else case.outage.until_ms
    by_hand = max((0, *case.operator.releases_at_ms, *case.operator.redrives_at_ms))
    return max(outage_ms, by_hand) + _skew_ms(case) > DAY - 4 * HOUR


def _skew_ms(case: Case) -> int:
    return max(map(abs, case.skews_ms))
