"""Transactions write all or nothing, and say why, alike on the model and on DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from tests.simulator.contracts.backends import OrderTable, number, text

ONLY_IF_NEW = {"ConditionExpression": "attribute_not_exists(pk)"}
SHOWN = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def put(pk: str, **options: Any) -> dict[str, Any]:
    return {"Put": {"Item": {"pk": text(pk), "note": text("new")}, **options}}


def refused(table: OrderTable, *actions: dict[str, Any], **options: Any) -> Any:
    with pytest.raises(AwsRefusedError) as caught:
        table.transact(*actions, **options)
    return caught.value.code, caught.value.cancellation_reasons


def test_every_kind_of_write_is_carried_out_at_once(table: OrderTable, key: str) -> None:
    table.put({"pk": text(f"{key}-u"), "attempt": number(1)})
    table.put({"pk": text(f"{key}-d")})
    table.put({"pk": text(f"{key}-c")})
    table.transact(
        put(f"{key}-p", **ONLY_IF_NEW),
        {
            "Update": {
                "Key": {"pk": text(f"{key}-u")},
                "UpdateExpression": "SET attempt = attempt + :one",
                "ExpressionAttributeValues": {":one": number(1)},
            }
        },
        {"Delete": {"Key": {"pk": text(f"{key}-d")}}},
        {
            "ConditionCheck": {
                "Key": {"pk": text(f"{key}-c")},
                "ConditionExpression": "attribute_exists(pk)",
            }
        },
    )
    assert table.get(f"{key}-p") == {"pk": text(f"{key}-p"), "note": text("new")}
    assert table.get(f"{key}-u") == {"pk": text(f"{key}-u"), "attempt": number(2)}
    assert table.get(f"{key}-d") is None
    assert table.get(f"{key}-c") == {"pk": text(f"{key}-c")}


def test_one_failed_condition_cancels_all_and_each_action_has_its_reason(
    table: OrderTable, key: str
) -> None:
    there = {"pk": text(f"{key}-2"), "note": text("old")}
    table.put(there)
    code, reasons = refused(
        table, put(f"{key}-1", **ONLY_IF_NEW, **SHOWN), put(f"{key}-2", **ONLY_IF_NEW, **SHOWN)
    )
    assert code == "TransactionCanceledException"
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert [reason.get("Item") for reason in reasons] == [None, there]
    assert (table.get(f"{key}-1"), table.get(f"{key}-2")) == (None, there)


def test_a_reason_shows_the_item_only_where_it_is_asked_for(table: OrderTable, key: str) -> None:
    table.put({"pk": text(key)})
    _, [reason] = refused(table, put(key, **ONLY_IF_NEW))
    assert (reason["Code"], reason.get("Item")) == ("ConditionalCheckFailed", None)


def test_a_transaction_that_names_one_item_twice_is_refused(table: OrderTable, key: str) -> None:
    code, _ = refused(table, put(key), {"Delete": {"Key": {"pk": text(key)}}})
    assert code == "ValidationException"
    assert table.get(key) is None


def test_a_repetition_under_the_same_token_writes_nothing_more(table: OrderTable, key: str) -> None:
    token = {"ClientRequestToken": f"token-{key}"}
    table.transact(put(key, **ONLY_IF_NEW), **token)
    table.transact(put(key, **ONLY_IF_NEW), **token)
    assert refused(table, put(f"{key}-other"), **token) == (
        "IdempotentParameterMismatchException",
        (),
    )
    assert table.get(f"{key}-other") is None


def test_a_cancelled_transaction_may_be_tried_again_under_its_token(
    table: OrderTable, key: str
) -> None:
    token = {"ClientRequestToken": f"token-{key}"}
    table.put({"pk": text(key)})
    refused(table, put(key, **ONLY_IF_NEW), **token)
    table.delete(key)
    table.transact(put(key, **ONLY_IF_NEW), **token)
    assert table.get(key) == {"pk": text(key), "note": text("new")}


@pytest.mark.parametrize("condition", ["attempt = :absent", "attempt ="])
def test_a_transaction_that_cannot_be_understood_is_refused(
    condition: str, table: OrderTable, key: str
) -> None:
    code, _ = refused(table, put(f"{key}-1"), put(key, ConditionExpression=condition))
    assert code == "ValidationException"
    assert (table.get(key), table.get(f"{key}-1")) == (None, None)


def test_an_update_that_does_not_fit_the_item_cancels_the_transaction(
    table: OrderTable, key: str
) -> None:
    update = {
        "Update": {
            "Key": {"pk": text(key)},
            "UpdateExpression": "SET attempt = attempt + :one",
            "ExpressionAttributeValues": {":one": number(1)},
        }
    }
    code, reasons = refused(table, put(f"{key}-1"), update)
    assert code == "TransactionCanceledException"
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError"]
    assert (table.get(key), table.get(f"{key}-1")) == (None, None)
