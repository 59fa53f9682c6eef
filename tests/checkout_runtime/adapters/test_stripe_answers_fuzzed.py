"""Whatever arrives instead of Stripe's answer: no method raises, and no outcome is made up.

The oracle reads the last answer by itself, and knows only the shapes that Stripe documents.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Opened,
    Processing,
    Unknown,
)
from tests.checkout_runtime.adapters.scripted_stripe import INTENT, ORDER, ScriptedStripe
from tests.checkout_runtime.factories import new_order
from tests.hypothesis_profiles import examples

STATUSES = (
    *("succeeded", "processing", "canceled", "requires_action", "requires_capture"),
    *("requires_confirmation", "requires_payment_method", "something_new"),
)
STATUS_OF: dict[type, str] = {
    Authorized: "requires_capture",
    Captured: "succeeded",
    Processing: "processing",
    Declined: "canceled",
    Cancelled: "canceled",
    ActionRequired: "requires_action",
    NotFound: "requires_confirmation",
    Opened: "requires_confirmation",
}
SAID = {
    "open": (Opened, NotCharged),
    "charge": (Captured, Authorized, Processing, Declined, ActionRequired),
    "look_up": (Captured, Authorized, Processing, Declined, ActionRequired, NotFound),
    "cancel": (Captured, Authorized, Processing, Cancelled),
    "capture": (Captured, Declined, NotCharged),
}
HOLDS: dict[str, Any] = {
    "capture_method": "manual",
    "amount_capturable": 4200,
    "latest_charge": {"id": "ch_1", "created": 1_800_000_000},
}
TYPES = ("card_error", "invalid_request_error", "api_error", "idempotency_error", "other")

http_statuses = st.one_of(
    st.sampled_from([200, 200, 200, 400, 402, 404]), st.integers(min_value=100, max_value=599)
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
intents = st.builds(
    lambda status, changes: {**INTENT, "status": status, **changes},
    st.sampled_from(STATUSES),
    st.one_of(
        st.just({}),
        st.just(HOLDS),
        st.dictionaries(st.sampled_from(sorted(HOLDS)), any_json).map(
            lambda changes: {**HOLDS, **changes}
        ),
        st.dictionaries(st.sampled_from([*INTENT, "next_action"]), any_json, max_size=2),
        st.just({"id": "pi_2"}),
        st.just({"metadata": {"order_id": "ord_another", "attempt": "1"}}),
    ),
)
errors = st.builds(
    lambda kind, fields: {"error": {"type": kind, **fields}},
    st.sampled_from(TYPES),
    st.fixed_dictionaries(
        {},
        optional={
            "code": st.sampled_from(["card_declined", "lock_timeout", "rate_limit"]) | any_json,
            "param": st.sampled_from(["payment_method", "return_url", "amount"]) | any_json,
            "decline_code": any_json,
            "message": any_json,
            "payment_intent": any_json,
            "type": any_json,
        },
    ),
)
bodies = st.one_of(
    st.binary(max_size=40),
    st.one_of(any_json, intents, errors).map(lambda fields: json.dumps(fields).encode()),
    # The same member twice: the last is not the truer one.
    intents.map(lambda fields: b'{"status": "canceled", ' + json.dumps(fields).encode()[1:]),
)
answers = st.one_of(
    st.builds(HttpAnswer, http_statuses, bodies),
    st.builds(lambda fields: HttpAnswer(200, json.dumps(fields).encode()), intents),
    st.builds(
        lambda status, fields: HttpAnswer(status, json.dumps(fields).encode()),
        st.sampled_from([400, 402, 404, 429]),
        errors,
    ),
    st.just(NoAnswerError("cut off")),
)
HELD = {**INTENT, **HOLDS, "status": "requires_capture"}
REFUSAL = b'{"error": {"type": "invalid_request_error", "param": "amount_to_capture"}}'
DEEP = b'{"object": "payment_intent", "id": "pi_1", "x": ' + b'{"a": ' * 900 + b"1" + b"}" * 901


def documented(answer: HttpAnswer | NoAnswerError) -> dict[str, Any]:
    """What an answer says that is written once, as an object; nothing where it is not."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    if isinstance(answer, NoAnswerError):
        return {}
    try:
        fields = json.loads(answer.body, object_pairs_hook=once)
    except (ValueError, AssertionError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def is_proved(step: str, outcome: Any, last: HttpAnswer | NoAnswerError) -> bool:
    """Whether the last answer says what an outcome claims."""
    fields = documented(last)
    if isinstance(last, NoAnswerError):
        return False
    if isinstance(outcome, NotCharged) and step == "capture":
        # The intent says so, once a refusal was followed by a look at it.
        is_ours = (last.status, fields["object"], fields["id"]) == (200, "payment_intent", "pi_1")
        return is_ours and fields["status"] == "requires_capture"
    if isinstance(outcome, NotCharged):
        error = fields["error"]
        is_final = error["type"] in ("card_error", "invalid_request_error")
        statuses = (400, 402, 404) if error.get("param") == "payment_method" else (400, 402)
        is_ours_to_mend = error.get("param") in ("return_url", "metadata")
        is_later = error.get("code") in ("lock_timeout", "rate_limit")
        return is_final and last.status in statuses and not is_ours_to_mend and not is_later
    name = outcome.reference if isinstance(outcome, Opened) else "pi_1"
    is_ours = last.status == 200 and (fields["object"], fields["id"]) == ("payment_intent", name)
    if not is_ours or fields["status"] != STATUS_OF[type(outcome)]:
        return False
    if isinstance(outcome, Authorized):
        held = (fields["amount_capturable"], fields["currency"].upper())
        assert fields["capture_method"] == "manual"
        assert fields["latest_charge"]["id"] == outcome.charge_id
        return held == (outcome.amount, outcome.currency)
    if isinstance(outcome, Captured):
        charge = fields["latest_charge"]
        charge_id = charge["id"] if isinstance(charge, dict) else charge
        received = (fields["amount_received"], fields["currency"].upper())
        return charge_id == outcome.charge_id and received == (outcome.amount, outcome.currency)
    if isinstance(outcome, Opened):
        asked = (4200, "eur", {"order_id": ORDER.order_id, "attempt": "1"})
        return (fields["amount"], fields["currency"], fields["metadata"]) == asked
    return True


@settings(max_examples=examples(300))
@given(st.sampled_from(sorted(SAID)), st.lists(answers, min_size=4, max_size=4))
@example("charge", [HttpAnswer(200, DEEP)] * 4)
@example("look_up", [HttpAnswer(200, json.dumps({**HELD, "latest_charge": "ch_1"}).encode())] * 4)
@example("capture", [HttpAnswer(400, REFUSAL), HttpAnswer(200, json.dumps(HELD).encode())] * 2)
@example("open", [HttpAnswer(400, b'{"error": {"type": "card_error", "x": ' + DEEP + b"}}")] * 4)
def test_no_answer_makes_a_method_raise_or_an_outcome_that_stripe_did_not_state(
    step: str, script: list[HttpAnswer | NoAnswerError]
) -> None:
    stripe = ScriptedStripe()
    service = StripePaymentService(
        secret=CachedSecret(stripe.secrets, "arn", stripe.clock),
        api_url="https://api.stripe.com",
        return_url=None,
        timeout_seconds=10,
        send=stripe.send,
    )
    stripe.answers = list(script)
    asked: Any = getattr(service, step)
    given: dict[str, tuple[Any, ...]] = {
        "open": (new_order(),),
        "charge": (ORDER,),
        "capture": (ORDER, 4200),
    }
    outcome = asked(*given.get(step, ("pi_1",)))
    if isinstance(outcome, Unknown):
        assert outcome.reason
        assert outcome.reason.isprintable()
        return
    assert type(outcome) in SAID[step]
    assert is_proved(step, outcome, script[len(stripe.asked) - 1])
