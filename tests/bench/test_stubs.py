"""The stubs answer as AWS does where a program relies on it, and count every call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.stubs.aws import IDEMPOTENCY_TABLE, SECRET, AwsStub
from bench.stubs.payments import PaymentStub
from bench.stubs.server import Stubs
from bench.stubs.write_units import write_units
from simulator.deployment import ORDER_TABLE

NEW = {"pk": {"S": "o"}, "unsettled_shard": {"S": "open#0"}, "unsettled_since": {"N": "1"}}
INDEX = {"unsettled": ("unsettled_shard", "unsettled_since")}
NOT_THERE = {
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


def _call(stub: AwsStub, operation: str, **asked: Any) -> tuple[int, dict[str, Any]]:
    return stub.answer(f"DynamoDB_20120810.{operation}", json.dumps(asked).encode())


def test_every_call_is_counted_once_and_by_its_operation() -> None:
    stub = AwsStub()
    _call(stub, "PutItem", TableName=ORDER_TABLE, Item=NEW)
    _call(stub, "GetItem", TableName=ORDER_TABLE, Key={"pk": {"S": "o"}})
    stub.answer("AmazonSQS.SendMessage", json.dumps({"MessageBody": "b"}).encode())
    assert stub.counts == {
        "calls": 3,
        "dynamodb.PutItem": 1,
        "dynamodb.GetItem": 1,
        "AmazonSQS.SendMessage": 1,
        "write_units": 2,
    }


def test_a_condition_that_fails_is_answered_with_the_item_and_costs_a_unit() -> None:
    stub = AwsStub()
    _call(stub, "PutItem", TableName=ORDER_TABLE, Item=NEW, **NOT_THERE)
    status, answer = _call(stub, "PutItem", TableName=ORDER_TABLE, Item=NEW, **NOT_THERE)
    assert (status, answer["Item"]) == (400, NEW)
    assert answer["__type"].endswith("#ConditionalCheckFailedException")
    assert stub.counts["write_units"] == 2 + 1


def test_tables_of_one_stub_do_not_share_items() -> None:
    stub = AwsStub()
    _call(stub, "PutItem", TableName=IDEMPOTENCY_TABLE, Item={"id": {"S": "o"}})
    assert _call(stub, "GetItem", TableName=ORDER_TABLE, Key={"pk": {"S": "o"}}) == (200, {})


def test_an_operation_that_no_program_needs_is_refused() -> None:
    with pytest.raises(ValueError, match="DescribeTable"):
        _call(AwsStub(), "DescribeTable", TableName=ORDER_TABLE)


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, {"pk": {"S": "o"}}, 1),
        (None, NEW, 2),
        (NEW, {**NEW, "status": {"S": "CHARGING"}}, 1),
        (NEW, {**NEW, "unsettled_shard": {"S": "review#0"}}, 3),
        (NEW, {"pk": {"S": "o"}}, 2),
        (NEW, NEW, 1),
        (None, {"pk": {"S": "o" * 1022}}, 1),
        (None, {"pk": {"S": "o" * 1023}}, 2),
    ],
    ids=[
        "no entry in the index",
        "an entry more",
        "the entry stays",
        "the entry moves",
        "the entry goes",
        "a condition failed",
        "one KB",
        "over one KB",
    ],
)
def test_a_write_costs_what_dynamodb_charges(old: Any, new: Any, units: int) -> None:
    assert write_units(old, new, INDEX) == units


def _charge(stubs: Stubs, key: str, token: str = SECRET) -> tuple[int, dict[str, Any], float]:
    headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
    return stubs.answer("/payments", headers, b'{"amount": 5, "currency": "EUR"}')


def test_a_charge_under_a_known_key_is_the_first_one() -> None:
    stubs = Stubs()
    first, again, other = (_charge(stubs, key)[1] for key in ("a", "a", "b"))
    assert first == again != other
    assert stubs.payments.charged == 2


def test_a_charge_without_the_secret_is_refused() -> None:
    stubs = Stubs()
    assert _charge(stubs, "a", token="wrong")[0] == 401
    assert stubs.payments.charged == 0


def test_a_charge_without_a_key_is_refused_in_words() -> None:
    stubs = Stubs()
    status, said, _ = _charge(stubs, "")
    assert (status, said["status"]) == (400, "not_charged")
    assert stubs.payments.charged == 0


def test_payments_are_answered_as_late_as_asked_and_aws_is_not() -> None:
    stubs = Stubs(payments=PaymentStub())
    stubs.answer("/bench/delays", {}, b'{"payment_ms": 50}')
    assert _charge(stubs, "a")[2] == 0.05
    sent = {"x-amz-target": "AmazonSQS.SendMessage"}
    assert stubs.answer("/", sent, b'{"MessageBody": "b"}')[2] == 0


def test_asking_for_the_counts_is_not_counted() -> None:
    stubs = Stubs()
    _charge(stubs, "a")
    stubs.answer("/bench/counts", {}, b"")
    assert stubs.answer("/bench/counts", {}, b"")[1] == {"payments": 1, "charged": 1}
