"""Each service model keeps what its documentation promises, and promises no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.compare.services import cloudtrail, firehose, sns
from bench.compare.stage import ORDERS, Stage, WorkflowError
from checkout_runtime.adapters.aws import AwsRefusedError
from simulator.cases import DAY, MINUTE
from simulator.faults import Fault
from simulator.world_state import START_MS
from tests.bench.compare.conftest import MakeStage


class Target:
    """A function that keeps what it got, and fails for so long."""

    def __init__(self, stage: Stage, fails_for_ms: int = 0) -> None:
        self.got: list[tuple[int, Any]] = []
        self._stage = stage
        self._fails_for_ms = fails_for_ms
        stage.deploy("target", self)

    def __call__(self, event: Any, context: Any) -> Any:
        """Take an event."""
        self.got.append((self._stage.now() - START_MS, event))
        if self._stage.now() - START_MS < self._fails_for_ms:
            raise WorkflowError("not now")
        return {}


def send_firehose(stage: Stage) -> None:
    model = firehose.FirehoseModel(stage, "target")
    model.call("PutRecord", {"DeliveryStreamName": "orders", "Record": {"Data": "order 1"}})


def send_sns(stage: Stage) -> None:
    sns.SnsModel(stage, "target").call("Publish", {"TopicArn": "orders", "Message": "order 1"})


def send_cloudtrail(stage: Stage) -> None:
    put(cloudtrail.AuditedDynamoDb(stage, "target"))


def put(dynamodb: cloudtrail.AuditedDynamoDb) -> None:
    put_item = {
        "TableName": ORDERS,
        "Item": {"pk": {"S": "order 1"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    dynamodb.call("PutItem", put_item)


EACH = pytest.mark.parametrize("send", [send_firehose, send_sns, send_cloudtrail])
Send = Callable[[Stage], None]


@EACH
def test_what_succeeds_is_delivered_once(make_stage: MakeStage, send: Send) -> None:
    stage = make_stage()
    target = Target(stage)
    send(stage)
    stage.run()
    assert len(target.got) == 1
    assert stage.for_a_person == []


@EACH
@pytest.mark.parametrize("fault", [Fault.TWICE, Fault.AGAIN])
def test_what_succeeds_may_be_delivered_twice(
    make_stage: MakeStage, send: Send, fault: Fault
) -> None:
    stage = make_stage(fault)
    target = Target(stage)
    send(stage)
    stage.run()
    assert len(target.got) == 2
    assert target.got[0][1] == target.got[1][1]


@EACH
def test_what_fails_is_delivered_again(make_stage: MakeStage, send: Send) -> None:
    stage = make_stage()
    target = Target(stage, fails_for_ms=1 + 10 * MINUTE)
    send(stage)
    stage.run()
    assert len(target.got) > 1


@EACH
def test_what_always_fails_ends_with_a_person(make_stage: MakeStage, send: Send) -> None:
    stage = make_stage()
    Target(stage, fails_for_ms=DAY)
    send(stage)
    stage.run()
    assert len(stage.for_a_person) == 1
    assert "order 1" in stage.for_a_person[0]


def test_firehose_sends_what_it_buffered_as_one_request(make_stage: MakeStage) -> None:
    stage = make_stage()
    target = Target(stage)
    model = firehose.FirehoseModel(stage, "target")
    for number in (1, 2):
        record = {"Data": f"order {number}"}
        model.call("PutRecord", {"DeliveryStreamName": "orders", "Record": record})
    stage.run()
    assert [at for at, _ in target.got] == [firehose.BUFFER_MS]
    assert [record["data"] for record in target.got[0][1]["records"]] == ["order 1", "order 2"]


def test_firehose_retries_for_its_duration_and_no_longer(make_stage: MakeStage) -> None:
    stage = make_stage()
    target = Target(stage, fails_for_ms=DAY)
    send_firehose(stage)
    stage.run()
    took = target.got[-1][0] - target.got[0][0]
    assert took <= firehose.LONGEST_RETRIES_MS < took + firehose.LONGEST_PAUSE_MS


def test_sns_retries_as_long_as_a_policy_may_and_no_longer(make_stage: MakeStage) -> None:
    stage = make_stage()
    target = Target(stage, fails_for_ms=DAY)
    send_sns(stage)
    stage.run()
    took = target.got[-1][0] - target.got[0][0]
    assert took <= sns.LONGEST_POLICY_MS < took + 2 * MINUTE


def test_sns_does_not_deduplicate(make_stage: MakeStage) -> None:
    stage = make_stage()
    target = Target(stage)
    model = sns.SnsModel(stage, "target")
    for _ in range(2):
        model.call("Publish", {"TopicArn": "orders", "Message": "order 1"})
    stage.run()
    assert len(target.got) == 2


def test_lambda_takes_an_event_three_times_and_no_more(make_stage: MakeStage) -> None:
    stage = make_stage()
    target = Target(stage, fails_for_ms=DAY)
    send_cloudtrail(stage)
    stage.run()
    times = [at for at, _ in target.got]
    assert [times[1] - times[0], times[2] - times[1]] == [MINUTE, 2 * MINUTE]
    assert len(times) == 3


def test_cloudtrail_is_five_minutes_late_on_average_and_out_of_order(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    target = Target(stage)
    dynamodb = cloudtrail.AuditedDynamoDb(stage, "target")
    for number in range(400):
        dynamodb.call("PutItem", {"TableName": ORDERS, "Item": {"pk": {"S": f"{number:03}"}}})
    stage.run()
    late = [at for at, _ in target.got]
    keys = [event["detail"]["requestParameters"]["key"]["pk"] for _, event in target.got]
    assert 4.5 * MINUTE < sum(late) / len(late) < 5.5 * MINUTE
    assert keys != sorted(keys)


def test_cloudtrail_records_the_key_and_what_was_refused(make_stage: MakeStage) -> None:
    stage = make_stage()
    target = Target(stage)
    dynamodb = cloudtrail.AuditedDynamoDb(stage, "target")
    put(dynamodb)
    with pytest.raises(AwsRefusedError):
        put(dynamodb)
    stage.run()
    details = [event["detail"] for _, event in target.got]
    assert all("Item" not in detail["requestParameters"] for detail in details)
    assert sorted(detail.get("errorCode", "") for detail in details) == [
        "",
        "ConditionalCheckFailedException",
    ]
