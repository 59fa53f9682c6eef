"""What breaks first follows from quotas and from what an order takes, not from what was written."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import pytest

from bench.scale import quotas
from bench.scale.limits import (
    AS_DEPLOYED,
    AT_THE_TOP,
    LIMITS,
    PAYMENTS_TAKEN,
    Limit,
    Scope,
    breaking,
    checkouts_needed,
    outage_that_fills_the_queue,
    seconds_to_scale_up,
)


def limit(name: str) -> Limit:
    [found] = [each for each in LIMITS if each.name == name]
    return found


def names(limits: list[Limit]) -> list[str]:
    return [each.name for each in limits]


def test_nothing_breaks_at_ten_orders_a_second() -> None:
    assert breaking(AS_DEPLOYED, orders_per_second=10) == []


def test_at_a_thousand_the_payment_service_breaks_first_and_then_the_charges_at_a_time() -> None:
    broken = names(breaking(AS_DEPLOYED, orders_per_second=1_000))
    assert broken == ["payment service", "charges at a time"]


def test_at_a_thousand_one_property_is_enough_where_the_payment_service_takes_it() -> None:
    raised = replace(AS_DEPLOYED, concurrent_charges=400, payment_service_orders=math.inf)
    assert breaking(raised, orders_per_second=1_000) == []


def test_at_fifty_thousand_with_every_property_raised_quotas_and_the_mapping_are_left() -> None:
    broken = names(breaking(PAYMENTS_TAKEN, orders_per_second=50_000))
    assert broken == [
        "writes of a new table",
        "API requests",
        "writes of the table",
        "Lambda concurrency",
        "charges at a time",
    ]


def test_the_first_to_break_is_the_one_that_holds_least() -> None:
    broken = breaking(AS_DEPLOYED, orders_per_second=50_000)
    assert broken[0].holds_to(AS_DEPLOYED) == min(each.holds_to(AS_DEPLOYED) for each in LIMITS)
    held = [each.holds_to(AS_DEPLOYED) for each in broken]
    assert held == sorted(held)


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("charges at a time", replace(AS_DEPLOYED, concurrent_charges=200)),
        ("shards of the unsettled index", replace(AS_DEPLOYED, unsettled_index_shards=32)),
    ],
)
def test_a_property_moves_its_limit_in_proportion_and_no_other(name: str, moved: object) -> None:
    assert isinstance(moved, type(AS_DEPLOYED))
    changed = {
        each.name: each.holds_to(moved) / each.holds_to(AS_DEPLOYED)
        for each in LIMITS
        if each.holds_to(moved) != each.holds_to(AS_DEPLOYED)
    }
    assert changed == {name: 2}


def test_the_relay_keeps_up_with_whatever_a_partition_takes() -> None:
    assert limit("stream and relay").holds_to(AS_DEPLOYED) == math.inf


def test_a_relay_that_took_one_batch_at_a_time_of_one_record_would_not() -> None:
    slow = replace(AS_DEPLOYED, relay_parallelization=1, relay_batch=1, aws_call_seconds=0.1)
    assert limit("stream and relay").holds_to(slow) < quotas.PARTITION_WRITES.value


def test_large_orders_would_make_the_stream_the_limit() -> None:
    large = replace(AS_DEPLOYED, stream_record_bytes=400_000)
    assert limit("stream and relay").holds_to(large) < math.inf


def test_fifty_thousand_orders_a_second_take_several_checkouts_without_quota_increases() -> None:
    assert checkouts_needed(PAYMENTS_TAKEN, orders_per_second=50_000) == 4
    assert checkouts_needed(AS_DEPLOYED, orders_per_second=10) == 1


def test_more_checkouts_do_not_move_what_the_account_shares() -> None:
    shared = {each.name for each in LIMITS if each.scope is Scope.ACCOUNT}
    assert shared == {"API requests", "Lambda concurrency", "FIFO calls"}


def test_the_mapping_needs_longer_for_more_and_never_comes_to_what_it_may_not() -> None:
    assert seconds_to_scale_up(AT_THE_TOP, orders_per_second=10) == 0
    assert seconds_to_scale_up(AT_THE_TOP, orders_per_second=1_000) == pytest.approx(5.4)
    assert seconds_to_scale_up(AT_THE_TOP, orders_per_second=50_000) == math.inf


def test_an_outage_fills_the_queue_the_sooner_the_more_orders_come() -> None:
    assert outage_that_fills_the_queue(orders_per_second=10) == 12_000
    assert outage_that_fills_the_queue(orders_per_second=1_000) == 120


def test_every_quota_says_where_and_when_it_was_read() -> None:
    for each in quotas.QUOTAS:
        assert each.source.startswith("https://"), each.name
        assert each.read == "2026-11", each.name


def test_the_model_needs_no_cdk() -> None:
    program = (
        "import sys; import bench.scale.limits; "
        "sys.exit(any(name.partition('.')[0] in ('aws_cdk', 'jsii') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
