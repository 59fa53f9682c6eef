"""What a single write tells of its refusal: the stored item, or that DynamoDB refused otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb


def test_a_write_whose_condition_fails_for_want_of_an_item_tells_of_an_empty_one() -> None:
    update = Update(set={"a": 1}, when=[Attribute("pk").exists()])
    refused = ItemWrites(empty_dynamodb(), ORDER_TABLE).update("nobody", update)
    assert refused == NotWritten(({},))
    assert isinstance(refused, NotWritten)
    assert refused.item is None


def test_a_write_that_is_refused_for_another_reason_met_no_item() -> None:
    class Refusing:
        def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            raise AwsRefusedError("ThrottlingException")

    with pytest.raises(AwsRefusedError, match="ThrottlingException"):
        ItemWrites(Refusing(), ORDER_TABLE).update("nobody", Update(set={"a": 1}))
