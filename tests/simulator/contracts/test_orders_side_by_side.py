"""Whatever is done to an order through the real adapters, model and local AWS stay alike."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import LEASE, OnDynamoDb, placed, stored_order
from tests.checkout_runtime.adapters.test_orders_contract import METHODS
from tests.checkout_runtime.factories import NOW, SERVICE
from tests.hypothesis_profiles import examples
from tests.simulator.contracts.backends import OrderTable, VirtualClock
from tests.simulator.contracts.made_on_models import model_table

EXAMPLES = examples(40)
LONGEST_HISTORY = 12

steps = st.tuples(
    st.sampled_from([*METHODS, "claim late", "resend"]),
    st.integers(0, LONGEST_HISTORY),
    st.sampled_from([0, 1, LEASE]),
)


@settings(max_examples=EXAMPLES, derandomize=True)
@given(history=st.lists(steps, min_size=4, max_size=LONGEST_HISTORY))
def test_every_expression_of_the_adapters_means_the_same_on_both(
    history: list[tuple[str, int, int]], local_table: OrderTable
) -> None:
    model = model_table(VirtualClock())
    tables = [model, local_table]
    stores = [OnDynamoDb(table.dynamodb, table.name) for table in tables]
    key = str(history)
    order = placed(stores[0], key)
    local_table.delete(order.order_id)
    placed(stores[1], key)
    shown: list[Order] = [order]
    now = NOW
    for name, which, later in history:
        now += later
        seen = shown[which % len(shown)]
        results = [act(store, name, seen, now) for store in stores]
        assert results[0] == results[1], name
        items = [table.get(order.order_id) for table in tables]
        assert items[0] == items[1], name
        shown.append(stored_order(stores[0], order))


def act(store: OnDynamoDb, name: str, seen: Order, now: int) -> object:
    if name == "resend":
        return store.begin_resend(seen, now)
    if name == "claim late":
        return store.claim(
            seen.order_id,
            seen.attempt,
            claim_id=str(now),
            now=now,
            service=SERVICE,
            lease_expires_at=now + LEASE,
        )
    return METHODS[name][0](store, replace(seen))
