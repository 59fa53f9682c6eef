"""What is sent, what comes back, and when botocore takes over."""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import sys
import threading
import tomllib
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from checkout_runtime.adapters.aws import AwsError, AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.lean_aws.client import VERSION, LeanAws
from checkout_runtime.adapters.lean_aws.connections import Connections
from checkout_runtime.adapters.lean_aws.fallback import botocore_service
from checkout_runtime.adapters.lean_aws.operations import SERVICES
from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain import record
from tests.checkout_runtime.adapters.lean_aws.conftest import (
    ACCESS_KEY,
    SECRET_KEY,
    TOKEN,
    Lean,
)
from tests.checkout_runtime.adapters.lean_aws.scripted_server import answer, raw, refusal
from tests.checkout_runtime.factories import NOW as ORDER_TIME
from tests.checkout_runtime.factories import SERVICE, new_order

ROOT = Path(__file__).parents[4]
RUNTIME = ROOT / "lambda" / "checkout_runtime"
OPERATIONS = [(name, each) for name, known in SERVICES.items() for each in known.operations]
PARAMETERS: dict[str, dict[str, Any]] = {
    "SendMessageBatch": {"QueueUrl": "https://q", "Entries": [{"Id": "0", "MessageBody": "ü"}]},
    "ChangeMessageVisibilityBatch": {"QueueUrl": "https://q", "Entries": []},
    "GetSecretValue": {"SecretId": "s"},
    "DescribeEventBus": {"Name": "b"},
    "PutEvents": {"Entries": [{"Source": "s", "Detail": "{}"}]},
    "TransactWriteItems": {"TransactItems": [], "ClientRequestToken": "once"},
    "PutItem": {
        "TableName": "t",
        "Item": {"pk": {"S": "a"}, "n": {"N": "1"}, "no": {"NULL": True}},
    },
    "Query": {"TableName": "t", "IndexName": "i", "Limit": 1},
    "Scan": {"TableName": "t", "Limit": 1},
    "BatchGetItem": {"RequestItems": {"t": {"Keys": [{"pk": {"S": "a"}}]}}},
}
ANY = {"TableName": "t", "Key": {"pk": {"S": "a"}}}


# What is sent


def _sent_by_botocore(lean: Lean, name: str, operation: str) -> AWSPreparedRequest:
    session = botocore.session.Session()
    session.set_credentials(ACCESS_KEY, SECRET_KEY, TOKEN)
    client: Any = session.create_client(
        name,
        region_name="us-east-1",
        endpoint_url=lean.server.url,
        config=Config(parameter_validation=False),
    )
    caught: list[AWSPreparedRequest] = []

    def keep(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        caught.append(request)
        nothing: Any = {}
        return AWSResponse(request.url, 200, nothing, SimpleNamespace(stream=lambda: [b"{}"]))

    client.meta.events.register("before-send", keep)
    getattr(client, botocore.xform_name(operation))(**PARAMETERS.get(operation, ANY))
    return caught[0]


@pytest.mark.parametrize(("name", "operation"), sorted(OPERATIONS))
def test_each_request_says_what_botocores_says(lean: Lean, name: str, operation: str) -> None:
    lean.server.script(answer())
    lean.aws.service(name).call(operation, PARAMETERS.get(operation, ANY))
    theirs: Any = _sent_by_botocore(lean, name, operation)
    ours = lean.server.requests[0]
    assert ours.line == "POST / HTTP/1.1"
    assert theirs.url == f"{lean.server.url}/"
    assert ours.parameters == dataclasses.replace(ours, body=bytes(theirs.body)).parameters
    texts = {
        header.lower(): value.decode() if isinstance(value, bytes) else value
        for header, value in theirs.headers.items()
    }
    signed = re.search("SignedHeaders=([^,]*)", texts["authorization"])
    assert signed is not None
    assert f"SignedHeaders={signed[1]}," in ours.headers["authorization"]
    for header in set(signed[1].split(";")) - {"host", "x-amz-date"}:
        assert ours.headers[header] == texts[header]


def test_an_operation_that_takes_a_client_token_is_in_no_doubt_about_it() -> None:
    session = botocore.session.Session()
    for name, operation in OPERATIONS:
        model: Any = session.get_service_model(name).operation_model(operation)
        assert bool(model.idempotent_members) == (operation == "TransactWriteItems"), operation


def test_a_transaction_keeps_its_token_over_tries_and_botocore_keeps_it_too(lean: Lean) -> None:
    lean.server.script(raw(b""), answer(b"?"))
    lean.dynamodb.call("TransactWriteItems", {"TransactItems": []})
    first, second = (sent.parameters["ClientRequestToken"] for sent in lean.server.requests)
    ((_, _, parameters),) = lean.botocore.calls
    assert first == second == parameters["ClientRequestToken"]
    lean.start_again()
    lean.server.script(answer())
    lean.dynamodb.call("TransactWriteItems", {"TransactItems": []})
    assert lean.server.requests[-1].parameters["ClientRequestToken"] != first


def test_the_user_agent_names_version_and_environment(lean: Lean) -> None:
    lean.server.script(answer())
    lean.put()
    agent = f"idempotent-checkout/{VERSION} lean exec-env/AWS_Lambda_python3.13"
    assert lean.server.requests[0].headers["user-agent"] == agent
    package = tomllib.loads((ROOT / "lambda" / "pyproject.toml").read_text())
    assert package["project"]["version"] == VERSION


def test_nothing_but_plain_bytes_is_asked_for(lean: Lean) -> None:
    lean.server.script(answer())
    lean.put()
    assert lean.server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("trace", "sent"),
    [("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", True), ("", False), ("a\r\nb", False)],
)
def test_the_trace_of_the_invocation_is_passed_on(lean: Lean, trace: str, sent: bool) -> None:
    lean.server.script(answer(), answer())
    lean.put()
    lean.environ["_X_AMZN_TRACE_ID"] = trace
    lean.put()
    found = [each.headers.get("x-amzn-trace-id") for each in lean.server.requests]
    assert found == [None, trace if sent else None]


