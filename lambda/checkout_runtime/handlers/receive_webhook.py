"""``POST /payment-events``: the payment service says that something happened.

A 2xx says that nothing is left to do about it. A 400 says that it is not the payment service's, and
a 5xx that it has to be sent again.
"""

from __future__ import annotations

import base64
import binascii
import logging
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from checkout_runtime.adapters.webhook_signatures import WebhookRefusedError
from checkout_runtime.application.follow_hint import Followed, FollowHint
from checkout_runtime.domain.hint import Dispute, Hint, Named, RefundHint
from checkout_runtime.handlers.dependencies import (
    make_at_start,
    orders,
    system_clock,
    webhook_secrets,
)
from checkout_runtime.handlers.payment_dependencies import payment_calls, settle_attempt
from checkout_runtime.handlers.settings import Settings

if TYPE_CHECKING:
    from checkout_runtime.application.follow_refund_hint import FollowRefundHint

__all__ = ["handler"]

MAX_BODY_BYTES = 256 * 1024
"""Far above an event of Stripe's, of which each is one object. A list is out of time before."""

_log = logging.getLogger(__name__)
_DONE, _REFUSED, _AGAIN = 200, 400, 503


class Webhooks(Protocol):
    """Reads the webhooks of one kind of payment service."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Named]:
        """Return what each event names, or raise ``WebhookRefusedError``."""
        ...


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one webhook once everything that it leads to is stored.

    What it cannot do for a fault of ours or of AWS is raised: API Gateway answers 500, the payment
    service sends it again, and the function's errors alarm.
    """
    try:
        return _answer(_status(event, context))
    except WebhookRefusedError as refusal:
        extra = {"event": "webhook_refused", "reason": str(refusal)}
        _log.warning("webhook_refused", extra=extra)
        return _answer(_REFUSED)
    finally:
        payment_calls().wait_for_all()


def _status(event: Mapping[str, Any], context: Any) -> int:
    """Follow each hint, whatever becomes of the others; return the status of the answer."""
    named = _webhooks().read(_headers(event), _body(event))
    follow = _follow_hint()
    deadline = follow.clock.now() + context.get_remaining_time_in_millis()
    run_id = secrets.token_hex(8)
    status, problem = _DONE, None
    for each in named:
        try:
            followed = _followed(each, follow, run_id, deadline)
        except Exception as failed:  # noqa: BLE001 - one event's trouble must not stop the others
            problem = failed
            continue
        _tell_followed(each, followed)
        if followed is Followed.UNANSWERED:
            status = _AGAIN
    if problem is not None:
        raise problem
    return status


def _followed(named: Named, follow: FollowHint, run_id: str, deadline: int) -> Followed:
    match named:
        case None:
            return Followed.NOT_OURS
        case Dispute():
            return _disputed(named, follow)
        case RefundHint():
            return _follow_refund_hint()(named, run_id, deadline)
    return follow(named, run_id, deadline)


def _tell_followed(named: Named, followed: Followed) -> None:
    extra: dict[str, object] = {"event": "webhook_followed", "followed": followed.value}
    # An id that is not ours may be anybody's text.
    if isinstance(named, RefundHint) and followed is not Followed.NOT_OURS:
        extra["refund_id"] = named.refund_id
    elif isinstance(named, (Hint, Dispute)) and followed is not Followed.NOT_OURS:
        extra["order_id"] = named.order_id
    _log.info("webhook_followed", extra=extra)


def _disputed(dispute: Dispute, follow: FollowHint) -> Followed:
    """Tell an operator: the bank takes the money back, and a paid order stays paid here.

    One whose order nobody knows is told as well; other shops may use the same account. So is one
    that has to come again, as nobody knows when it does.
    """
    followed = follow.dispute(dispute)
    if followed is Followed.NOT_OURS:
        return followed
    extra = {
        "event": "payment_disputed",
        "order_id": dispute.order_id,
        "charge_id": dispute.charge_id,
        "payment_reference": dispute.reference,
        "reason": dispute.reason,
    }
    _log.error("payment_disputed", extra=extra)
    return followed


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in (event.get("headers") or {}).items()}


def _body(event: Mapping[str, Any]) -> bytes:
    """Return the body as it was sent: API Gateway passes some media types on as base64."""
    text = str(event.get("body") or "")
    try:
        body = (
            base64.b64decode(text, validate=True)
            if event.get("isBase64Encoded")
            else text.encode("utf-8", "surrogatepass")
        )
    except (binascii.Error, ValueError):
        raise WebhookRefusedError("unreadable") from None
    if len(body) > MAX_BODY_BYTES:
        raise WebhookRefusedError("too_large")
    return body


def _answer(status: int) -> dict[str, Any]:
    headers = {"Cache-Control": "no-store", **({"Retry-After": "5"} if status == _AGAIN else {})}
    return {"statusCode": status, "headers": headers, "body": ""}


@cache
def _follow_hint() -> FollowHint:
    return FollowHint(orders(), settle_attempt(), system_clock())


@cache
def _follow_refund_hint() -> FollowRefundHint:
    # Imported where the first refund is named: most webhooks are about payments.
    from checkout_runtime.handlers.refund_dependencies import follow_refund_hint

    return follow_refund_hint(settle_attempt())


@cache
def _webhooks() -> Webhooks:
    """Return what reads the webhooks of the payment service that the construct was given."""
    settings = Settings()
    payment_service: Any = _follow_hint().settle.payment_service
    if settings.module_verifies_webhooks:
        from checkout_runtime.adapters.webhook_events import ModuleWebhooks

        return ModuleWebhooks(payment_service.verify_webhook)
    signed_by = webhook_secrets(settings.webhook_secret_arn)
    if settings.payment_service_kind == "stripe":
        from checkout_runtime.adapters.stripe_webhooks import StripeWebhooks

        return StripeWebhooks(signed_by, system_clock(), payment_service.order_of)
    from checkout_runtime.adapters.webhook_events import StandardWebhooks

    return StandardWebhooks(signed_by, system_clock())


make_at_start(_follow_hint)
