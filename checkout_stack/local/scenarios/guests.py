"""Buyers who do not sign in: the cart that the shop signed says whose an order is."""

from __future__ import annotations

import uuid

from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun


def _reload(run: ScenarioRun) -> None:
    cart_id = str(uuid.uuid4())
    placed = run.place_as_guest(run.signed_cart(cart_id))
    run.expect_status(placed, 202)
    order_id = str(placed.body.get("order_id"))
    again = run.place_as_guest(run.signed_cart(cart_id))
    run.expect(again.is_replay, "after a reload the same cart is not a replay")
    run.expect(again.body.get("order_id") == order_id, f"it is {again.body} after a reload")
    run.expect_status(run.place_as_guest(run.signed_cart(cart_id), run.new_key()), 409)
    run.wait_for_state(order_id, "PAID")
    shown = run.read_as_guest(order_id, run.signed_cart(cart_id))
    run.expect(shown.body.get("status") == "PAID", f"the guest is shown {shown.body}")


def _another_cart(run: ScenarioRun) -> None:
    mine, strangers = (run.signed_cart(str(uuid.uuid4())) for _ in range(2))
    order_id = str(run.place_as_guest(mine).body.get("order_id"))
    run.expect_status(run.read_as_guest(order_id, strangers), 404)
    claims, _, signature = mine.rpartition(".")
    forged = f"{claims}.{signature[::-1]}"
    for nobody in (None, forged):
        run.expect_status(run.read_as_guest(order_id, nobody), 403)
    run.expect_status(run.place_as_guest(forged), 422)
    run.expect_status(run.read_as_guest(order_id, mine), 200)


SCENARIOS = (
    Scenario(
        name="guest reloads",
        promise="A guest's cart is one order after a reload, also under a fresh key.",
        expected=ends_in("PAID"),
        act=_reload,
    ),
    Scenario(
        name="another guest's cart",
        promise="An order is shown to who holds its cart, and to nobody else (404, 403).",
        expected=ends_in("PAID"),
        act=_another_cart,
    ),
)