@pytest.mark.parametrize(("name", "operation"), [("dynamodb", "DeleteTable"), ("sqs", "PutItem")])
def test_an_operation_that_is_not_in_the_table_is_a_defect(
    lean: Lean, name: str, operation: str
) -> None:
    with pytest.raises(LookupError, match=rf"operation '{operation}' of {name}.*operations\.py"):
        lean.aws.service(name).call(operation, {})
    with pytest.raises(LookupError, match="service 's3'"):
        lean.aws.service("s3")


def test_every_operation_that_the_runtime_calls_is_in_the_table() -> None:
    known = {operation for _, operation in OPERATIONS}
    text = "\n".join(
        path.read_text() for path in RUNTIME.rglob("*.py") if "lean_aws" not in path.parts
    )
    model: Any = botocore.session.Session().get_service_model
    for name in SERVICES:
        called = {each for each in model(name).operation_names if f'"{each}"' in text}
        assert called <= known, name


# When botocore takes over

_UNUSUAL: dict[str, tuple[dict[str, str], str]] = {
    "a proxy": ({"HTTPS_PROXY": "http://proxy:3128"}, "proxy"),
    "a proxy in small letters": ({"http_proxy": "http://proxy:3128"}, "proxy"),
    "endpoints of accounts": ({"AWS_ACCOUNT_ID_ENDPOINT_MODE": "Required"}, "account_id"),
    "a configuration file": ({"AWS_CONFIG_FILE": __file__}, "config_file"),
    "an unknown Region": ({"AWS_REGION": "moon-1", "AWS_DEFAULT_REGION": ""}, "region"),
    "an endpoint below a path": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9/a"}, "endpoint"),
    "no credentials": ({"AWS_ACCESS_KEY_ID": ""}, "credentials"),
    "credentials that split a header": ({"AWS_SESSION_TOKEN": "a\r\nb"}, "credentials"),
}


@pytest.mark.parametrize("case", _UNUSUAL)
def test_what_is_not_understood_is_left_to_botocore_for_good(
    lean: Lean, case: str, fell_back_because: Any
) -> None:
    variables, reason = _UNUSUAL[case]
    before = dict(lean.environ)
    lean.environ.update(variables)
    assert lean.put() == {"by": "botocore"}
    lean.environ.clear()
    lean.environ.update(before)
    assert lean.put() == {"by": "botocore"}
    assert lean.aws.service("sqs").call("SendMessageBatch", {}) == {"by": "botocore"}
    assert [(name, operation) for name, operation, _ in lean.botocore.calls] == [
        ("dynamodb", "PutItem"),
        ("dynamodb", "PutItem"),
        ("sqs", "SendMessageBatch"),
    ]
    assert lean.botocore.made == ["dynamodb", "sqs"]
    assert not lean.server.requests
    (found,) = fell_back_because()
    assert found.startswith(reason)


def test_a_home_with_a_configuration_is_left_to_botocore(lean: Lean, tmp_path: Path) -> None:
    lean.environ["HOME"] = str(tmp_path)
    lean.server.script(answer(), answer())
    lean.put()
    assert not lean.fell_back
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:9\n")
    lean.start_again()
    lean.put()
    assert lean.fell_back


@pytest.mark.parametrize("file", ["~/theirs", "$HOME/theirs"])
def test_a_configuration_file_is_found_where_botocore_finds_it(
    lean: Lean, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "theirs").write_text("[default]\n")
    lean.environ["AWS_CONFIG_FILE"] = file
    lean.put()
    assert lean.fell_back


def test_a_refusal_by_botocore_counts_what_was_sent_before(lean: Lean) -> None:
    lean.server.script(raw(b""), answer(b"?"))
    lean.botocore.error = AwsRefusedError("ConditionalCheckFailedException", retries=1)
    with pytest.raises(AwsRefusedError) as caught:
        lean.put()
    assert caught.value.retries == 3


