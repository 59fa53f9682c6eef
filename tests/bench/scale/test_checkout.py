"""The model's checkout is the one that the construct makes."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from bench.scale import quotas
from bench.scale.limits import AS_DEPLOYED, AT_THE_TOP
from checkout_stack import IdempotentCheckout
from checkout_stack.pipeline.checkout_requirements import MOST_UNSETTLED_INDEX_SHARDS
from checkout_stack.pipeline.payment_consumer import MOST_CONCURRENT_CHARGES
from tests.checkout_stack.synthesized import (
    MAPPING,
    QUEUE,
    Synthesized,
    checkout,
    synthesize,
    unchecked_app,
)


@pytest.fixture
def template(tmp_path: Path) -> Synthesized:
    stack = cdk.Stack(unchecked_app(tmp_path), "Shop")
    checkout(stack)
    return synthesize(stack)


def mapping(template: Synthesized, source: str) -> dict[str, Any]:
    [found] = [
        each for each in template.of_type(MAPPING).values() if source in str(each["EventSourceArn"])
    ]
    return found


@pytest.mark.parametrize("name", ["concurrent_charges", "unsettled_index_shards"])
def test_a_property_has_its_default(name: str) -> None:
    default = inspect.signature(IdempotentCheckout.__init__).parameters[name].default
    assert getattr(AS_DEPLOYED, name) == default


def test_the_top_of_the_properties_is_what_synth_allows() -> None:
    assert AT_THE_TOP.concurrent_charges == MOST_CONCURRENT_CHARGES
    assert AT_THE_TOP.unsettled_index_shards == MOST_UNSETTLED_INDEX_SHARDS


def test_the_relay_is_mapped_as_the_model_has_it(template: Synthesized) -> None:
    relay = mapping(template, "StreamArn")
    assert relay["BatchSize"] == AS_DEPLOYED.relay_batch
    assert relay["ParallelizationFactor"] == AS_DEPLOYED.relay_parallelization
    assert relay["ParallelizationFactor"] <= quotas.PARALLELIZATION.value


def test_the_consumer_is_mapped_as_the_model_has_it(template: Synthesized) -> None:
    consumer = mapping(template, "Payments")
    assert consumer["BatchSize"] == AS_DEPLOYED.consumer_batch
    invocations = consumer["ScalingConfig"]["MaximumConcurrency"]
    assert invocations * AS_DEPLOYED.consumer_batch == AS_DEPLOYED.concurrent_charges
    assert AT_THE_TOP.concurrent_charges / 10 == quotas.MAPPING_CONCURRENCY.value


def test_the_payment_queue_is_in_high_throughput_mode(template: Synthesized) -> None:
    queue = template.one(QUEUE, "CheckoutPaymentsQueue")
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"
    assert queue["DeduplicationScope"] == "messageGroup"
