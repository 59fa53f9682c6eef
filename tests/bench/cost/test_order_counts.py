"""What an order takes is counted from the handlers that are deployed."""

from __future__ import annotations

import json

import pytest

from bench.cost.assumptions import ACCESS_RECORD
from bench.cost.metered_checkout import MeteredCheckout
from bench.cost.metered_surroundings import SHARDS
from bench.cost.order_counts import count_idle_run, count_order
from bench.scale.limits import AS_DEPLOYED


def test_intake_makes_one_call() -> None:
    assert count_order(1).intake_calls == 1


def test_an_order_takes_three_writes_and_enters_and_leaves_the_index() -> None:
    count = count_order(10)
    assert count.write_units - count.index_write_units == 3
    assert count.index_write_units == 2
    assert count.read_units == 0


def test_the_model_of_scale_takes_an_order_for_what_is_counted() -> None:
    count = count_order(10)
    assert count.write_units - count.index_write_units == AS_DEPLOYED.table_writes
    assert count.index_write_units == AS_DEPLOYED.index_writes
    assert 2 * count.item_bytes <= AS_DEPLOYED.stream_record_bytes


def test_an_order_stays_below_the_kilobyte_at_which_every_write_costs_double() -> None:
    assert count_order(1).item_bytes <= 1024


def test_an_announced_order_takes_one_write_more_and_two_of_the_index() -> None:
    with_events, without = count_order(10, announces=True), count_order(10)
    assert with_events.events == 1
    assert without.events == 0
    more_of_the_index = with_events.index_write_units - without.index_write_units
    assert more_of_the_index == 2
    assert with_events.write_units - without.write_units == more_of_the_index + 1
    assert with_events.read_units == without.read_units
    assert with_events.consumer_calls == without.consumer_calls
    assert with_events.item_bytes <= 1024


def test_batches_share_invocations_and_queue_calls_but_no_writes() -> None:
    one, ten = count_order(1), count_order(10)
    assert ten.fifo_calls == pytest.approx(one.fifo_calls / 10)
    assert ten.consumer_invocations == pytest.approx(one.consumer_invocations / 10)
    assert ten.write_units == one.write_units
    assert ten.payments == one.payments == 1


def test_an_idle_run_asks_each_shard_and_the_bookmark_and_writes_nothing() -> None:
    idle = count_idle_run()
    # Of each shard: the oldest, the open, those in review, those in processing, holds whose end is
    # near, the oldest that is to be announced, and a page of each of the six partitions that are
    # read where nothing expires; the bookmark; the secret.
    assert idle.calls == 12 * SHARDS + 2
    assert idle.read_units == 12 * SHARDS / 2 + 1


def test_a_second_purchase_under_a_key_is_charged_for_its_refused_write_alone() -> None:
    checkout = MeteredCheckout()
    with checkout.running():
        checkout.place()
        before = checkout.meter.write_units["place_order"]
        checkout.resubmit()
    assert checkout.meter.calls["place_order", "PutItem"] == 2
    assert checkout.meter.write_units["place_order"] - before == 1


def test_the_handlers_processor_time_is_metered_without_the_models() -> None:
    checkout = MeteredCheckout()
    with checkout.running():
        checkout.pass_orders(20, batch=10)
    assert all(spent > 0 for spent in checkout.meter.processor_ns.values())
    assert set(checkout.meter.processor_ns) == {"place_order", "relay_orders", "process_payments"}


def test_the_access_record_has_the_fields_that_are_deployed() -> None:
    from checkout_stack.api.api_stage import ACCESS_LOG_FIELDS

    assert list(json.loads(ACCESS_RECORD)) == list(ACCESS_LOG_FIELDS)
