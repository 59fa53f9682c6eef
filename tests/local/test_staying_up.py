"""What is left up tells its addresses and what becomes of orders, until something ends it."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from checkout_stack.local import staying_up
from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.staying_up import stay_up


class Watched:
    """An AWS with a bus, and the rules that are put on it."""

    def __init__(self) -> None:
        self.buses: list[str] = []

    def sqs(self) -> Any:
        return SimpleNamespace(
            create_queue=lambda **_: {"QueueUrl": "queue"}, receive_message=lambda **_: {}
        )

    def event_bus(self) -> Any:
        return SimpleNamespace(
            put_rule=lambda EventBusName, **_: self.buses.append(EventBusName),  # noqa: N803
            put_targets=lambda **_: None,
        )


def checkout(state: Path, aws: Watched, order_id: str, looks: int, **outputs: str) -> Any:
    """A checkout with one paid order, which is up for some looks."""
    left = iter(range(looks))
    order = StoredOrder(
        order_id=order_id,
        status="PAID",
        attempt=1,
        amount=5,
        customer="c",
        charge_id="ch_1",
        stray_charges=frozenset(),
    )

    def check_running() -> None:
        if next(left, None) is None:
            raise LocalRunError("it has ended")

    return SimpleNamespace(
        aws=aws,
        outputs=outputs,
        inspector=SimpleNamespace(every_order=lambda: [order]),
        check_running=check_running,
        client=SimpleNamespace(host="api.localhost:1"),
        buyers={"ada": SimpleNamespace(id_token="token")},
        run=SimpleNamespace(ports=SimpleNamespace(api=1), paths=SimpleNamespace(state=state)),
    )


def test_each_has_its_addresses_and_every_change_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: list[tuple[str, str | None]] = []
    monkeypatch.setattr(staying_up, "SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setattr(
        staying_up,
        "print_addresses",
        lambda _checkout, _console, file, shop: addresses.append((file.read_text()[:20], shop)),
    )
    aws, said = Watched(), io.StringIO()
    up = {
        "A": checkout(tmp_path, aws, "ord_1", 2, EventBusName="A-bus"),
        "B": checkout(tmp_path, aws, "ord_2", 3),
    }

    with pytest.raises(LocalRunError, match="it has ended"):
        stay_up(up, Console(file=said, width=200), shop="http://shop")

    assert addresses == [("export CHECKOUT_API=", "http://shop")] * 2
    assert aws.buses == ["A-bus"]
    lines = said.getvalue().split("\n")
    assert lines[:4] == ["", "A", "", "B"]
    told = [line.split(" ", 2) for line in lines[4:-1]]
    assert [(name, line) for name, _, line in told] == [
        ("A:", "ord_1 PAID (attempt 1, amount 5, charge ch_1)"),
        ("B:", "ord_2 PAID (attempt 1, amount 5, charge ch_1)"),
    ]
    assert list(tmp_path.iterdir()) == []
