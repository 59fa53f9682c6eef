"""What a webhook is answered where an operator is told before everything could be done."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from checkout_runtime.application.follow_hint import Followed
from checkout_runtime.domain.hint import Dispute, RefundHint
from checkout_runtime.handlers import receive_webhook
from tests.checkout_runtime.state_events import SetClock


@pytest.mark.parametrize(
    ("followed", "status", "is_told"),
    [
        (Followed.NOTHING_NEW, 200, True),
        (Followed.UNANSWERED, 503, True),
        (Followed.NOT_OURS, 200, False),
    ],
)
def test_a_dispute_is_told_at_once_also_where_it_has_to_come_again(
    followed: Followed,
    status: int,
    is_told: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    dispute = Dispute("ch_1", "fraudulent", reference="pi_1", has_to_come_again=True)
    webhooks = SimpleNamespace(read=lambda _headers, _body: [dispute])
    follow = SimpleNamespace(clock=SetClock(), dispute=lambda _: followed)
    monkeypatch.setattr(receive_webhook, "_webhooks", lambda: webhooks)
    monkeypatch.setattr(receive_webhook, "_follow_hint", lambda: follow)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 29_000)
    assert receive_webhook.handler({}, context)["statusCode"] == status
    told = [vars(each)["event"] for each in caplog.records if each.levelname == "ERROR"]
    assert told == ["payment_disputed"] * is_told


@pytest.mark.parametrize(
    ("followed", "status", "is_named"),
    [
        (Followed.STORED, 200, True),
        (Followed.UNANSWERED, 503, True),
        (Followed.NOT_OURS, 200, False),
    ],
)
def test_a_hint_about_a_refund_is_followed_and_named_where_it_is_ours(
    followed: Followed,
    status: int,
    is_named: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    asked: list[RefundHint] = []

    def follow(hint: RefundHint, _run_id: str, _deadline: int) -> Followed:
        asked.append(hint)
        return followed

    webhooks = SimpleNamespace(read=lambda _headers, _body: [RefundHint("op_a")])
    monkeypatch.setattr(receive_webhook, "_webhooks", lambda: webhooks)
    monkeypatch.setattr(receive_webhook, "_follow_hint", lambda: SimpleNamespace(clock=SetClock()))
    monkeypatch.setattr(receive_webhook, "_follow_refund_hint", lambda: follow)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 29_000)
    assert receive_webhook.handler({}, context)["statusCode"] == status
    assert asked == [RefundHint("op_a")]
    [told] = [vars(each) for each in caplog.records if each.levelname == "INFO"]
    assert (told["event"], told["followed"]) == ("webhook_followed", followed.value)
    assert told.get("refund_id") == ("op_a" if is_named else None)
