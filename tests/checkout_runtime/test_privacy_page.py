"""docs/operate/privacy.md describes every attribute of a stored order and its erasure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import field_names
from checkout_runtime.erasure import BuyerErasure, Erased
from tests.checkout_runtime.adapters.order_stores import IN_STATE, OnDynamoDb
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.state_events import SetClock

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operate" / "privacy.md"
ADAPTERS = ROOT / "lambda" / "checkout_runtime" / "adapters"
WRITERS = [
    *(ADAPTERS / name for name in ("order_item.py", "order_history.py", "conditional_updates.py")),
    *(ADAPTERS / name for name in ("guarded_carts.py", "known_orders.py", "operator_verdicts.py")),
    *(ADAPTERS / name for name in ("owed_announcements.py", "stray_charges.py")),
    ADAPTERS / "cancellations.py",
    *sorted(ADAPTERS.glob("dynamodb_*.py")),
    ROOT / "lambda" / "checkout_runtime" / "erasure.py",
]
TYPES = {"S", "N", "B", "L", "M", "SS", "NS", "BOOL", "NULL"}
UNDER_ANOTHER_NAME = {
    "order_id": "pk",
    "principal": "scope",
    "earlier_attempts": "attempt_<>_service",
    "payment_service": "attempt_<>_service",
    "refused_as": "attempt_<>_refused_as",
    "refused_since": "attempt_<>_refused_since",
    "processing_since": "attempt_<>_processing_since",
    "uncounted_resends": "attempt_<>_uncounted_resends",
    "cleared_before": "attempt_<>_cleared_before",
    **{
        name: f"attempt_<>_{name}"
        for name in (
            *("capture_before", "capture_reminded_at", "capture_asked_at", "capture_asked_by"),
            *("capture_amount", "capture_refusals", "capture_refused_as"),
        )
    },
    "next_look_up_at": "attempt_<>_look_at",
    "released_at": "last_<>",
}
"""Fields of an order that the table calls otherwise."""


def described() -> dict[str, str]:
    """What becomes of each attribute that the page's table names; ``<>`` stands for any part."""
    found = {}
    stored_part = PAGE.read_text().partition("## Logged")[0]
    for row in re.findall(r"^\| (`.*)\|$", stored_part, re.MULTILINE):
        names, _, _, erased = (cell.strip() for cell in row.split("|"))
        for name in re.findall(r"`([^`]+)`", names):
            found[general(name)] = erased
    return found


def general(name: str) -> str:
    """The name of an attribute without the number and state that are part of it."""
    return re.sub(r"<[^>]*>(_<[^>]*>)*", "<>", name)


def is_described(name: str) -> bool:
    """Whether the page names it; where the code names a beginning, something that begins so."""
    beginning = name.removesuffix("<>")
    return name in described() or (
        beginning != name and any(each.startswith(name) for each in described())
    )


def is_numbered(node: ast.AST) -> bool:
    """Whether it makes the name of an attribute that has a payment attempt in it."""
    match node:
        case ast.Call(func=ast.Name("of_attempt")):
            return True
    return False


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text that is no docstring; what is put into it is ``{}``."""
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts |= {id(part) for call in ast.walk(tree) for part in ast.walk(call) if is_numbered(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_numbered(node):
            name = node.args[1]
            last = str(name.value) if isinstance(name, ast.Constant) else "{}"
            yield f"attempt_{{}}_{last}"
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in parts | docs
        ):
            yield node.value


def in_updates(tree: ast.Module) -> Iterator[str]:
    """The attributes that an ``Update`` or an ``Attribute`` names; ``{}`` is what is inserted."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("Attribute"), args=[name]):
                yield from texts(name)
            case ast.keyword("set" | "add" | "delete", ast.Dict(keys)):
                yield from (name for key in keys if key is not None for name in texts(key))
            case ast.keyword("set", ast.DictComp(key)):
                yield from texts(key)
            case ast.keyword("remove", names):
                yield from texts(names)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple):
            yield from texts(statement.value)


