"""Orders from a hundred to many: calls, write units, processor time and memory of one order."""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.cost.metered_checkout import MeteredCheckout
from bench.growth.held_memory import held_bytes, runtime_globals
from bench.growth.large_tables import LargeTables
from simulator.deployment import ORDER_TABLE

#: Orders that are measured at a time, at most, and how often.
LARGEST_PROBE = 100
PROBES = 7
BATCH = 10
#: Orders whose memory is measured: as many at each size, since some of it is of no order.
MEMORY_PROBE = 10
#: Orders between two reports of progress.
REPORTED = 10_000


@dataclass(frozen=True, kw_only=True)
class OrdersMeasured:
    """What one order takes where there are so many already."""

    orders: int
    calls: float
    write_units: float
    processor_us: float
    """Of the handlers, median of the probes."""
    processor_us_spread: tuple[float, float]
    """Least and most of the probes."""
    held_bytes: int
    """By the handlers of all functions, between two invocations."""
    peak_bytes: int
    """Most that was allocated at a time while a probe passed, an order; what the model stores of
    it is in it."""


class _Growing(MeteredCheckout):
    """A checkout whose stream forgets what was relayed, so that only orders grow."""

    def relay(self) -> None:
        super().relay()
        assert isinstance(self.dynamodb, LargeTables), "made with it"
        self.dynamodb.forget_stream(ORDER_TABLE, self._relayed)

    def made(self) -> list[object]:
        """What the composition roots of every function made."""
        return [made for each in self._environments.values() for made in each.made.values()]


def measure_orders(sizes: list[int], say: Callable[[str], None]) -> list[OrdersMeasured]:
    """Let orders pass until each of ``sizes`` is reached, and measure there."""
    checkout = _Growing(LargeTables)
    measured, passed = [], 0
    with checkout.running():
        checkout.pass_orders(BATCH, batch=BATCH)
        passed += BATCH
        for size in sizes:
            # The probes are the last of the orders of this size.
            probed = probe_of(size) * PROBES + MEMORY_PROBE
            until = max(passed, size - probed)
            while passed < until:
                step = min(REPORTED, until - passed)
                checkout.pass_orders(step, batch=BATCH)
                passed += step
                say(f"{passed:,} orders passed")
            measured.append(_measure(checkout, size, probe_of(size)))
            passed += probed
    return measured


def probe_of(size: int) -> int:
    """Return how many orders are measured at a time: full batches, and all of them in ``size``.

    >>> probe_of(100), probe_of(100_000)
    (10, 100)
    """
    return min(LARGEST_PROBE, (size - BATCH - MEMORY_PROBE) // PROBES // BATCH * BATCH)


def _measure(checkout: _Growing, size: int, probe: int) -> OrdersMeasured:
    meter = checkout.meter
    processor = []
    with _collector_at_rest():
        calls, writes = sum(meter.calls.values()), sum(meter.write_units.values())
        for _ in range(PROBES):
            before = sum(meter.processor_ns.values())
            checkout.pass_orders(probe, batch=BATCH)
            spent = sum(meter.processor_ns.values()) - before
            processor.append(spent / 1_000 / probe)
        calls = sum(meter.calls.values()) - calls
        writes = sum(meter.write_units.values()) - writes
        tracemalloc.start()
        checkout.pass_orders(MEMORY_PROBE, batch=BATCH)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return OrdersMeasured(
        orders=size,
        calls=calls / probe / PROBES,
        write_units=writes / probe / PROBES,
        processor_us=statistics.median(processor),
        processor_us_spread=(min(processor), max(processor)),
        held_bytes=held_bytes([*checkout.made(), *runtime_globals()]),
        peak_bytes=round(peak / MEMORY_PROBE),
    )


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the collector out of a probe: it walks the stored orders, which AWS would hold."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
