"""The deployed API answers as its description says, and the commands of its page work as copied."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.shell_variables import shell_variables
from tests.tools.described_requests import CHECKS, LABELS, requests_of, searching

pytestmark = pytest.mark.local

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "http-api.md"
SECONDS = 30.0


@pytest.fixture
def variables(checkout: LocalCheckout) -> Iterator[Path]:
    """The file that ``make serve`` writes."""
    with shell_variables(checkout) as file:
        yield file


def shell(commands: str, directory: Path) -> str:
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=directory,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def body(answer: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(answer[answer.index("{") :])
    return decoded


def test_the_commands_of_the_page_make_one_paid_order(
    variables: Path, checkout: LocalCheckout
) -> None:
    directory = checkout.run.paths.root
    assert variables == directory / ".local" / "serve.env"
    assert variables.stat().st_mode & 0o777 == 0o600
    order, find = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    first, again = shell(order, directory), shell(order, directory)
    assert first.startswith("HTTP/1.1 202")
    assert "idempotent-replayed: true" in again.lower()
    assert body(first)["order_id"] == body(again)["order_id"]
    end = time.monotonic() + SECONDS
    while (found := body(shell(f". .local/serve.env\n{find}", directory)))["next"] == "wait":
        assert time.monotonic() < end, found
        time.sleep(0.2)
    assert (found["order_id"], found["status"]) == (body(first)["order_id"], "PAID")
    assert found["payment_method"] == "…ok"


@pytest.fixture
def address(variables: Path) -> str:
    """The API's address, as the file has it."""
    return shell(f'. {variables}\nprintf %s "$CHECKOUT_API"', variables.parent)


@pytest.fixture(scope="module")
def back_office(checkout: LocalCheckout) -> str:
    """A token of the shop's own, by which refunds are asked for."""
    return checkout.back_office.token()


OF_SHOPS = "/refunds"
"""The end of the routes that no buyer is let in to."""
PLACING, *OTHERS = (label for label in LABELS if not label.endswith("/capture"))
"""This checkout holds no money, so it has no captures; one that does has rows of its own."""


@pytest.mark.parametrize(
    "label", [PLACING, *(pytest.param(each, marks=pytest.mark.thorough) for each in OTHERS)]
)
@searching(20)
@given(data=st.data())
def test_every_answer_of_the_deployed_api_is_described(
    label: str, data: st.DataObject, checkout: LocalCheckout, address: str, back_office: str
) -> None:
    case = data.draw(requests_of(label))
    token = back_office if label.endswith(OF_SHOPS) else checkout.buyers["ada"].id_token
    headers = {"Authorization": f"Bearer {token}"}
    response = case.call(base_url=address, headers=headers)
    case.validate_response(response, checks=CHECKS)
