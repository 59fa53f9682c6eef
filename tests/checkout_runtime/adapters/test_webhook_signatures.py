"""Webhooks are believed to be the payment service's by their signature alone: libraries judge."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from standardwebhooks import Webhook

from checkout_runtime.adapters.rotated_secrets import RotatedSecrets
from checkout_runtime.adapters.secret import SecretMisconfiguredError, SecretUnavailableError
from checkout_runtime.adapters.stripe_webhooks import StripeWebhooks
from checkout_runtime.adapters.webhook_events import ModuleWebhooks, StandardWebhooks
from checkout_runtime.adapters.webhook_signatures import TOLERANCE_SECONDS, WebhookRefusedError
from checkout_runtime.domain.hint import Dispute, Hint, RefundHint
from checkout_runtime.domain.identity import operation_id_for, order_id_for
from checkout_runtime.domain.outcomes import Unknown
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.state_events import SetClock

ORDER = order_id_for("tests", "ada", "k1")
OLD, NEW = ("whsec_" + base64.b64encode(bytes([n]) * 24).decode() for n in (1, 2))
EVENT = {"type": "payment.updated", "data": {"key": f"{ORDER}:1"}}
HINT = Hint(ORDER, 1)
REFUND = operation_id_for(ORDER, "refund", "rma-1")


def body_of(event: Any) -> bytes:
    return json.dumps(event).encode()


class Endpoint:
    """What reads webhooks, with its secret at Secrets Manager and a clock that stands."""

    def __init__(self, value: str = NEW, previous: str | None = OLD) -> None:
        self.clock = SetClock()
        self.client = StubSecrets(value, previous)
        self.secrets = RotatedSecrets(self.client, "arn", self.clock)
        self.standard = StandardWebhooks(self.secrets, self.clock)
        of_intents: dict[str, str | Unknown] = {
            "pi_1": ORDER,
            "pi_down": Unknown("http_500", unavailable=True),
        }
        self.stripe = StripeWebhooks(self.secrets, self.clock, of_intents.get)

    @property
    def seconds(self) -> int:
        return self.clock.now() // 1000

    def sign(self, body: bytes, secret: str = NEW, age: int = 0) -> dict[str, str]:
        """Sign by the library of Standard Webhooks."""
        sent_at = self.seconds - age
        when = datetime.fromtimestamp(sent_at, UTC)
        signature = Webhook(secret).sign("msg_1", when, body.decode())
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(sent_at),
            "webhook-signature": signature,
        }

    def sign_for_stripe(self, body: bytes, secret: str = NEW, age: int = 0) -> dict[str, str]:
        """Sign by Stripe's library."""
        header = stripe.WebhookSignature.generate_signature_header(
            body.decode(), secret, timestamp=self.seconds - age
        )
        return {"stripe-signature": header}


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


WAYS = ["standard", "stripe"]


def signed(endpoint: Endpoint, way: str, body: bytes, **how: Any) -> dict[str, str]:
    sign = endpoint.sign if way == "standard" else endpoint.sign_for_stripe
    return sign(body, **how)


def intent(**changes: Any) -> dict[str, Any]:
    """An event of Stripe's about an intent that a checkout opened."""
    about = {
        "object": "payment_intent",
        "id": "pi_1",
        "latest_charge": "ch_1",
        "metadata": {"order_id": ORDER, "attempt": "2"},
        **changes,
    }
    return {"object": "event", "type": "payment_intent.succeeded", "data": {"object": about}}


