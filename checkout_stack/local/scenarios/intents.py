"""Which purchase a key stands for, and whose it is."""

from __future__ import annotations

from checkout_stack.local.checkout_client import PATIENCE_SECONDS, Answer
from checkout_stack.local.scenarios.scenario import Expected, Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import AMOUNT, ScenarioRun


def _other_amount(run: ScenarioRun) -> None:
    key = run.new_key()
    run.expect_status(run.place_patiently(key, run.cart()), 202)
    refused = run.place_patiently(key, run.cart(amount=AMOUNT + 1))
    run.expect_status(refused, 422)
    kind = refused.headers.get("content-type", "")
    run.expect(kind.startswith("application/problem+json"), f"the refusal is {kind}")


def _two_buyers(run: ScenarioRun) -> None:
    key, cart = run.new_key(), run.cart()
    adas = run.place_patiently(key, cart, run.ada)
    bens = run.place_patiently(key, cart, run.ben)
    for answer in (adas, bens):
        run.expect_status(answer, 202)
        run.expect(not answer.is_replay, "one buyer was shown the other's order")
    run.expect_status(run.read(str(bens.body.get("order_id")), run.ada), 404)
    run.expect_status(run.read(str(adas.body.get("order_id")), run.ada), 200)


def _without_token(run: ScenarioRun) -> None:
    answer = run.place(run.new_key(), run.cart(), None, timeout=PATIENCE_SECONDS)
    if isinstance(answer, Answer):
        run.expect_status(answer, 401)


SCENARIOS = (
    Scenario(
        name="other amount",
        promise="The same key with another amount is refused (422) and changes nothing.",
        expected=ends_in("PAID"),
        act=_other_amount,
    ),
    Scenario(
        name="two buyers, one key",
        promise="A key counts for one buyer only, and neither sees the other's order (404).",
        expected=ends_in("PAID", orders=2, charges=2),
        act=_two_buyers,
    ),
    Scenario(
        name="no token",
        promise="Without a token nothing is placed (401).",
        expected=Expected(orders=0, charges=0, states=frozenset()),
        act=_without_token,
    ),
)
