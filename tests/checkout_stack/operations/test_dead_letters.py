"""Letters that another command or reader holds are counted: they are not done with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from checkout_stack.operations.dead_letters import HELD_SECONDS, HeldLetters
from checkout_stack.operations.dlq_commands import EMPTY_RECEIVES
from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment, Event

IN_FLIGHT = 16


def letter(number: int) -> str:
    """The body of a letter that names an order."""
    return json.dumps({"attempt": 1, "order_id": f"ord_{'abcdefghij'[number % 10] * 52}"})


def reconciler(done: str = "sent again") -> Callable[[Event], dict[str, Any]]:
    """Knows nothing of any order, and does the same for each."""
    known = {"status": "UNKNOWN", "attempt": 1, "payment_service": "knows nothing of it"}

    def answer(event: Event) -> dict[str, Any]:
        if "look_up" in event:
            return {"orders": [{"order_id": each, **known} for each in event["look_up"]]}
        return {"orders": [{"order_id": each, "done": done} for each in event["redrive"]]}

    return answer


def test_letters_in_flight_are_not_nothing(deployment: Deployment, run_on: Run) -> None:
    deployment.queue.in_flight = IN_FLIGHT
    result = run_on("dlq", "list")

    assert result.exit_code == 1
    assert f"0 visible, {IN_FLIGHT} in flight: another redrive or reader" in result.output
    assert f"wait {HELD_SECONDS} s" in result.output


def test_an_empty_queue_is_exit_code_0(run_on: Run) -> None:
    result = run_on("dlq", "list", "--json")

    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told == {"letters": [], "visible": 0, "in_flight": 0, "problem": None}


def test_what_a_list_holds_itself_is_not_counted_twice(deployment: Deployment, run_on: Run) -> None:
    deployment.queue.put(*[letter(number) for number in range(12)])
    result = run_on("dlq", "list", "--json")

    told = json.loads(result.stdout)
    assert (len(told["letters"]), told["visible"], told["in_flight"]) == (12, 0, 0)
    assert len(deployment.queue.visible) == 12, "they are returned to the queue"


def test_more_letters_than_are_asked_for_are_counted(deployment: Deployment, run_on: Run) -> None:
    deployment.queue.put(*[letter(number) for number in range(5)])
    result = run_on("dlq", "list", "--most", "3")

    assert result.exit_code == 1
    assert "2 visible, 0 in flight: run this again, or with a larger --most" in result.output


def test_a_redrive_of_everything_is_exit_code_0(deployment: Deployment, run_on: Run) -> None:
    deployment.queue.put(*[letter(number) for number in range(25)])
    deployment.reconciler = reconciler()
    result = run_on("dlq", "redrive", "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)["letters"]) == 25
    assert len(deployment.queue.deleted) == 25


def test_the_second_of_two_redrives_says_what_the_first_one_holds(
    deployment: Deployment, run_on: Run
) -> None:
    deployment.queue.in_flight = IN_FLIGHT
    result = run_on("dlq", "redrive", "--yes")

    assert result.exit_code == 1
    assert f"0 visible, {IN_FLIGHT} in flight" in result.output


def test_a_redrive_takes_what_comes_back_while_it_waits(
    deployment: Deployment, run_on: Run
) -> None:
    queue = deployment.queue
    queue.in_flight = 1
    deployment.reconciler = reconciler()
    waited = iter(range(EMPTY_RECEIVES))

    def the_other_returns_its_letter() -> None:
        if next(waited) == 3:
            queue.in_flight = 0
            queue.put(letter(1))

    queue.when_empty = the_other_returns_its_letter
    result = run_on("dlq", "redrive", "--yes")

    assert result.exit_code == 0, result.output
    assert queue.deleted == ["m0"]


@pytest.mark.parametrize("others", [0, 1])
def test_an_order_out_of_a_backup_is_left_to_a_person(
    others: int, deployment: Deployment, run_on: Run
) -> None:
    """At Stripe it would be charged by a new intent, whatever it was charged by since."""
    deployment.queue.put(*[letter(number) for number in range(1 + others)])
    answer = reconciler()
    restored = {"status": "NEEDS_REVIEW", "review_reason": "restored_from_backup"}

    def told(event: Event) -> dict[str, Any]:
        first, *more = answer(event)["orders"]
        return {"orders": [{**first, **restored} if "look_up" in event else first, *more]}

    deployment.reconciler = told
    result = run_on("dlq", "redrive", "--yes", "--json")
    assert result.exit_code == 1
    left, *sent = json.loads(result.stdout)["letters"]
    assert (left["done"], len(deployment.queue.deleted)) == ("needs a person", others)
    assert left["would"].startswith("leave it: its table was restored from a backup")
    assert [each["done"] for each in sent] == ["sent again"] * others
    redriven = [event["redrive"] for event in deployment.events if "redrive" in event]
    assert [len(each) for each in redriven] == [1] * others


def test_a_letter_whose_order_waits_for_its_capture_has_done_its_work(
    deployment: Deployment, run_on: Run
) -> None:
    deployment.queue.put(letter(1))
    held = reconciler("waits for its capture")
    deployment.reconciler = lambda event: {
        "orders": [{**each, "status": "AUTHORIZED"} for each in held(event)["orders"]]
    }
    told = json.loads(run_on("dlq", "redrive", "--json").stdout)
    assert told["letters"][0]["would"].startswith("delete it: the money is held")
    assert run_on("dlq", "redrive", "--yes").exit_code == 0
    assert deployment.queue.deleted == ["m0"]


def test_a_letter_whose_order_was_not_sent_again_stays(deployment: Deployment, run_on: Run) -> None:
    deployment.queue.put(letter(1))
    deployment.reconciler = reconciler(done="moved on")
    result = run_on("dlq", "redrive", "--yes", "--json")

    assert result.exit_code == 1
    assert [each["done"] for each in json.loads(result.stdout)["letters"]] == ["moved on"]
    assert len(deployment.queue.visible) == 1


def test_a_letter_that_was_held_for_too_long_is_left_and_said(
    deployment: Deployment, run_on: Run
) -> None:
    queue = deployment.queue
    queue.put(letter(1))
    answer = reconciler()

    def slow(event: Event) -> dict[str, Any]:
        if "redrive" in event:
            queue.held.clear()
            queue.in_flight = 1  # another reader has it by now
        return answer(event)

    deployment.reconciler = slow
    result = run_on("dlq", "redrive", "--yes")

    assert result.exit_code == 1
    assert "sent again" in result.output
    assert "0 visible, 1 in flight" in result.output


def test_what_may_not_be_counted_is_said_and_the_rows_are_kept(
    deployment: Deployment, run_on: Run
) -> None:
    deployment.queue.put(letter(1))
    deployment.queue.may_be_counted = False
    deployment.reconciler = reconciler()
    result = run_on("dlq", "redrive", "--yes")

    assert result.exit_code == 1
    assert "sent again" in result.output
    assert "what others hold is not known: GetQueueAttributes: AccessDenied" in result.output


def test_counts_that_lag_behind_call_no_held_letter_left(deployment: Deployment) -> None:
    queue = deployment.queue
    queue.put(letter(1), letter(2))
    letters = HeldLetters(deployment.checkout(), 10)
    letters.take()
    queue.visible = list(queue.held.values())  # SQS still counts them as visible
    queue.in_flight = -2

    assert not letters.not_held()


@pytest.mark.parametrize("status", ["PROCESSING", "PAID", "NEEDS_REVIEW"])
def test_a_dry_run_says_what_a_redrive_would_do(
    status: str, deployment: Deployment, run_on: Run
) -> None:
    deployment.queue.put(letter(1))
    known = {"order_id": json.loads(letter(1))["order_id"], "status": status, "attempt": 1}
    deployment.reconciler = lambda _: {"orders": [{**known, "payment_service": "?"}]}
    result = run_on("dlq", "redrive", "--json")

    [row] = json.loads(result.stdout)["letters"]
    assert row["done"] == "left"
    would = {"PROCESSING": "delete it", "PAID": "delete it", "NEEDS_REVIEW": "release"}
    assert row["would"].startswith(would[status])
    assert [list(event) for event in deployment.events] == [["look_up"]]