BODIES = {"standard": body_of(EVENT), "stripe": body_of(intent())}
NAMED = {"standard": HINT, "stripe": Hint(ORDER, 2, "pi_1", "ch_1")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", [OLD, NEW], ids=["the one before", "the current one"])
@pytest.mark.parametrize("age", [0, TOLERANCE_SECONDS, -TOLERANCE_SECONDS])
def test_what_the_library_signs_is_read(
    way: str, secret: str, age: int, endpoint: Endpoint
) -> None:
    headers = signed(endpoint, way, BODIES[way], secret=secret, age=age)
    assert list(getattr(endpoint, way).read(headers, BODIES[way])) == [NAMED[way]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("age", [TOLERANCE_SECONDS + 1, -TOLERANCE_SECONDS - 1, 7 * 24 * 3600])
def test_what_was_recorded_and_is_sent_again_later_is_refused(
    way: str, age: int, endpoint: Endpoint
) -> None:
    headers = signed(endpoint, way, BODIES[way], age=age)
    with pytest.raises(WebhookRefusedError, match="wrong_time"):
        getattr(endpoint, way).read(headers, BODIES[way])


@pytest.mark.parametrize("way", WAYS)
def test_a_body_with_one_other_byte_is_refused(way: str, endpoint: Endpoint) -> None:
    body = BODIES[way]
    headers = signed(endpoint, way, body)
    for other in (body.replace(b"k", b"K", 1), body + b" ", b"\xff" + body, b""):
        with pytest.raises(WebhookRefusedError, match="wrong_signature"):
            getattr(endpoint, way).read(headers, other)


@pytest.mark.parametrize("way", WAYS)
def test_a_stranger_who_knows_another_secret_is_refused(way: str, endpoint: Endpoint) -> None:
    theirs = "whsec_" + base64.b64encode(b"3" * 24).decode()
    headers = signed(endpoint, way, BODIES[way], secret=theirs)
    with pytest.raises(WebhookRefusedError, match="wrong_signature"):
        getattr(endpoint, way).read(headers, BODIES[way])


def _standard_headers(endpoint: Endpoint) -> Iterator[dict[str, str]]:
    good = endpoint.sign(BODIES["standard"])
    for name in good:
        yield {each: value for each, value in good.items() if each != name}
    yield {**good, "webhook-signature": "v1"}
    yield {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}
    yield {**good, "webhook-signature": "v1,\ud800"}
    yield {**good, "webhook-timestamp": good["webhook-timestamp"] + " "}
    yield {**good, "webhook-timestamp": "9" * 400}
    yield {**good, "webhook-id": "msg_2"}


def test_headers_that_lack_something_or_hold_nonsense_are_refused(endpoint: Endpoint) -> None:
    for headers in _standard_headers(endpoint):
        with pytest.raises(WebhookRefusedError):
            endpoint.standard.read(headers, BODIES["standard"])
    good = endpoint.sign_for_stripe(BODIES["stripe"])["stripe-signature"]
    sent_at = good.partition(",")[0]
    for header in ("", "t=1", "v1=abc", "t=,v1=", f"{sent_at},v0=abc", "nonsense", "t=\ud800,v1=a"):
        with pytest.raises(WebhookRefusedError):
            endpoint.stripe.read({"stripe-signature": header}, BODIES["stripe"])


def test_each_signature_of_a_header_is_tried(endpoint: Endpoint) -> None:
    """A sender that rotates its secret signs by both."""
    body = BODIES["standard"]
    headers = endpoint.sign(body)
    both = f"v1a,other v1,AAAA v1,{'B' * 43}= {headers['webhook-signature']}"
    assert list(endpoint.standard.read({**headers, "webhook-signature": both}, body)) == [HINT]
    body = BODIES["stripe"]
    header = endpoint.sign_for_stripe(body)["stripe-signature"]
    sent_at, _, signature = header.partition(",")
    both = f"{sent_at},v1={'0' * 64},{signature},v0=abc"
    assert list(endpoint.stripe.read({"stripe-signature": both}, body)) == [NAMED["stripe"]]


def test_a_secret_that_was_never_a_webhooks_is_an_operators_to_mend() -> None:
    endpoint = Endpoint("a bearer token, which is no base64 at all", None)
    with pytest.raises(SecretMisconfiguredError, match="whsec_"):
        endpoint.standard.read(endpoint.sign(BODIES["standard"]), BODIES["standard"])


def test_a_placeholder_before_the_first_secret_signs_nothing() -> None:
    endpoint = Endpoint(NEW, "!placeholder! that CDK made: 32 chars")
    headers = endpoint.sign(BODIES["standard"], secret=OLD)
    with pytest.raises(WebhookRefusedError, match="wrong_signature"):
        endpoint.standard.read(headers, BODIES["standard"])


def test_without_its_secret_nothing_is_refused(endpoint: Endpoint) -> None:
    endpoint.client.is_down = True
    headers = endpoint.sign(BODIES["standard"])
    with pytest.raises(SecretUnavailableError):
        endpoint.standard.read(headers, BODIES["standard"])


def test_a_list_of_events_is_read_one_by_one(endpoint: Endpoint) -> None:
    charge = "ch_4242424242424242"
    disputed = {"key": f"{ORDER}:2", "charge_id": charge, "reason": "fraudulent"}
    body = body_of(
        [
            EVENT,
            None,
            "text",
            {},
            {"data": {"key": "invoice-7"}},
            {"data": {"key": [f"{ORDER}:1"]}},
            {"data": {"key": f"{ORDER}:2", "charge_id": "ch_2"}},
            {"type": "payment.disputed", "data": disputed},
        ]
    )
    named = endpoint.standard.read(endpoint.sign(body), body)
    assert list(named) == [
        HINT,
        *[None] * 5,
        Hint(ORDER, 2, charge_id="ch_2"),
        Dispute(charge, "fraudulent", ORDER, attempt=2),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[]", b"[1]", b'"text"', b"null", b'{"a":1,"a":2}', b"[" * 9999]
)
def test_a_signed_body_without_any_event_is_refused(body: bytes, endpoint: Endpoint) -> None:
    with pytest.raises(WebhookRefusedError, match="unreadable"):
        endpoint.standard.read(endpoint.sign(body), body)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "payment_intent.succeeded"},
        {"type": "payment_intent.succeeded", "data": {"object": "pi_1"}},
        {**intent(), "type": "charge.succeeded"},
        {**intent(), "type": 7},
        intent(metadata={}),
        intent(metadata={"order_id": ORDER}),
        intent(metadata={"order_id": "somebody else's", "attempt": "1"}),
        intent(metadata=None),
        intent(id="ch_1"),
        intent(id=None),
    ],
)
def test_an_event_of_stripes_about_something_else_names_nothing(
    event: dict[str, Any], endpoint: Endpoint
) -> None:
    body = body_of(event)
    named = endpoint.stripe.read(endpoint.sign_for_stripe(body), body)
    assert [each for each in named if each is not None and _attempt(each)] == []


