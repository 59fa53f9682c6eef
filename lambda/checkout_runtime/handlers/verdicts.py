"""An operator's verdict as an event of the reconciler: ``{"settle": {...}}``."""

from typing import Any

from checkout_runtime.application.order_records import Verdict, VerdictKind
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.application.settle_by_verdict import Seen, SettleByVerdict, Settled
from checkout_runtime.domain.card_numbers import contains_card_number, storable_charge_id
from checkout_runtime.domain.record import as_dict
from checkout_runtime.handlers.operator_events import MAX_TEXT, given_order_id, is_dry_run

__all__ = ["settled_by_verdict"]


def settled_by_verdict(reconcile_orders: ReconcileOrders, asked_for: Any) -> dict[str, Any]:
    """Carry out ``{"order_id", "verdict", "charge_id", "why", "by", "dry_run", "seen"}``.

    Refused where ``why`` or ``by`` holds a card number.

    Raises:
        ValueError: a field is missing, or its value is not allowed.
    """
    if not isinstance(asked_for, dict):
        raise ValueError("settle: give an object with order_id, verdict, why and by")
    order_id = given_order_id(asked_for)
    verdict = _verdict(asked_for)
    for name, text in (("why", verdict.why), ("by", verdict.by)):
        if contains_card_number(text):
            detail = f"{name} holds a card number, and would be stored; name the charge instead"
            return as_dict(Settled(order_id, "refused", None, detail))
    settle = reconcile_orders.settle
    settle_by_verdict = SettleByVerdict(
        reconcile_orders.orders,
        settle.payment_service,
        settle.clock,
        settle.policy,
        opens_attempts=settle.intents is not None,
    )
    settled = settle_by_verdict(
        order_id,
        verdict,
        seen=_seen(asked_for.get("seen")),
        dry_run=is_dry_run(asked_for),
    )
    return as_dict(settled)


def _verdict(asked_for: dict[str, Any]) -> Verdict:
    kinds = [kind.value for kind in VerdictKind]
    if asked_for.get("verdict") not in kinds:
        raise ValueError(f"verdict {asked_for.get('verdict')!r}: one of {', '.join(kinds)}")
    kind = VerdictKind(asked_for["verdict"])
    charge_id = asked_for.get("charge_id")
    if (kind is VerdictKind.DECLINED) != (charge_id is None):
        raise ValueError("charge_id goes with paid and refunded_elsewhere, and with them alone")
    for name in ("by", "why", *(["charge_id"] if charge_id is not None else [])):
        value = asked_for.get(name)
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= MAX_TEXT:
            raise ValueError(f"{name}: give 1 to {MAX_TEXT} characters")
    charge_id = None if charge_id is None else storable_charge_id(charge_id)
    return Verdict(asked_for["by"].strip(), asked_for["why"].strip(), kind, charge_id)


def _seen(given: Any) -> Seen | None:
    match given:
        case None:
            return None
        case {
            "status": str(status),
            "attempt": int(attempt),
            "claim_epoch": int(epoch),
            "strays": list(strays),
        }:
            return Seen(status, attempt, epoch, tuple(sorted(map(str, strays))))
    raise ValueError("seen: give back what the dry run answered as seen")
