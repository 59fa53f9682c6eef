"""What one version wrote, the next one reads; and it names everything as the last one did.

A deployment goes on while messages of the last version are on the queue and its orders in the
table. Each literal here is written in a deployed table, a queue or a payment service's memory.
"""

from __future__ import annotations

from checkout_runtime import intake, payment_service
from checkout_runtime.adapters.order_item import order_from_item, order_to_item
from checkout_runtime.domain.identity import cart_name, payment_key, principal_of, unsettled_shard
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.submission import OrderSubmission, parse_submission
from tests.checkout_runtime.factories import new_order, submitted

ORDER_ID = "ord_2wtz4ivtyfavo4yc4yowgphi4hose5tdk5tzbewxcle3swgqkcra"
PRINCIPAL = "xg7dlnkgvwurj4twemxy4rktl46bhmjvqbs645q3vsgvorrcsbxa"
CART = "cart_dnc6stgzyx4csvc7uoodn4je3tl2wmsesoj6z4dpiogj42bzvxrq"
FINGERPRINT = "7082495d7dfe1497dd65d41ab1cfc5b22426cfb4969048a9c8ce8918fe993ea8"
SHARD = 5


def test_a_payment_key_never_changes_its_form() -> None:
    """Under another key, a charge that is under way would be made once more."""
    assert payment_key(ORDER_ID, 2) == f"{ORDER_ID}:2"


def test_a_message_of_the_first_version_is_read_and_written_the_same() -> None:
    body = f'{{"attempt":2,"order_id":"{ORDER_ID}","resend":3}}'
    assert PaymentMessage.from_body(body) == PaymentMessage(ORDER_ID, 2, 3)
    assert PaymentMessage(ORDER_ID, 2, 3).to_body() == body


def test_the_digests_that_the_table_holds_never_change() -> None:
    assert principal_of(["https://issuer", "ada"]) == PRINCIPAL
    assert cart_name("shop", "cart-1") == CART
    submission = parse_submission(submitted())
    assert isinstance(submission, OrderSubmission)
    assert submission.fingerprint == FINGERPRINT
    assert unsettled_shard(ORDER_ID, 16) == SHARD


def test_an_order_without_correlation_id_and_history_is_read() -> None:
    order = replace(new_order(), correlation_id=None)
    item = order_to_item(order, 1)
    assert set(item) == {
        *("pk", "scope", "fingerprint", "status", "attempt", "attempt_claims", "claim_epoch"),
        *("resend", "amount", "currency", "customer", "lines", "payment_method", "accepted_at"),
        *("unsettled_since", "unsettled_shard"),
    }
    assert order_from_item(item) == order


def test_an_attribute_of_a_later_version_is_no_hindrance() -> None:
    item = {**order_to_item(new_order(), 1), "loyalty_points": {"N": "7"}}
    assert order_from_item(item) == new_order()


def test_no_state_is_renamed() -> None:
    assert {status.value for status in OrderStatus} == {
        *("PENDING", "CHARGING", "UNKNOWN", "ACTION_REQUIRED", "PROCESSING", "DECLINED"),
        *("NEEDS_REVIEW", "AUTHORIZED", "PAID", "CANCELLED", "NEWER"),
    }


def test_what_is_raised_is_caught_by_its_earlier_name_too() -> None:
    assert payment_service.NoAnswer is payment_service.NoAnswerError
    assert intake.Misconfigured is intake.MisconfiguredError
