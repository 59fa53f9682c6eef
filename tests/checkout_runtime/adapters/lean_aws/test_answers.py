"""botocore's parser is the judge of ours, and no bytes are a surprise."""

from __future__ import annotations

import json
from email.message import Message
from http.client import HTTPMessage
from typing import Any

import botocore.parsers
import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout_runtime.adapters.aws import AwsError, AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.lean_aws.answers import REQUEST_TIMEOUT, result_of
from checkout_runtime.adapters.lean_aws.connections import Answer
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError, SignatureRefusedError
from tests.hypothesis_profiles import examples

PUT_ITEM: Any = botocore.session.Session().get_service_model("dynamodb").operation_model("PutItem")
KEYS = st.sampled_from(["__type", "message", "Message", "Item", "CancellationReasons", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=6,
)
BODIES = st.binary() | JSON.map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(
    st.sampled_from(["x-amz-crc32", "x-amzn-query-error", "date", "content-encoding"]),
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])),
)


def message(headers: dict[str, str]) -> HTTPMessage:
    made = HTTPMessage()
    for name, value in headers.items():
        Message.__setitem__(made, name, value)
    return made


@given(status=st.integers(100, 999), headers=HEADERS, body=BODIES)
@settings(max_examples=examples(1000))
def test_every_answer_is_a_result_an_error_of_the_port_or_not_understood(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    try:
        result = result_of(Answer(status, message(headers), body))
    except (AwsError, NotUnderstoodError, SignatureRefusedError):
        return
    assert status == 200
    assert not body or isinstance(json.loads(body), dict)
    assert None not in result.values()


@given(
    status=st.integers(400, 499).filter(lambda status: status != REQUEST_TIMEOUT),
    kind=st.sampled_from(
        ["Throttling", "com.x.v1#Denied", "Denied:http://internal/", "a#b#Denied", "Denied"]
    ),
    members=st.dictionaries(KEYS.filter(lambda key: key[0] != "_"), JSON),
    query=st.none() | st.sampled_from(["AWS.SimpleQueueService.NonExistentQueue;Sender"]),
)
@settings(max_examples=examples(500))
def test_a_refusal_has_the_code_and_the_words_that_botocore_reads(
    status: int, kind: str, members: dict[str, Any], query: str | None
) -> None:
    said = {**members, "__type": kind}
    headers = {} if query is None else {"x-amzn-query-error": query}
    body = json.dumps(said).encode()
    with pytest.raises((NotUnderstoodError, AwsRefusedError)) as caught:
        result_of(Answer(status, message(headers), body))
    error = caught.value
    if not isinstance(error, AwsRefusedError):
        assert said.get("Item") is not None or said.get("CancellationReasons") is not None
        return
    parser: Any = botocore.parsers.JSONParser()
    wire = {"status_code": status, "headers": headers, "body": body}
    read = parser._do_error_parse(wire, PUT_ITEM.output_shape)["Error"]
    assert error.code == read["Code"]
    assert error.message == (read["Message"] if isinstance(read["Message"], str) else "")


def test_the_item_of_a_failed_condition_and_the_reasons_of_a_transaction_are_read() -> None:
    item = {"pk": {"S": "ord_a"}}
    reasons = [{"Code": "None", "Message": None}, {"Code": "ConditionalCheckFailed", "Item": item}]
    said: dict[str, Any]
    said = {"__type": "x#TransactionCanceledException", "CancellationReasons": reasons}
    with pytest.raises(AwsRefusedError) as caught:
        result_of(Answer(400, message({}), json.dumps(said).encode()))
    assert caught.value.cancellation_reasons == [{"Code": "None"}, reasons[1]]
    said = {"__type": "x#ConditionalCheckFailedException", "Item": item, "Message": "failed"}
    with pytest.raises(AwsRefusedError, match="failed") as caught:
        result_of(Answer(400, message({}), json.dumps(said).encode()))
    assert caught.value.item == item


def test_members_that_are_null_are_left_out() -> None:
    assert result_of(Answer(200, message({}), b'{"Failed": null, "a": 1}')) == {"a": 1}


def test_a_gateway_that_speaks_for_aws_is_no_answer_of_aws() -> None:
    with pytest.raises(AwsNoAnswerError, match="HTTP 504"):
        result_of(Answer(504, message({}), b"<html>"))


def test_json_that_is_nested_too_deeply_is_not_understood() -> None:
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    with pytest.raises(NotUnderstoodError):
        result_of(Answer(200, message({}), deep))
