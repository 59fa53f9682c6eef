"""How long AWS is waited for, how often it is asked, and what an answer that was lost leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from checkout_runtime.adapters import botocore_aws
from checkout_runtime.adapters.botocore_aws import MAX_TRIES, USER_AGENT, aws_client
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.place_order import Created, Mismatch, PlaceOrder, Replayed
from checkout_runtime.application.ports import Changed
from checkout_runtime.domain.submission import OrderSubmission, parse_submission
from tests.checkout_runtime.making import BUYER, NOW, SERVICE, new_order, submitted
from tests.checkout_runtime.state_events import SetClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Client = Any


class LosesAnswers:
    """Lets requests through to AWS and loses so many of the answers on their way back."""

    def __init__(self, client: Client, answers: int) -> None:
        self.sent = 0
        self.last: Any = None
        self._left = answers
        self._send = client._endpoint.http_session.send
        client._endpoint.http_session.send = self.send

    def send(self, request: Any) -> Any:
        self.sent += 1
        self.last = request
        answer = self._send(request)
        if self._left == 0:
            return answer
        self._left -= 1
        raise ConnectionClosedError(endpoint_url=request.url)


@pytest.fixture
def client(aws_environment: None) -> Client:
    return aws_client("dynamodb")


def submission(**changes: Any) -> OrderSubmission:
    read = parse_submission(submitted(**changes))
    assert isinstance(read, OrderSubmission)
    return read


def test_aws_is_asked_twice_at_most_and_never_waited_for_long(client: Client) -> None:
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert config.max_pool_connections == 10


def test_both_tries_end_before_the_api_gives_up(client: Client) -> None:
    config = client.meta.config
    api_timeout_seconds = 10
    assert MAX_TRIES * (config.connect_timeout + config.read_timeout) < api_timeout_seconds


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "secretsmanager"])
def test_endpoint_region_and_credentials_come_from_the_environment(
    service: str, aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    client = aws_client(service)
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "us-east-1"


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "secretsmanager"])
def test_a_client_knows_what_botocores_own_knows(service: str, aws_environment: None) -> None:
    ours: Client = aws_client(service)
    botocores: Client = botocore.session.get_session().create_client(service)
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
    aws_client("dynamodb")
    monkeypatch.setattr(botocore_aws._JsonFiles, "load_file", None)
    assert aws_client("dynamodb").meta.service_model.service_name == "dynamodb"


def test_data_that_is_in_neither_kind_of_file_is_left_to_botocore() -> None:
    assert botocore_aws._JsonFiles().load_file("/nowhere/dynamodb") is None


def test_a_request_says_who_sends_it(client: Client, order_table: str) -> None:
    wire = LosesAnswers(client, 0)
    DynamoDbOrders(client, order_table).get("ord_a")
    assert wire.sent == 1
    assert wire.last.headers["User-Agent"] == USER_AGENT.encode()


def test_nobody_there_is_an_error_of_the_client(
    aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(EndpointConnectionError):
        DynamoDbOrders(aws_client("dynamodb"), "orders").get("ord_a")


def test_a_put_whose_answer_was_lost_is_repeated_and_known_as_ones_own(
    client: Client, dynamodb: DynamoDBClient, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    wire = LosesAnswers(client, 1)
    order = new_order(fresh_name("lost"))
    assert DynamoDbOrders(client, order_table).accept(order) is None
    assert wire.sent == 2
    assert DynamoDbOrders(dynamodb, order_table).get(order.order_id) == order


def test_the_order_of_another_request_is_not_taken_for_ones_own_when_a_put_is_repeated(
    client: Client, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    orders = DynamoDbOrders(client, order_table)
    first = new_order(fresh_name("lost"))
    assert orders.accept(first) is None
    LosesAnswers(client, 1)
    assert orders.accept(replace(first, correlation_id="req_2")) == first


def test_a_buyer_whose_order_was_stored_unheard_is_told_of_that_order(
    client: Client, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    place = PlaceOrder(DynamoDbOrders(client, order_table), SetClock(), fresh_name("namespace"))
    LosesAnswers(client, 1)
    first = place(BUYER, "k", submission())
    again = place(BUYER, "k", submission())
    assert isinstance(first, Created)
    assert again == Replayed(first.order)
    assert isinstance(place(BUYER, "k", submission(amount=1)), Mismatch)


def test_an_order_whose_every_answer_was_lost_is_still_only_one(
    client: Client, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    orders = DynamoDbOrders(client, order_table)
    order = new_order(fresh_name("lost"))
    wire = LosesAnswers(client, MAX_TRIES)
    with pytest.raises(ConnectionClosedError):
        orders.accept(order)
    assert wire.sent == MAX_TRIES
    assert orders.accept(new_order(order.principal, order_id=order.order_id)) == order


def test_a_claim_whose_answer_was_lost_is_known_as_ones_own(
    client: Client, order_table: str, fresh_name: Callable[[str], str]
) -> None:
    orders = DynamoDbOrders(client, order_table)
    order = new_order(fresh_name("lost"))
    orders.accept(order)
    wire = LosesAnswers(client, 1)
    claim = orders.claim(
        order.order_id, 1, claim_id="mine", now=NOW, service=SERVICE, lease_expires_at=NOW + 40_000
    )
    assert wire.sent == 2
    assert isinstance(claim, Changed)
    assert (claim.order.claim_epoch, claim.order.attempt_claims) == (1, 1)
