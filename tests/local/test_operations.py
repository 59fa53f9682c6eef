"""An operator, on a deployed checkout: an outage until the dead-letter queue, and back."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from checkout_stack.cli import main
from checkout_stack.local.local_checkout import FAULTS, Deployment, LocalCheckout
from tests.local.paying import pay

pytestmark = pytest.mark.local

SECONDS = 90.0


@pytest.fixture(scope="module")
def checkout(checkouts: Mapping[Deployment, LocalCheckout]) -> LocalCheckout:
    """The checkout whose messages are dead letters soonest."""
    return checkouts[FAULTS]


def run(checkout: LocalCheckout, *arguments: str) -> Result:
    """A command against the local AWS, as the environment of a shell would have it."""
    environment = {
        **checkout.aws.environment(),
        "CHECKOUT_STACK": FAULTS.stack_name,
        "COLUMNS": "200",
    }
    return CliRunner().invoke(main, list(arguments), env={**os.environ, **environment})


def told(result: Result, code: int = 0) -> Any:
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"waited {SECONDS} s until {what}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def dead(checkout: LocalCheckout, dying: str) -> str:
    """An order whose message is in the dead-letter queue; the payment service is up again."""
    letters = checkout.inspector.messages
    wait_until(lambda: letters("dead-letter queue") == 1, "that there is a dead letter")
    checkout.payment_service.start()
    return dying


def test_the_way_from_the_alarm_to_a_paid_order(checkout: LocalCheckout, dead: str) -> None:
    listed = told(run(checkout, "dlq", "list", "--json"), 1)
    [letter] = listed["letters"]
    assert (listed["visible"], listed["in_flight"]) == (0, 0)
    assert letter["order_id"] == dead

    story = told(run(checkout, "orders", "show", dead, "--json"))
    assert story["order"]["status"] == "UNKNOWN"
    assert story["payment_service"] == "knows nothing of it"
    assert [each["message_id"] for each in story["messages"]] == [letter["message_id"]]

    [open_order] = told(run(checkout, "orders", "unsettled", "--json"))
    assert open_order["order_id"] == dead

    planned = told(run(checkout, "dlq", "redrive", "--json"), 1)
    assert planned["dry_run"] is True
    assert planned["letters"][0]["would"].startswith("send it again")
    assert checkout.inspector.messages("dead-letter queue") == 1, "a dry run changes nothing"

    done = told(run(checkout, "dlq", "redrive", "--yes", "--json"))
    assert [each["done"] for each in done["letters"]] == ["sent again"]

    def paid() -> bool:
        shown = run(checkout, "orders", "show", dead, "--json")
        return bool(json.loads(shown.stdout)["order"]["status"] == "PAID")

    wait_until(paid, "that the order is paid")
    assert told(run(checkout, "dlq", "list", "--json"))["letters"] == []
    assert told(run(checkout, "orders", "unsettled", "--json")) == []
    [booked] = told(run(checkout, "orders", "export", "--json"))
    assert (booked["order_id"], booked["mismatch"]) == (dead, "")
    assert booked["charge_id"]
    assert len(checkout.payments.charges()) == 1

    again = told(run(checkout, "dlq", "redrive", "--yes", "--json"))
    assert again["letters"] == []
    assert len(checkout.payments.charges()) == 1


def audit(checkout: LocalCheckout, begin: float, end: float, code: int) -> Any:
    times = [datetime.fromtimestamp(each, UTC).isoformat() for each in (begin, end)]
    command = ["charges", "audit", "--from", times[0], "--before", times[1], "--json"]
    return told(run(checkout, *command), code)


def just_now(checkout: LocalCheckout) -> float:
    """A time after the last charge."""
    last = checkout.payments.charges()[-1]["captured_at"]
    wait_until(lambda: time.time() > last + 0.002, "that the charge is over")
    return time.time()


def test_what_was_charged_and_what_was_ordered_fit(checkout: LocalCheckout, dead: str) -> None:
    now = just_now(checkout)
    audited = audit(checkout, now - 3600, now, 0)
    assert (audited["finished"], audited["mismatches"]) == (True, 0)
    assert audited["charges"] == audited["orders"] == 1


def test_a_charge_behind_the_checkouts_back_is_found(checkout: LocalCheckout, dead: str) -> None:
    stranger = f"ord_{'b' * 52}"
    charged = pay(checkout.payments, f"{stranger}:1", secret=checkout.payments.secret)
    now = just_now(checkout)
    audited = audit(checkout, now - 3600, now, 1)
    [mismatch] = audited["listed"]
    assert mismatch["kind"] == "charge_without_order"
    assert (mismatch["order_id"], mismatch["charge_id"]) == (stranger, charged.body["charge_id"])
    assert "refund" in mismatch["what_to_do"]
    assert audit(checkout, now - 7200, now - 3600, 0)["charges"] == 0
    assert len(checkout.payments.charges()) == 2, "an audit charges nothing"


def test_letters_that_another_reader_holds_are_in_flight(checkout: LocalCheckout) -> None:
    """MiniStack's counts are exact; SQS's may lag. Other tests may have left letters, too."""
    letters, group = checkout.outputs["DeadLetterQueueUrl"], "held"
    sqs = checkout.aws.sqs()
    sqs.send_message(
        QueueUrl=letters, MessageBody="held", MessageGroupId=group, MessageDeduplicationId=group
    )
    held: dict[str, str] = {}
    try:
        while "held" not in held:
            # For longer than the busiest machine takes: the end of the test returns them.
            got = sqs.receive_message(
                QueueUrl=letters, MaxNumberOfMessages=10, VisibilityTimeout=3600
            )
            held |= {each["Body"]: each["ReceiptHandle"] for each in got["Messages"]}
        listed = told(run(checkout, "dlq", "list", "--json"), 1)
        assert not held.keys() & {each["body"] for each in listed["letters"]}
        assert listed["in_flight"] == len(held)
        again = told(run(checkout, "dlq", "redrive", "--yes", "--json"), 1)
        assert again["in_flight"] == len(held)
    finally:
        for body, handle in held.items():
            if body == "held":
                sqs.delete_message(QueueUrl=letters, ReceiptHandle=handle)
            else:
                sqs.change_message_visibility(
                    QueueUrl=letters, ReceiptHandle=handle, VisibilityTimeout=0
                )


def test_a_verdict_against_a_paid_order_is_refused(checkout: LocalCheckout, dead: str) -> None:
    refused = run(checkout, "orders", "settle", dead, "--declined", "--why", "a test", "--json")
    answer = told(refused, 1)
    assert (answer["done"], answer["order"]["status"]) == ("refused", "PAID")


def test_releasing_an_order_that_is_not_there_says_so(checkout: LocalCheckout) -> None:
    [row] = told(run(checkout, "orders", "release", f"ord_{'a' * 52}", "--json"), 1)
    assert row["done"] == "no such order"


def test_the_reconciler_runs_when_it_is_asked_to(checkout: LocalCheckout) -> None:
    assert told(run(checkout, "reconcile", "--json"))["finished"] is True


def test_the_doctor_finds_nothing_wrong(checkout: LocalCheckout) -> None:
    assert told(run(checkout, "doctor", "--json")) == []


def test_what_names_no_order_stays(checkout: LocalCheckout) -> None:
    checkout.controls.send("not JSON", "garbage")
    letters = checkout.inspector.messages
    wait_until(lambda: letters("dead-letter queue") == 1, "that the garbage is a dead letter")
    [left] = told(run(checkout, "dlq", "redrive", "--yes", "--json"), 1)["letters"]
    assert (left["order_id"], left["done"]) == (None, "left")
    assert letters("dead-letter queue") == 1


def test_a_stack_that_is_not_there_is_one_line(checkout: LocalCheckout) -> None:
    result = run(checkout, "orders", "unsettled", "--stack", "NoSuchStack")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "NoSuchStack" in result.stderr


def test_an_order_that_is_not_there_is_one_line(checkout: LocalCheckout) -> None:
    result = run(checkout, "orders", "show", f"ord_{'a' * 52}")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
