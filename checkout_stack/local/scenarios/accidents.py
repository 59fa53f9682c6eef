"""Workers that die or fall asleep, and messages that come again or should never have come."""

from __future__ import annotations

import json
import time
import uuid
from functools import partial

from checkout_stack.local.local_checkout import FAULTS
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun
from checkout_stack.local.stale_worker import StaleWorker

GOOD_ORDERS = 3
AN_ORDER_OF_NOBODY = "ord_" + "a" * 52
LONGEST_MESSAGE_BYTES = 256 * 1024


def _killed(run: ScenarioRun) -> None:
    """The deployed consumer's process, SIGKILLed while it waits for the answer to a capture."""
    run.placed(payment_method="pm_hang_after_capture_once")
    run.wait_until(lambda: len(run.charges()) == 1, "that it was charged", 15.0)
    killed = run.checkout.controls.kill_consumer()
    run.expect(killed > 0, "there was no consumer to kill")
    status = [order.status for order in run.orders()]
    run.expect(status == ["CHARGING"], f"it was killed too late: the order is {status}")


def _redelivered(_run: ScenarioRun) -> None:
    """Nothing to do but wait: the queue's visibility timeout hands the message out again."""


def _asleep(run: ScenarioRun, *, payment_method: str) -> None:
    """The deployed code in a process of our own, which stops itself with the answer in hand.

    Real are the message, received from the queue, the function's environment, the table, the
    payment service, and the stopped process. The credentials are the account's.
    """
    controls = run.checkout.controls
    with controls.consumer_paused():
        order_id = run.placed(payment_method=payment_method)
        message = controls.receive(order_id)
        worker = controls.start_stale_worker(message)
    run.notes["worker"] = worker
    run.wait_until(worker.is_asleep, "that a worker fell asleep with the answer", 15.0)


def _wakes(run: ScenarioRun, *, ends_as: str) -> None:
    """Another worker takes over when the lease is over; only then does the first one wake."""
    worker = run.notes["worker"]
    assert isinstance(worker, StaleWorker)
    [order] = run.orders()
    lease = order.lease_expires_at or 0
    run.wait_until(lambda: time.time() * 1000 > lease + 100, "that the lease is over", 30.0)
    run.expect(order.status == "CHARGING", f"the order is {order.status}, not CHARGING")
    run.checkout.controls.show_again(worker.message)
    run.wait_for_state(order.order_id, ends_as, seconds=30.0)
    run.expect_claims(order.order_id, 2)
    code = worker.wake()
    run.expect(code == 0, f"the worker that woke ended with code {code}")


def _delivered_again(run: ScenarioRun) -> None:
    order_id = run.placed()
    run.wait_for_state(order_id, "PAID")
    messages = partial(run.checkout.inspector.messages, "payment queue")
    before = messages()  # of rows that wait long
    body = json.dumps({"attempt": 1, "order_id": order_id}, separators=(",", ":"))
    for _ in range(2):
        run.checkout.controls.send(body, order_id)
    run.wait_until(lambda: messages() <= before, "that both were taken", 15.0)


def _garbage(run: ScenarioRun) -> None:
    controls, mark = run.checkout.controls, uuid.uuid4().hex
    groups = [f"garbage-{number}-{mark}" for number in range(3)]
    bodies = (
        "this is not JSON",
        json.dumps({"order_id": AN_ORDER_OF_NOBODY, "attempt": 1, "of": mark}),
        "x" * LONGEST_MESSAGE_BYTES,
    )
    for group, body in zip(groups, bodies, strict=True):
        controls.send(body, group)
    placed = [run.placed() for _ in range(GOOD_ORDERS)]
    for order_id in placed:
        run.wait_for_state(order_id, "PAID", seconds=10.0)
    for group, body in zip(groups, bodies, strict=True):
        run.expect(controls.take_dead_letter(group) == body, "another dead letter was there")


SCENARIOS = (
    Scenario(
        name="delivered again",
        promise="A message that comes again after its order was paid charges nothing.",
        expected=ends_in("PAID"),
        act=_delivered_again,
        on=FAULTS,
    ),
    Scenario(
        name="garbage on the queue",
        promise="What cannot be read becomes a dead letter and holds up no order.",
        expected=ends_in("PAID", orders=GOOD_ORDERS, charges=GOOD_ORDERS),
        act=_garbage,
        on=FAULTS,
    ),
    Scenario(
        name="stale worker, captured",
        promise="A worker that wakes with a capture after another took over adds nothing.",
        expected=ends_in("PAID"),
        act=partial(_asleep, payment_method="pm_ok"),
        afterwards=partial(_wakes, ends_as="PAID"),
        on=FAULTS,
    ),
    Scenario(
        name="stale worker, declined",
        promise="A decline from before another took over does not undo the capture after it.",
        expected=ends_in("PAID"),
        act=partial(_asleep, payment_method="pm_declined_once"),
        afterwards=partial(_wakes, ends_as="PAID"),
        on=FAULTS,
    ),
    Scenario(
        name="consumer killed",
        promise="A worker killed between charge and record: the charge is found, not repeated.",
        expected=ends_in("PAID"),
        act=_killed,
        afterwards=_redelivered,
        on=FAULTS,
        settles_within_seconds=100.0,
    ),
)
