"""A payment service in this process, on a port of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout_stack.local.payment_service_process import PaymentControls
from tests.local.paying import serving


@pytest.fixture
def ledger_file(tmp_path: Path) -> Path:
    """Where the ledger of this test is."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def payments(ledger_file: Path) -> Iterator[PaymentControls]:
    """The controls of a running payment service."""
    with serving(ledger_file) as controls:
        yield controls
