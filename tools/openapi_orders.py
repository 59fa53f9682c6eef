"""What becomes of the examples' order before a request about it comes: each is done to a table."""

from __future__ import annotations

from checkout_runtime.adapters.aws import AwsError
from checkout_runtime.adapters.dynamodb_refund_outcomes import DynamoDbRefundOutcomes
from checkout_runtime.adapters.dynamodb_refunds import DynamoDbRefunds
from checkout_runtime.application.order_records import HoldRecord
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured
from checkout_runtime.domain.refund import Refund
from checkout_runtime.domain.refund_outcomes import Refunded
from simulator.deployment import ORDER_TABLE
from simulator.http_api import NOW_MS, HttpApi
from tools import openapi_requests as requests
from tools.openapi_requests import HOUR_MS, order_id, send

ACTION_URL = "https://bank.example.com/confirm"


def placed(api: HttpApi) -> None:
    assert send(api, requests.place()).status == 202


def charging(api: HttpApi) -> None:
    api.claim(order_id())


def declined(api: HttpApi) -> None:
    api.outcomes.record_decline(api.claim(order_id()), "insufficient_funds", NOW_MS)


def paid(api: HttpApi) -> None:
    order = api.orders.get(order_id())
    assert order is not None
    if order.status is OrderStatus.PENDING:
        order = api.claim(order.order_id)
    api.outcomes.record_capture(order, Captured("ch_1", order.amount, order.currency), NOW_MS)


def action_required(api: HttpApi) -> None:
    order = api.claim(order_id())
    api.outcomes.record_action_required(order, ACTION_URL, NOW_MS + HOUR_MS, NOW_MS)


def unknown(api: HttpApi) -> None:
    api.outcomes.record_unknown(api.claim(order_id()), NOW_MS)


def processing(api: HttpApi) -> None:
    api.outcomes.record_processing(api.claim(order_id()), NOW_MS + HOUR_MS, NOW_MS)


def needs_review(api: HttpApi) -> None:
    api.outcomes.record_review(api.claim(order_id()), "never_found", NOW_MS)


def held(api: HttpApi) -> None:
    order, end = api.claim(order_id()), NOW_MS + 7 * 24 * HOUR_MS
    hold = Authorized("hold_1", order.amount, order.currency, end)
    stored = api.outcomes.holds.record_authorized(order, hold, end, NOW_MS)
    assert stored is HoldRecord.STORED


def asked_to_capture(api: HttpApi) -> None:
    assert send(api, requests.CAPTURE).status == 202


def captured(api: HttpApi) -> None:
    order = api.orders.get(order_id())
    assert order is not None
    api.outcomes.record_capture(order, Captured("ch_1", 3000, order.currency), NOW_MS)


def paid_again(api: HttpApi) -> None:
    assert send(api, requests.ATTEMPT).status == 202


def cancelled(api: HttpApi) -> None:
    assert send(api, requests.CANCEL).status == 200


def limited(api: HttpApi) -> None:
    api.variables["ATTEMPTS_PER_BUYER"] = "1"


def orders_limited(api: HttpApi) -> None:
    api.variables["ORDERS_PER_BUYER"] = "1"


def failing(error: AwsError, api: HttpApi) -> None:
    api.dynamodb.error = error


def refunded(api: HttpApi) -> None:
    asked = send(api, requests.REFUND)
    assert asked.status == 202
    refunds = DynamoDbRefunds(api.dynamodb, ORDER_TABLE, 1)
    claimed = refunds.claim(
        asked.json()["refund_id"], claim_id="c1", now=NOW_MS, lease_expires_at=NOW_MS + HOUR_MS
    )
    assert isinstance(claimed, Refund)
    refunded = Refunded("re_1", claimed.amount, claimed.currency)
    DynamoDbRefundOutcomes(api.dynamodb, ORDER_TABLE, 1).record_refunded(claimed, refunded, NOW_MS)


def asked_to_refund(api: HttpApi) -> None:
    assert send(api, requests.REFUND).status == 202


def cart_ordered(api: HttpApi) -> None:
    assert send(api, requests.place(requests.cart(), None)).status == 202
