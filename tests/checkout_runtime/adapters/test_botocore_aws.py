"""How long AWS is waited for, how often it is asked, and what an answer that was lost leads to."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError
from botocore.stub import Stubber

from checkout_runtime.adapters import botocore_aws
from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.botocore_aws import (
    MAX_TRIES,
    USER_AGENT,
    BotocoreService,
    aws_service,
)
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.order_records import Changed
from checkout_runtime.application.place_order import Created, Mismatch, PlaceOrder, Replayed
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.submission import OrderSubmission, parse_submission
from tests.checkout_runtime.adapters.lean_aws.scripted_server import ScriptedServer, answer
from tests.checkout_runtime.factories import BUYER, NOW, SERVICE, new_order, submitted
from tests.checkout_runtime.state_events import SetClock

ITEM = {"pk": {"S": "ord_a"}}


class LosesAnswers:
    """Lets requests through to AWS and loses so many of the answers on their way back."""

    def __init__(self, service: BotocoreService, answers: int) -> None:
        self.sent = 0
        self.last: Any = None
        self._left = answers
        session = service.client._endpoint.http_session
        self._send, session.send = session.send, self.send

    def send(self, request: Any) -> Any:
        self.sent += 1
        self.last = request
        answer = self._send(request)
        if self._left == 0:
            return answer
        self._left -= 1
        raise ConnectionClosedError(endpoint_url=request.url)


@pytest.fixture
def service(aws_environment: None) -> BotocoreService:
    return aws_service("dynamodb")


def submission(**changes: Any) -> OrderSubmission:
    read = parse_submission(submitted(**changes))
    assert isinstance(read, OrderSubmission)
    return read


def test_aws_is_asked_twice_at_most_and_never_waited_for_long(service: BotocoreService) -> None:
    config = service.client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert config.max_pool_connections == 10


def test_both_tries_end_before_the_api_gives_up(service: BotocoreService) -> None:
    config = service.client.meta.config
    api_timeout_seconds = 10
    assert MAX_TRIES * (config.connect_timeout + config.read_timeout) < api_timeout_seconds


@pytest.mark.parametrize("name", ["dynamodb", "sqs", "secretsmanager"])
def test_endpoint_region_and_credentials_come_from_the_environment(
    name: str, aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    client = aws_service(name).client
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "us-east-1"


@pytest.mark.parametrize("name", ["dynamodb", "sqs", "secretsmanager"])
def test_a_client_knows_what_botocores_own_knows(name: str, aws_environment: None) -> None:
    ours = aws_service(name).client
    botocores: Any = botocore.session.get_session().create_client(name)
    assert ours.meta.endpoint_url == botocores.meta.endpoint_url
    assert ours.meta.service_model.metadata == botocores.meta.service_model.metadata
    assert ours.meta.method_to_api_mapping == botocores.meta.method_to_api_mapping
    for operation in ours.meta.service_model.operation_names:
        known, theirs = (
            client.meta.service_model.operation_model(operation) for client in (ours, botocores)
        )
        assert known._operation_model == theirs._operation_model


def test_what_a_client_has_read_the_next_one_does_not_read_again(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws_service("dynamodb")
    monkeypatch.setattr(botocore_aws._JsonFiles, "load_file", None)
    assert aws_service("dynamodb").client.meta.service_model.service_name == "dynamodb"


def test_data_that_is_in_neither_kind_of_file_is_left_to_botocore() -> None:
    assert botocore_aws._JsonFiles().load_file("/nowhere/dynamodb") is None


def test_a_request_says_who_sends_it(service: BotocoreService, order_table: str) -> None:
    wire = LosesAnswers(service, 0)
    DynamoDbOrders(service, order_table).get("ord_a")
    assert wire.sent == 1
    assert wire.last.headers["User-Agent"] == USER_AGENT.encode()


def test_nobody_there_is_no_answer(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(AwsNoAnswerError, match="EndpointConnectionError"):
        DynamoDbOrders(aws_service("dynamodb"), "orders").get("ord_a")


# What becomes of botocore's answers and errors


@pytest.fixture
def stubbed(service: BotocoreService) -> Iterator[Stubber]:
    with Stubber(service.client) as stubber:
        yield stubber


def test_an_answer_is_the_services_alone(service: BotocoreService, stubbed: Stubber) -> None:
    stubbed.add_response("get_item", {"Item": ITEM, "ResponseMetadata": {"HTTPStatusCode": 200}})
    assert service.call("GetItem", {"TableName": "orders", "Key": ITEM}) == {"Item": ITEM}


@pytest.mark.parametrize("status", [200, 202, 301, 403, 404])
@pytest.mark.parametrize("operation", ["PutItem", "GetItem"])
def test_the_page_of_a_firewall_is_no_answer_of_aws(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch, status: int, operation: str
) -> None:
    server = ScriptedServer()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    page = answer(b"<html>", status=status, headers=["Content-Type: text/html"], checked=False)
    server.script(page, page)
    given = "Item" if operation == "PutItem" else "Key"
    with pytest.raises(AwsNoAnswerError, match="AnswerNotOfAws") as caught:
        aws_service("dynamodb").call(operation, {"TableName": "t", given: {"pk": {"S": "a"}}})
    assert "<html>" not in "".join(traceback.format_exception(caught.value))
    server.close()


def test_a_refusal_has_what_aws_said(service: BotocoreService, stubbed: Stubber) -> None:
    stubbed.add_client_error(
        "put_item",
        "ConditionalCheckFailedException",
        "The conditional request failed",
        400,
        response_meta={"RetryAttempts": 1},
        modeled_fields={"Item": ITEM},
    )
    with pytest.raises(AwsRefusedError) as caught:
        service.call("PutItem", {"TableName": "orders", "Item": ITEM})
    refused = caught.value
    assert str(refused) == "ConditionalCheckFailedException: The conditional request failed"
    assert (refused.is_failed_condition, refused.item, refused.retries) == (True, ITEM, 1)
    assert not refused.is_misconfiguration


def test_words_of_aws_that_quote_a_session_token_are_not_passed_on(
    service: BotocoreService, stubbed: Stubber
) -> None:
    quoted = "The canonical string should have been 'x-amz-security-token:secret'"
    stubbed.add_client_error("put_item", "InvalidSignatureException", quoted, 403)
    with pytest.raises(AwsRefusedError) as caught:
        service.call("PutItem", {"TableName": "orders", "Item": ITEM})
    told = "".join(traceback.format_exception(caught.value))
    assert "InvalidSignatureException" in told
    assert "x-amz-security-token" not in told


def test_a_cancelled_transaction_says_why(service: BotocoreService, stubbed: Stubber) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": ITEM}]
    stubbed.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": reasons},
    )
    with pytest.raises(AwsRefusedError) as caught:
        service.call("TransactWriteItems", {"TransactItems": []})
    assert caught.value.cancellation_reasons == reasons
    assert caught.value.cancellation_codes == {"None", "ConditionalCheckFailed"}


def test_a_failure_of_aws_itself_is_no_refusal(service: BotocoreService, stubbed: Stubber) -> None:
    stubbed.add_client_error("put_item", "InternalServerError", http_status_code=500)
    with pytest.raises(AwsNoAnswerError, match="InternalServerError"):
        service.call("PutItem", {"TableName": "orders", "Item": ITEM})


# Answers that were lost


def test_a_put_whose_answer_was_lost_is_repeated_and_known_as_ones_own(
    service: BotocoreService,
    dynamodb: BotocoreService,
    order_table: str,
    fresh_name: Callable[[str], str],
) -> None:
    wire = LosesAnswers(service, 1)
    order = new_order(fresh_name("lost"))
    assert DynamoDbOrders(service, order_table).accept(order) is None
    assert wire.sent == 2
    assert DynamoDbOrders(dynamodb, order_table).get(order.order_id) == order


def test_the_order_of_another_request_is_not_taken_for_ones_own_when_a_put_is_repeated(
    service: BotocoreService, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    orders = DynamoDbOrders(service, order_table)
    first = new_order(fresh_name("lost"))
    assert orders.accept(first) is None
    LosesAnswers(service, 1)
    assert orders.accept(replace(first, correlation_id="req_2")) == first


def test_a_buyer_whose_order_was_stored_unheard_is_told_of_that_order(
    service: BotocoreService, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    place = PlaceOrder(DynamoDbOrders(service, order_table), SetClock(), fresh_name("namespace"))
    LosesAnswers(service, 1)
    first = place(BUYER, "k", submission())
    again = place(BUYER, "k", submission())
    assert isinstance(first, Created)
    assert again == Replayed(first.order)
    assert isinstance(place(BUYER, "k", submission(amount=1)), Mismatch)


def test_an_order_whose_every_answer_was_lost_is_still_only_one(
    service: BotocoreService, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    orders = DynamoDbOrders(service, order_table)
    order = new_order(fresh_name("lost"))
    wire = LosesAnswers(service, MAX_TRIES)
    with pytest.raises(AwsNoAnswerError, match="ConnectionClosedError"):
        orders.accept(order)
    assert wire.sent == MAX_TRIES
    assert orders.accept(new_order(order.principal, order_id=order.order_id)) == order


def test_a_claim_whose_answer_was_lost_is_known_as_ones_own(
    service: BotocoreService, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    orders = DynamoDbOrders(service, order_table)
    order = new_order(fresh_name("lost"))
    orders.accept(order)
    wire = LosesAnswers(service, 1)
    claim = orders.claim(
        order.order_id, 1, claim_id="mine", now=NOW, service=SERVICE, lease_expires_at=NOW + 40_000
    )
    assert wire.sent == 2
    assert isinstance(claim, Changed)
    assert (claim.order.claim_epoch, claim.order.attempt_claims) == (1, 1)
