"""The stubs as a program meets them: over HTTP, through an AWS SDK."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import pytest

from bench.stubs.aws import SECRET
from bench.stubs.process import StubProcess, stub_process
from simulator.deployment import ORDER_TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def stubs() -> Iterator[StubProcess]:
    with stub_process() as running:
        yield running


@pytest.fixture
def dynamodb(stubs: StubProcess) -> DynamoDBClient:
    return boto3.client(
        "dynamodb",
        endpoint_url=stubs.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_an_sdk_gets_the_item_that_made_its_condition_fail(
    stubs: StubProcess, dynamodb: DynamoDBClient
) -> None:
    def put() -> None:
        dynamodb.put_item(
            TableName=ORDER_TABLE,
            Item={"pk": {"S": "over-http"}},
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    before = stubs.counts().get("dynamodb.PutItem", 0)
    put()
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as refused:
        put()
    assert dict(refused.value.response)["Item"] == {"pk": {"S": "over-http"}}
    assert stubs.counts()["dynamodb.PutItem"] - before == 2


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_a_request_in_pieces_is_answered_once_it_is_whole(
    stubs: StubProcess, connection: str
) -> None:
    address = urlsplit(stubs.url)
    client = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    body = b'{"amount": 5, "currency": "EUR"}'
    client.putrequest("POST", "/payments")
    for name, value in {
        "Authorization": f"Bearer {SECRET}",
        "Idempotency-Key": connection,
        "Content-Length": str(len(body)),
        "Connection": connection,
    }.items():
        client.putheader(name, value)
    client.endheaders()
    client.send(body[:10])
    client.send(body[10:])
    answer = client.getresponse()
    assert (answer.status, b'"captured"' in answer.read()) == (200, True)
    assert answer.headers["Connection"] == connection
    client.close()