def test_threads_that_fall_back_together_make_one_client_and_one_record(
    lean: Lean, fell_back_because: Any
) -> None:
    lean.environ["HTTPS_PROXY"] = "http://proxy:3128"
    threads = [threading.Thread(target=lean.put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lean.botocore.made == ["dynamodb"]
    assert len(lean.botocore.calls) == 8
    assert fell_back_because() == ["proxy"]


def test_the_fallback_is_the_botocore_adapter(aws_environment: None) -> None:
    assert type(botocore_service("dynamodb")).__name__ == "BotocoreService"


# Snapshots


def test_a_copy_of_a_snapshot_drops_connections_and_credentials(
    lean: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks: list[Any] = []
    module = SimpleNamespace(register_after_restore=hooks.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", module)
    lean.start_again()
    assert not hooks
    lean.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "snap-start"
    lean.start_again()
    lean.server.script(answer(), answer())
    lean.put()
    (after_restore,) = hooks
    after_restore()
    lean.put()
    assert lean.server.connections == 2


def test_a_runtime_without_hooks_serves_all_the_same(
    lean: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    lean.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "snap-start"
    lean.start_again()
    lean.server.script(answer({"a": 1}))
    assert lean.put() == {"a": 1}


# Nothing secret is told

_WORDS = ("wJalr/secret", "session-token", "payload-of-the-order", "canonical-string")


@pytest.mark.parametrize(
    "steps",
    [
        [answer(b"payload-of-the-order")],
        [raw(b"payload-of-the-order\r\n")],
        [answer({"__type": "payload-of-the-order", "Item": "payload-of-the-order"}, status=400)],
        [refusal("InvalidSignatureException", message=f"canonical-string {TOKEN}")] * 2,
        [answer({"Item": "payload-of-the-order"}, status=500)] * 2,
        [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npayload-of-the-order")] * 2,
    ],
)
def test_no_error_and_no_record_quotes_a_secret_or_what_was_sent(
    lean: Lean, steps: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    lean.server.script(*steps)
    lean.botocore.error = AwsRefusedError("Refused")
    with pytest.raises(AwsError) as caught:
        lean.dynamodb.call("PutItem", {"Item": {"a": {"S": "payload-of-the-order"}}})
    told = "".join(traceback.format_exception(caught.value))
    told += "".join(str(vars(record)) for record in caplog.records)
    # What a traceback shows of this test's own lines is no leak.
    told = re.sub(r"lean\.dynamodb\.call.*", "", told)
    assert not [word for word in _WORDS if word in told]


def test_credentials_do_not_show_themselves(lean: Lean) -> None:
    assert SECRET_KEY not in repr(lean.aws.credentials.current())


# On the local AWS


@pytest.fixture
def local(aws_environment: None) -> LeanAws:
    return LeanAws(os.environ)


def lose(local: LeanAws, count: int, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Let the next requests through, and lose so many answers."""
    sent: list[bytes] = []
    exchange = Connections.exchange

    def losing(self: Any, request: bytes, deadline: float) -> Any:
        sent.append(request)
        found = exchange(self, request, deadline)
        if len(sent) <= count:
            raise AwsNoAnswerError("Lost")
        return found

    monkeypatch.setattr(Connections, "exchange", losing)
    return sent


def test_a_put_whose_answer_was_lost_is_known_as_ones_own(
    local: LeanAws, order_table: str, fresh_name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = lose(local, 1, monkeypatch)
    orders = DynamoDbOrders(local.service("dynamodb"), order_table)
    order = new_order(fresh_name("lean"))
    assert orders.accept(order) is None
    assert len(sent) == 2
    assert orders.get(order.order_id) == order
    assert orders.accept(record.replace(order, correlation_id="req_2")) == order
    assert not local.fallback.is_on


def test_a_claim_whose_answer_was_lost_is_known_as_ones_own(
    local: LeanAws, order_table: str, fresh_name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = DynamoDbOrders(local.service("dynamodb"), order_table)
    order = new_order(fresh_name("lean"))
    orders.accept(order)
    sent = lose(local, 1, monkeypatch)
    claim = orders.claim(
        order.order_id,
        1,
        claim_id="mine",
        now=ORDER_TIME,
        service=SERVICE,
        lease_expires_at=ORDER_TIME + 40_000,
    )
    assert len(sent) == 2
    assert isinstance(claim, Changed)
    assert (claim.order.claim_epoch, claim.order.attempt_claims) == (1, 1)


def test_a_put_that_botocore_repeated_is_known_as_ones_own(
    local: LeanAws, order_table: str, fresh_name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lean client's put is carried out, its answer unreadable: botocore meets the order."""
    exchange = Connections.exchange

    def garbled(self: Any, request: bytes, deadline: float) -> Any:
        return exchange(self, request, deadline)._replace(body=b"?")

    monkeypatch.setattr(Connections, "exchange", garbled)
    order = new_order(fresh_name("lean"))
    assert DynamoDbOrders(local.service("dynamodb"), order_table).accept(order) is None
    assert local.fallback.is_on
