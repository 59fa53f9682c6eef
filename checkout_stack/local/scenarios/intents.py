"""Which purchase a key stands for, and whose it is."""

from __future__ import annotations

from checkout_stack.local.checkout_client import PATIENCE_SECONDS, Answer
from checkout_stack.local.scenarios.scenario import Expected, Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import AMOUNT, Visit


def _other_amount(visit: Visit) -> None:
    key = visit.new_key()
    visit.expect_status(visit.place_patiently(key, visit.cart()), 202)
    refused = visit.place_patiently(key, visit.cart(amount=AMOUNT + 1))
    visit.expect_status(refused, 422)
    kind = refused.headers.get("content-type", "")
    visit.expect(kind.startswith("application/problem+json"), f"the refusal is {kind}")


def _two_buyers(visit: Visit) -> None:
    key, cart = visit.new_key(), visit.cart()
    adas = visit.place_patiently(key, cart, visit.ada)
    bens = visit.place_patiently(key, cart, visit.ben)
    for answer in (adas, bens):
        visit.expect_status(answer, 202)
        visit.expect(not answer.is_replay, "one buyer was shown the other's order")
    visit.expect_status(visit.read(str(bens.body.get("order_id")), visit.ada), 404)
    visit.expect_status(visit.read(str(adas.body.get("order_id")), visit.ada), 200)


def _without_token(visit: Visit) -> None:
    answer = visit.place(visit.new_key(), visit.cart(), None, timeout=PATIENCE_SECONDS)
    if isinstance(answer, Answer):
        visit.expect_status(answer, 401)


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
