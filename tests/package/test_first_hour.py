"""What a stranger does in the first hour works: with the wheels alone, and in tests of their own.

The first needs the package registries; about two minutes on a quiet machine, most of it pip's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.package.distributions import CHECKOUT, build

pytestmark = [pytest.mark.local, pytest.mark.hour]


def test_from_an_empty_home_to_a_paid_order_and_its_refund(tmp_path: Path) -> None:
    built = os.environ.get("CHECKOUT_DISTRIBUTIONS") or str(build(tmp_path).directory)
    done = subprocess.run(
        [str(CHECKOUT / "examples" / "first_hour.sh")],
        env=os.environ | {"WHEELS": built, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for seen in ("-> PAID", "event OrderPaid", "event OrderRefunded", "0 left to refund"):
        assert seen in done.stdout


def test_a_teams_own_tests_of_a_deployed_checkout_pass(tmp_path: Path) -> None:
    tests = CHECKOUT / "examples" / "tests_of_your_own" / "test_orders.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)],
        cwd=CHECKOUT,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
