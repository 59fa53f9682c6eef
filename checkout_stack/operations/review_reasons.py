"""Why an order is in review, and what an operator does about it: no state is without an exit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReviewReason:
    """What a ``review_reason`` of the table means."""

    meaning: str
    what_to_do: str
    """``{id}`` is the order's id, ``CHARGE`` the payment service's id of a charge."""

    def step(self, order_id: str) -> str:
        """What to do about one order."""
        return f"{self.meaning}: {self.what_to_do.format(id=order_id)}"


_SETTLE = (
    "see at the payment service whether it was captured, then `checkout orders settle {id} "
    "--paid CHARGE --why …` or `--declined --why …`"
)
_RELEASE = "`checkout orders release {id}`, and it is looked up again"
_ASK_AGAIN = f"{_RELEASE}; where a look-up says nothing, {_SETTLE}"
_OTHER_SERVICE = ReviewReason(
    "this attempt was claimed for another payment service, which may have charged it",
    "see there whether it was captured, then `checkout orders settle {id} --paid CHARGE --why …` "
    "or `--declined --why …`",
)

REASONS = {
    "capture_mismatch": ReviewReason(
        "another amount or currency was captured than was ordered; the charge is kept as a stray",
        "`checkout orders refund {id} --charge CHARGE`, or refund it at the payment service, then "
        "`checkout orders settle {id} --refunded-elsewhere "
        "CHARGE --why …`, then `--declined --why …`",
    ),
    "hold_mismatch": ReviewReason(
        "another amount or currency is held than was ordered; nothing is captured",
        "cancel the hold at the payment service, then `checkout orders settle {id} --declined "
        "--why …`",
    ),
    "hold_unclear": ReviewReason(
        "for a day after its end nothing could be learned of money that was held; or for a day "
        "the payment service has known of no hold whose money, or end, was asked for",
        "see there what became of the hold; `checkout orders release {id}` asks again, or "
        "`checkout orders settle {id} --paid CHARGE --why …` or `--declined --why …`",
    ),
    "stray_charge": ReviewReason(
        "there is a charge that the order did not ask for",
        "`checkout orders refund {id} --charge CHARGE`, or refund it at the payment service, then "
        "`checkout orders settle {id} --refunded-elsewhere "
        "CHARGE --why …`; or accept it as the order's payment by `--paid CHARGE --why …`",
    ),
    "stray_refunded": ReviewReason(
        "its stray charges are refunded, and the order itself has no answer", _ASK_AGAIN
    ),
    "other_service": _OTHER_SERVICE,
    "opened_at_another_service": _OTHER_SERVICE,
    "restored_from_backup": ReviewReason(
        "the table was restored from a backup, and the order may have been charged since",
        "see at the payment service whether it was, at Stripe by the order's id in the metadata: "
        "if so, `checkout orders settle {id} --paid CHARGE --why …`; if not, `checkout orders "
        "release {id}`, and what a look-up does not find is charged, or cancelled where somebody "
        "asked",
    ),
    "key_retention_over": ReviewReason(
        "it was unclear for longer than the payment service remembers its key", _ASK_AGAIN
    ),
    "keys_not_honoured": ReviewReason(
        "it is unclear, and a repeated request could charge again", _ASK_AGAIN
    ),
    "never_found": ReviewReason(
        "it may have been requested, and look-ups never found it", _ASK_AGAIN
    ),
    "refused_without_word": ReviewReason(
        "the payment service refuses it and does not say whether it charged",
        "mend the service or its address first (see `answer_without_word` in the log), then "
        f"{_ASK_AGAIN}",
    ),
    "action_not_taken": ReviewReason(
        "the buyer did not act in time, and the attempt could not be cancelled",
        "cancel it at the payment service, then `checkout orders settle {id} --declined --why …`; "
        "where it was captured, `--paid CHARGE --why …`",
    ),
    "processing_too_long": ReviewReason(
        "the payment service has been processing it for longer than any method takes",
        f"ask the payment service; {_ASK_AGAIN}",
    ),
    "earlier_attempt_open": ReviewReason(
        "an earlier attempt may still be captured, so the current one was not requested",
        "end the earlier attempt at the payment service, then `checkout orders release {id}`; "
        "where it was captured, `checkout orders settle {id} --paid CHARGE --why …`",
    ),
    "earlier_attempt_unclear": ReviewReason(
        "for a day, or for key_retention if that is longer, the payment service has not said "
        "clearly what became of an attempt before this one, so this one was not requested",
        _ASK_AGAIN,
    ),
    "not_cancelled": ReviewReason(
        "somebody asked to cancel it, and the payment service did not say that it is cancelled",
        _ASK_AGAIN,
    ),
    "never_tried": ReviewReason(
        "it was never requested at the payment service", "`checkout orders release {id}`"
    ),
    "resends_used_up": ReviewReason(
        "it was sent again as often as is allowed, and is not settled", _ASK_AGAIN
    ),
    "claimed_unopened": ReviewReason(
        "a worker claimed it, and the payment service's own id for it was not stored", _ASK_AGAIN
    ),
}


_DECLINED_BEFORE = ReviewReason(
    "its stray charges are refunded, and it had been declined or cancelled before them",
    "`checkout orders settle {id} --declined --why …` (it is not released)",
)


def review_step(reason: str | None, order_id: str, *, was_declined: bool = False) -> str:
    """What to do about an order that is in review for a reason.

    :param was_declined: Whether its current attempt had been declined before. Default: it was not.
    """
    if reason == "stray_refunded" and was_declined:
        return _DECLINED_BEFORE.step(order_id)
    if reason in REASONS:
        return REASONS[reason].step(order_id)
    return f"it is in review: {_ASK_AGAIN.format(id=order_id)}"