def _attempt(named: Hint | RefundHint | Dispute) -> int:
    """The number of the attempt; 0 is none that any order has."""
    return named.attempt if isinstance(named, Hint) else 1


@pytest.mark.parametrize(
    ("intent_id", "rest"),
    [
        ("pi_1", {"order_id": ORDER}),
        ("pi_of_another_shop", {}),
        ("pi_down", {"has_to_come_again": True}),
    ],
)
def test_a_dispute_at_stripe_is_told_by_its_charge(
    intent_id: str, rest: dict[str, Any], endpoint: Endpoint
) -> None:
    charge = "ch_4242424242424242"
    about = {"object": "dispute", "charge": charge, "reason": "general"}
    about["payment_intent"] = intent_id
    body = body_of({"type": "charge.dispute.created", "data": {"object": about}})
    named = endpoint.stripe.read(endpoint.sign_for_stripe(body), body)
    assert list(named) == [Dispute(charge, "general", reference=intent_id, **rest)]


def test_a_module_of_ones_own_says_what_a_webhook_names() -> None:
    given: list[tuple[Any, bytes]] = []

    def verify(headers: Any, body: bytes) -> list[str]:
        given.append((headers, body))
        return [f"{ORDER}:1", "nonsense"]

    assert ModuleWebhooks(verify).read({"x-signed": "yes"}, b"raw") == [HINT, None]
    assert given == [({"x-signed": "yes"}, b"raw")]
    with pytest.raises(WebhookRefusedError, match="refused_by_module"):
        ModuleWebhooks(lambda _headers, _body: None).read({}, b"")


@pytest.mark.parametrize("kind", ["refund.failed", "refund.updated", "charge.refund.updated"])
def test_stripes_events_about_a_refund_name_it_by_its_metadata(
    kind: str, endpoint: Endpoint
) -> None:
    named = {}
    for metadata in ({"refund_id": REFUND}, {"refund_id": "RMA 7"}, {}, None):
        about = {"object": "refund", "id": "re_1", "metadata": metadata}
        body = body_of({"object": "event", "type": kind, "data": {"object": about}})
        named[str(metadata)] = endpoint.stripe.read(endpoint.sign_for_stripe(body), body)
    assert list(named.values()) == [[RefundHint(REFUND)], [None], [None], [None]]


def test_a_refunds_key_names_the_refund(endpoint: Endpoint) -> None:
    keys = (f"{REFUND}:1", REFUND, f"{REFUND}:2")
    body = body_of([{"type": "payment.updated", "data": {"key": key}} for key in keys])
    expected = [RefundHint(REFUND), None, None]
    assert endpoint.standard.read(endpoint.sign(body), body) == expected
    module = ModuleWebhooks(lambda _headers, _body: keys)
    assert module.read({}, b"") == expected