def in_items(tree: ast.AST) -> Iterator[str]:
    """The attributes that an item is written with, read by, or that a placeholder stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                    continue
                if key.value.startswith("#") and isinstance(value, ast.Constant):
                    yield str(value.value)
                if _is_attribute_value(value) and not key.value.startswith((":", "#")):
                    yield key.value
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_text", "_number"):
            [name] = list(texts(node.args[1])) or ["?"]
            yield name


def _is_attribute_value(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Dict)
        and {key.value for key in value.keys if isinstance(key, ast.Constant)} <= TYPES
        and bool(value.keys)
    )


def stored() -> set[str]:
    """The attributes that the code names."""
    trees = [ast.parse(path.read_text()) for path in WRITERS]
    found = {name for tree in trees for name in in_items(tree)}
    found |= {name for tree in trees for name in in_updates(tree)}
    return {general(re.sub(r"\{\}", "<>", name)) for name in found}


def test_the_code_names_the_attributes_that_are_known_of_it() -> None:
    """What looks for attributes finds them in each of the ways in which they are written."""
    assert stored() >= {
        *("pk", "scope", "customer", "sku", "quantity", "correlation_id", "claim_id"),
        *("stray_charges", "paid_at", "first_<>", "last_<>", "unsettled_shard", "action_url"),
    }


def test_every_attribute_that_the_code_names_is_described() -> None:
    assert sorted(name for name in stored() if not is_described(name)) == []


def test_every_field_of_an_order_is_described() -> None:
    names = (UNDER_ANOTHER_NAME.get(each, each) for each in field_names(Order))
    assert sorted(name for name in names if not is_described(name)) == []


def attributes(item: dict[str, Any]) -> dict[str, Any]:
    """An item's attributes by the names that the page has for them."""
    numbered = {re.sub(r"^attempt_\d+_", "attempt_<>_", name): item[name] for name in item}
    return {re.sub(r"^(first|last)_.*", r"\1_<>", name): numbered[name] for name in numbered}


@pytest.mark.parametrize("status", IN_STATE)
def test_every_attribute_of_a_stored_order_is_described(
    status: OrderStatus,
    dynamodb: BotocoreService,
    order_table: str,
    fresh_name: Callable[[str], str],
) -> None:
    order = IN_STATE[status](OnDynamoDb(dynamodb, order_table), fresh_name("privacy"))
    key = {"pk": {"S": order.order_id}}
    item = attributes(dynamodb.client.get_item(TableName=order_table, Key=key)["Item"])
    assert sorted(name for name in item if name not in described()) == []


@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.DECLINED])
def test_erasure_does_what_the_page_says(
    status: OrderStatus,
    dynamodb: BotocoreService,
    order_table: str,
    fresh_name: Callable[[str], str],
) -> None:
    order = IN_STATE[status](OnDynamoDb(dynamodb, order_table), fresh_name("privacy"))
    key = {"pk": {"S": order.order_id}}
    before = attributes(dynamodb.client.get_item(TableName=order_table, Key=key)["Item"])
    assert BuyerErasure(dynamodb, order_table).erase(order.order_id) == Erased()
    after = attributes(dynamodb.client.get_item(TableName=order_table, Key=key)["Item"])
    for name, value in before.items():
        says = described()[name]
        expected = {"`erased`": {"S": "erased"}, "empty": {"L": []}, "removed": None}
        if says.startswith("stay"):
            assert after[name] == value, name
        else:
            assert after.get(name) == expected[says], name


def test_everything_that_is_sent_to_a_payment_service_is_described() -> None:
    sent: dict[str, str] = {}

    def send(_method: str, _url: str, headers: Any, body: bytes, _timeout: float) -> HttpAnswer:
        sent.update(json.loads(body) | dict(headers))
        return HttpAnswer(500, b"")

    secret = CachedSecret(StubSecrets("s3cret"), "arn", SetClock())
    service = HttpPaymentService(
        url="https://pay.example.com", look_up_url=None, secret=secret, timeout_seconds=1, send=send
    )
    service.charge(new_order())
    described_as = {
        **{name: f"`{name}`" for name in sent},
        "Idempotency-Key": "payment key",
        "X-Correlation-Id": "correlation id",
    }
    for name in ("Authorization", "Content-Type"):
        del described_as[name]
    [row] = re.findall(r"^\| `http` \|.*$", PAGE.read_text(), re.MULTILINE)
    assert {"customer", "order_id", "Idempotency-Key"} <= sent.keys()
    assert [name for name, words in described_as.items() if words not in row] == []
