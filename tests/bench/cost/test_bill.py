"""Bills add up, prices are sourced, and no peer is charged for what only ours has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.cost import ours, peers, prices
from bench.cost.assumptions import (
    DEFAULT,
    MEGABYTES_OF_A_CORE,
    MONTH_SECONDS,
    PROVISIONED_SHARE_USED,
    Traffic,
)
from bench.cost.bill import Bill
from bench.cost.prices import Price
from checkout_stack.foundation.runtime_function import BUYER_FACING_MEBIBYTES, WORKER_MEBIBYTES
from checkout_stack.foundation.timing import CheckoutTiming

LOW = Traffic(orders=1e6, batch=1)
HIGH = Traffic(orders=1e6, batch=10)


def test_a_tier_charges_only_what_is_beyond_the_one_before() -> None:
    tiered = Price("t", ((0, 2.0), (10, 1.0)), "u", "https://example.com")
    assert tiered.of(10) == 20
    assert tiered.of(15) == 25


@pytest.mark.parametrize("price", prices.PRICES, ids=lambda price: price.name)
def test_a_price_says_where_and_when_it_was_read_and_how_it_was_seen(price: Price) -> None:
    assert price.source.startswith("https://")
    assert price.read == "2026-11"
    assert price.confirmed


def test_a_bill_is_the_sum_of_its_lines_and_of_its_shares() -> None:
    bill = ours.bill(HIGH)
    assert bill.dollars == pytest.approx(sum(line.dollars for line in bill.lines))
    assert sum(bill.by_price().values()) == pytest.approx(bill.a_million)


def test_what_stands_costs_the_less_an_order_the_more_orders_there_are() -> None:
    few = ours.bill(Traffic(orders=1e4, batch=10)).a_million
    many = ours.bill(Traffic(orders=1e9, batch=10)).a_million
    assert few > 50 * many


def test_a_traced_second_is_paid_once_and_then_a_twentieth() -> None:
    assert LOW.traces(1000) == 1000
    assert LOW.traces(MONTH_SECONDS + 100) == MONTH_SECONDS + 5


def test_temporal_takes_the_cheaper_plan_and_says_where_no_price_is_published() -> None:
    few, many = Traffic(orders=1e5, batch=1), Traffic(orders=1e8, batch=1)
    assert peers.temporal_cloud(few).surcharge == pytest.approx(0.10 * 4e5 * 50 / 1e6)
    assert peers.temporal_cloud(Traffic(orders=2e7, batch=1)).surcharge >= 500
    assert not peers.temporal_cloud(few).unpublished
    assert peers.temporal_cloud(many).unpublished


def test_threads_save_powertools_the_waiting_of_a_batch_and_nothing_of_one_order() -> None:
    waits = replace(
        DEFAULT, processor=replace(DEFAULT.processor, powertools_consumer=0, powertools_threads=0)
    )

    def time(traffic: Traffic, *, side_by_side: bool) -> float:
        bill = peers.powertools(traffic, waits, side_by_side=side_by_side)
        return sum(line.dollars for line in bill.lines if line.what == "consumer: time")

    assert time(HIGH, side_by_side=False) == pytest.approx(10 * time(HIGH, side_by_side=True))
    assert time(LOW, side_by_side=False) == time(LOW, side_by_side=True)


def test_an_invocation_takes_its_waits_and_its_share_of_a_core() -> None:
    half = MEGABYTES_OF_A_CORE / 1024 / 2
    assert DEFAULT.seconds(half, calls=2, payments=1, processor_ms=10) == pytest.approx(
        2 * DEFAULT.aws_wait_seconds + DEFAULT.payment_seconds + 0.020
    )


def test_no_peer_pays_for_what_only_ours_has() -> None:
    own = {each.name for each in (prices.ALARM, prices.METRIC, prices.DASHBOARD, prices.TRACE)}
    bills = [
        peers.powertools(LOW),
        peers.step_functions_standard(LOW),
        peers.step_functions_express(LOW),
        peers.durable_functions(LOW),
        peers.temporal_cloud(LOW),
    ]
    assert all(not own & bill.by_price().keys() for bill in bills)
    assert own <= ours.bill(LOW, watched=ours.FULL, traced=True).by_price().keys()
    logged = [line for bill in bills for line in bill.lines if line.price is prices.LOGS]
    assert {line.what for line in logged} == {"access log"}


def test_the_reconciler_runs_as_often_as_it_is_paid_for() -> None:
    assert CheckoutTiming().reconcile_every.to_seconds() == ours.RECONCILE_SECONDS


def test_functions_have_the_memory_that_they_are_paid_for() -> None:
    assert 1024 * DEFAULT.buyer_facing_gigabytes == BUYER_FACING_MEBIBYTES
    assert 1024 * DEFAULT.worker_gigabytes == WORKER_MEBIBYTES


def test_a_small_shop_pays_least_with_the_fewest_alarms() -> None:
    shop = Traffic(orders=1e4, batch=1)
    paid = [ours.bill(shop, watched=each).dollars for each in ours.CHOICES]
    assert paid == sorted(paid)
    assert paid[0] < 3


def test_provisioned_writes_cost_every_bill_the_same_share() -> None:
    provisioned = replace(DEFAULT, provisioned=True)

    def writes(bill: Bill) -> float:
        return sum(line.dollars for line in bill.lines if line.what == "writes")

    ratios = [
        writes(make(HIGH, provisioned)) / writes(make(HIGH, DEFAULT))
        for make in (ours.bill, peers.powertools, peers.step_functions_express)
    ]
    hour = prices.PROVISIONED_WRITE.of(1) / PROVISIONED_SHARE_USED
    assert ratios == pytest.approx([hour / prices.WRITE_UNIT.of(3600)] * 3)
    assert ratios[0] < 1


def test_announcing_costs_an_event_and_three_writes_an_order_and_its_alarms() -> None:
    for traffic, watched, of_events in (
        (LOW, ours.STANDARD, ours.EVENTS),
        (HIGH, ours.MINIMAL, ours.EVENTS_MINIMAL),
    ):
        without = ours.bill(traffic, watched=watched)
        announced = ours.bill(traffic, watched=watched, announces=True)
        more = {
            name: dollars - without.by_price().get(name, 0.0)
            for name, dollars in announced.by_price().items()
        }
        assert more[prices.EVENT.name] == pytest.approx(1.0)
        assert more[prices.WRITE_UNIT.name] == pytest.approx(3 * 0.625)
        assert more[prices.ALARM.name] == pytest.approx(0.10 * of_events.alarms)
        assert more[prices.METRIC.name] == pytest.approx(0.30 * of_events.metrics)
        assert "announced" in announced.name
    assert prices.EVENT.name not in ours.bill(LOW).by_price()
