"""Any order of sends, receives, deletes and hand-backs, on the model and on the local AWS."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.hypothesis_profiles import examples
from tests.simulator.contracts.backends import PaymentQueue, VirtualClock
from tests.simulator.contracts.conftest import Backend
from tests.simulator.contracts.made_on_models import model_queues

EXAMPLES = examples(25)
STEPS = 25


def shown(messages: list[Any]) -> list[tuple[str, str, str]]:
    """What has to be alike, group by group: SQS is free in the order of groups."""
    return sorted(
        (
            (
                each["Attributes"]["MessageGroupId"],
                each["Body"],
                each["Attributes"]["ApproximateReceiveCount"],
            )
            for each in messages
        ),
        key=lambda message: message[0],
    )


@pytest.fixture
def numbers() -> Iterator[int]:
    return itertools.count()


def test_two_queues_that_are_treated_alike_stay_alike(
    local_by_botocore: Backend, numbers: Iterator[int]
) -> None:
    class SideBySide(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            made = local_by_botocore.queues(f"side-{next(numbers)}")
            self.close = made.__exit__
            self.queues: list[PaymentQueue] = [model_queues(VirtualClock()), made.__enter__()]
            self.in_flight: dict[tuple[str, str], list[Any]] = {}

        @rule(body=st.sampled_from("abcd"), group=st.sampled_from(["one", "two"]))
        def send(self, body: str, group: str) -> None:
            for queue in self.queues:
                queue.send(body, group)

        @rule()
        def receive_all(self) -> None:
            found = [queue.receive() for queue in self.queues]
            assert shown(found[0]) == shown(found[1])
            for messages in found:
                for each in messages:
                    name = (each["Attributes"]["MessageGroupId"], each["Body"])
                    self.in_flight.setdefault(name, []).append(each)

        @rule(which=st.integers(0, 7), keep=st.booleans())
        def end_one(self, which: int, keep: bool) -> None:
            if not self.in_flight:
                return
            name = sorted(self.in_flight)[which % len(self.in_flight)]
            for queue, message in zip(self.queues, self.in_flight.pop(name), strict=True):
                if keep:
                    assert not queue.return_to_queue([message]).get("Failed")
                else:
                    queue.delete(message)

        @rule()
        def read_the_dead_letters(self) -> None:
            found = [queue.receive(url=queue.dead_letters) for queue in self.queues]
            assert shown(found[0]) == shown(found[1])

        def teardown(self) -> None:
            self.close(None, None, None)

    run_state_machine_as_test(
        SideBySide,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
        ),
    )
