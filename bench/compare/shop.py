"""What every compared workflow does alike: keep orders in DynamoDB, call the payment service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from bench.compare.stage import ORDERS, Stage
from checkout_runtime.adapters.http_exchange import NoAnswerError
from simulator.deployment import PAYMENT_TIMEOUT_MS

_CHARGES = "https://payments.example/charges"
_OUTCOMES = {"captured": "PAID", "declined": "DECLINED"}
"""By the word that the payment service answers (docs/guide/payment-http.md)."""
_NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Cart:
    """What is bought, and by which card."""

    amount: int
    currency: str
    payment_method: str

    def as_json(self, **more: str) -> str:
        """For a message: the cart, and what else the message says."""
        fields = {"amount": self.amount, "currency": self.currency}
        return json.dumps(fields | {"payment_method": self.payment_method} | more)


def cart_of(request: Mapping[str, Any]) -> Cart:
    """Read a cart from a request, or from a message that carries one."""
    body = json.loads(request["body"])
    return Cart(body["amount"], body["currency"], body["payment_method"])


def accepted(order_id: str) -> dict[str, Any]:
    """Tell the buyer that the order is placed."""
    return {"statusCode": 202, "body": json.dumps({"order_id": order_id})}


def try_again() -> dict[str, Any]:
    """Tell the buyer that it did not work; the client sends the same request again."""
    return {"statusCode": 503, "body": "{}"}


class Shop:
    """The order table and the payment service, with the care that each workflow is granted."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def store(self, order_id: str, cart: Cart) -> None:
        """Store an order as ``PENDING`` by a conditional put; one that is there already stays."""
        item = {
            "pk": {"S": order_id},
            "status": {"S": "PENDING"},
            "amount": {"N": str(cart.amount)},
            "currency": {"S": cart.currency},
            "payment_method": {"S": cart.payment_method},
        }
        with _kept_as_it_is():
            self._stage.aws_client("dynamodb").put_item(
                TableName=ORDERS, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )

    def unpaid(self, order_id: str) -> Cart | None:
        """Read an order consistently: its cart while it has no outcome, else None."""
        found = self._stage.aws_client("dynamodb").get_item(
            TableName=ORDERS, Key={"pk": {"S": order_id}}, ConsistentRead=True
        )
        order = found["Item"]
        if order["status"]["S"] in ("PAID", "DECLINED"):
            return None
        amount = int(order["amount"]["N"])
        return Cart(amount, order["currency"]["S"], order["payment_method"]["S"])

    def settle(self, order_id: str, status: str) -> None:
        """Store an outcome by a conditional update; an outcome that is there already stays."""
        with _kept_as_it_is():
            self._stage.aws_client("dynamodb").update_item(
                TableName=ORDERS,
                Key={"pk": {"S": order_id}},
                UpdateExpression="SET #status = :status",
                ConditionExpression="#status <> :paid AND #status <> :declined",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":status": {"S": status},
                    ":paid": {"S": "PAID"},
                    ":declined": {"S": "DECLINED"},
                },
            )

    def pay(self, order_id: str) -> None:
        """Charge an order that has no outcome, and store the outcome."""
        cart = self.unpaid(order_id)
        if cart is not None:
            self.settle(order_id, self.charge(order_id, cart))

    def charge(self, order_id: str, cart: Cart, key: str | None = None) -> str:
        """Charge under an idempotency key, by default the order's number.

        Where the payment service forgets keys, it is asked first what it did under this one.

        :returns: ``PAID`` or ``DECLINED``.
        :raises NoAnswerError: if the outcome is unknown: no answer, or none of these words.
        """
        key = key or order_id
        if not self._stage.case.service.honours_keys_for_ms:
            known = self._ask("GET", f"{_CHARGES}?key={key}", {}, None)
            if known != _NOT_FOUND:
                return _outcome(known)
        body = cart.as_json(order_id=order_id).encode()
        return _outcome(self._ask("POST", _CHARGES, {"Idempotency-Key": key}, body))

    def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> str:
        seconds = PAYMENT_TIMEOUT_MS / 1000
        answer = self._stage.exchange(method, url, headers, body, seconds)
        try:
            return str(json.loads(answer.body)["status"])
        except (ValueError, KeyError):
            raise NoAnswerError(f"HTTP {answer.status} without a word") from None


def _outcome(word: str) -> str:
    if word not in _OUTCOMES:
        raise NoAnswerError(f"the payment service answers {word}")
    return _OUTCOMES[word]


@contextmanager
def _kept_as_it_is() -> Iterator[None]:
    """Accept a failed condition: another invocation wrote before."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
