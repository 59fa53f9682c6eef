"""Judges a good adapter, and adapters that each break one promise.

``test_conformance_kit.py`` runs the kit on this file in a process of its own.
"""

from __future__ import annotations

import pytest

from checkout_runtime.conformance import PaymentServiceConformance, Sandbox
from tests.checkout_runtime.conformance.broken_adapters import SilenceIsNo
from tests.checkout_runtime.conformance.in_memory_payment_service import Books, BooksSandbox, Good


class Unable(Sandbox):
    """A sandbox that can do nothing but charge."""

    can_look_up = False
    honours_keys = False

    def __init__(self) -> None:
        self._books = Books()

    def payment_service(self) -> Good:
        return Good(self._books)


class TestUnable(PaymentServiceConformance):
    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Unable()


def judged(adapter: type[Good]) -> type[PaymentServiceConformance]:
    class Judged(PaymentServiceConformance):
        @pytest.fixture
        def sandbox(self) -> Sandbox:
            return BooksSandbox(adapter)

    return Judged


ADAPTERS: list[type[Good]] = [Good, *Good.__subclasses__()]
globals().update({f"Test{each.__name__}": judged(each) for each in ADAPTERS})


def good_sandbox() -> Sandbox:
    """What the command line is given."""
    return BooksSandbox(Good)


def broken_sandbox() -> Sandbox:
    """What the command line is given, too."""
    return BooksSandbox(SilenceIsNo)
