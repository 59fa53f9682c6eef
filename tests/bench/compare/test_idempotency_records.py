"""The hand-written protocol of Powertools' idempotency, and that it is the library's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.compare.idempotency_records import (
    EXPIRES_AFTER_SECONDS,
    RECORDS,
    AlreadyInProgressError,
    IdempotencyRecords,
)
from bench.compare.stage import API_TIMEOUT_MS, Stage, WorkflowError
from simulator.cases import SECOND
from tests.bench.compare.conftest import MakeStage


class Invocations:
    """Invocations of one function at chosen times, and what came of each."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ended: list[Any] = []
        self._works: list[Callable[[], Any]] = []
        records = IdempotencyRecords(stage)

        def work(event: Any, context: Any) -> Any:
            try:
                answer = records.once("key", context, event["work"])
            except WorkflowError as problem:
                answer = type(problem)
            self.ended.append(answer)
            return answer

        stage.deploy("work", work)

    def at(self, after_ms: int, work: Callable[[], Any]) -> None:
        """Invoke it."""
        event = {"work": work}
        self.stage.after(after_ms, lambda: self.stage.invoke("work", event, lambda _answer: None))


@pytest.fixture
def invocations(make_stage: MakeStage) -> Invocations:
    return Invocations(make_stage())


def test_a_completed_record_answers_without_the_work(invocations: Invocations) -> None:
    invocations.at(0, lambda: "first")
    invocations.at(1000, lambda: "second")
    invocations.stage.run()
    assert invocations.ended == ["first", "first"]


def test_a_record_in_progress_refuses(invocations: Invocations) -> None:
    stage = invocations.stage

    def slow() -> str:
        stage.scheduler.pause(3000)
        return "slow"

    invocations.at(0, slow)
    invocations.at(1000, lambda: "second")
    stage.run()
    assert invocations.ended == [AlreadyInProgressError, "slow"]


def test_a_crashed_invocation_blocks_until_its_timeout_and_no_longer(
    invocations: Invocations,
) -> None:
    invocations.at(0, invocations.stage.functions.crash)
    invocations.at(API_TIMEOUT_MS, lambda: "too early")
    invocations.at(API_TIMEOUT_MS + 1, lambda: "in time")
    invocations.stage.run()
    assert invocations.ended == [AlreadyInProgressError, "in time"]


def test_work_that_raises_leaves_no_record(invocations: Invocations) -> None:
    def fail() -> Any:
        raise WorkflowError("no")

    invocations.at(0, fail)
    invocations.at(1000, lambda: "second")
    invocations.stage.run()
    assert invocations.ended == [WorkflowError, "second"]


def test_a_completed_record_is_forgotten_when_it_expires(invocations: Invocations) -> None:
    invocations.at(0, lambda: "first")
    invocations.at((EXPIRES_AFTER_SECONDS + 1) * SECOND, lambda: "second")
    invocations.stage.run()
    assert invocations.ended == ["first", "second"]


class Recorder:
    """A client that keeps the shape of what it is asked: times and keys left out."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Record a call."""

        def call(**request: Any) -> Any:
            self.asked.append((operation, _shape(request)))
            return {}

        return call


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        if "N" in value:
            return "a number"
        return {name: _shape(each) for name, each in value.items() if name != "id"}
    return value


def test_the_library_asks_dynamodb_for_the_same(
    monkeypatch: pytest.MonkeyPatch, make_stage: MakeStage
) -> None:
    library: Any = pytest.importorskip("aws_lambda_powertools.utilities.idempotency")

    class LambdaContext:
        def get_remaining_time_in_millis(self) -> int:
            return 1000

    theirs, ours = Recorder(), Recorder()
    store = library.DynamoDBPersistenceLayer(table_name=RECORDS, boto3_client=theirs)
    config = library.IdempotencyConfig(lambda_context=LambdaContext())

    def doing(key: str, fails: bool) -> str:
        if fails:
            raise WorkflowError(key)
        return "done"

    options = {"data_keyword_argument": "key", "persistence_store": store, "config": config}
    work = library.idempotent_function(**options)(doing)
    stage = make_stage()
    monkeypatch.setattr(stage, "aws_client", lambda _service: ours)
    records = IdempotencyRecords(stage)
    context: Any = LambdaContext()

    def fail() -> str:
        raise WorkflowError("key")

    assert work(key="key", fails=False) == records.once("key", context, lambda: "done")
    with pytest.raises(WorkflowError):
        work(key="key", fails=True)
    with pytest.raises(WorkflowError):
        records.once("key", context, fail)
    assert [operation for operation, _ in theirs.asked] == [
        "put_item",
        "update_item",
        "put_item",
        "delete_item",
    ]
    assert ours.asked == theirs.asked
