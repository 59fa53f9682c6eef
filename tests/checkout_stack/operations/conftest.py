"""The command line on a deployed checkout that the test makes up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from checkout_stack.cli import main
from checkout_stack.operations import options
from tests.checkout_stack.operations.deployment import Deployment

Run = Callable[..., Result]


@pytest.fixture
def deployment() -> Deployment:
    """What is deployed."""
    return Deployment()


@pytest.fixture
def run_on(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on it, with ``--stack Shop``."""
    monkeypatch.setattr(options, "find_checkout", lambda _: deployment.checkout())
    return lambda *arguments: CliRunner().invoke(
        main, [*arguments, "--stack", "Shop"], prog_name="checkout", env={"COLUMNS": "200"}
    )
