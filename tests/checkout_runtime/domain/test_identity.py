"""Names that follow from content."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.identity import (
    capture_key,
    is_order_id,
    order_id_for,
    payment_key,
    principal_of,
    read_payment_key,
    unsettled_shard,
)

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)


@given(TEXT, TEXT, TEXT)
def test_the_same_intent_always_names_the_same_order(namespace: str, who: str, key: str) -> None:
    order_id = order_id_for(namespace, who, key)
    assert order_id == order_id_for(namespace, who, key)
    assert is_order_id(order_id)


def test_the_order_id_never_changes_between_versions() -> None:
    """A new version that named orders otherwise would charge every resubmission again."""
    assert (
        order_id_for("shop", "alice", "k1")
        == "ord_2wtz4ivtyfavo4yc4yowgphi4hose5tdk5tzbewxcle3swgqkcra"
    )


@given(st.lists(TEXT, min_size=3, max_size=3), st.lists(TEXT, min_size=3, max_size=3))
def test_different_intents_name_different_orders(one: list[str], other: list[str]) -> None:
    assert (one == other) == (order_id_for(*one) == order_id_for(*other))


@given(TEXT.filter(bool), TEXT, TEXT)
def test_a_character_moved_to_the_next_part_names_another_order(a: str, b: str, c: str) -> None:
    assert order_id_for(a, b, c) != order_id_for(a[:-1], a[-1] + b, c)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["a", "b"], ["b", "a"]),
        (["ab"], ["a", "b"]),
    ],
)
def test_claims_that_join_to_the_same_text_are_different_principals(
    one: list[str], other: list[str]
) -> None:
    assert principal_of(one) != principal_of(other)


@pytest.mark.parametrize(
    "claims",
    ["ada", "", b"ada", bytearray(b"ada"), {"ada"}, {"sub": "ada"}, iter(["ada"]), None],
    ids=lambda claims: f"{type(claims).__name__} {claims!r:.9}",
)
def test_what_is_no_list_of_claims_is_refused(claims: Any) -> None:
    """The characters of a text would be the claims of another principal; a set has no sequence."""
    with pytest.raises(TypeError, match=r"give a list of texts|must be a text"):
        principal_of(claims)


@pytest.mark.parametrize("claims", [["iss", None], [7], [b"ada"], [["ada"]]], ids=repr)
def test_a_claim_that_is_no_text_is_refused(claims: Any) -> None:
    with pytest.raises(TypeError, match="each of them must be a text"):
        principal_of(claims)


@pytest.mark.parametrize(
    "nobody",
    ["", " ", "\ufffd", "ada\ufffd", "ada\n", "\0", "\u200b", "a\ud800", "x" * 2049],
    ids=ascii,
)
def test_a_claim_that_names_nobody_is_refused(nobody: str) -> None:
    with pytest.raises(ValueError, match="names somebody") as refused:
        principal_of(["https://issuer", nobody])
    assert nobody.strip() == "" or nobody not in str(refused.value)


def test_a_claim_may_be_as_long_as_is_said() -> None:
    assert principal_of(["https://issuer", "x" * 2048])


def test_no_claims_name_nobody() -> None:
    with pytest.raises(ValueError, match="names somebody"):
        principal_of([])


def test_a_principal_is_stored_as_a_digest_and_not_as_the_claim() -> None:
    assert "alice" not in principal_of(["https://issuer.example.com", "alice@example.com"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ord_",
        "ord_" + "a" * 51,
        "ord_" + "a" * 53,
        "ord_" + "A" * 52,
        "ord_" + "1" * 52,
        " ord_" + "a" * 52,
        "ord_" + "a" * 52 + "\n",
        "reconciler#bookmark",
    ],
)
def test_what_is_not_the_form_of_an_order_id_is_told_apart(text: str) -> None:
    assert not is_order_id(text)


def test_each_attempt_has_a_payment_key_of_its_own() -> None:
    assert payment_key("ord_a", 1) == "ord_a:1"
    assert payment_key("ord_a", 1) != payment_key("ord_a", 2)
    assert capture_key("ord_a", 1) == "ord_a:1:capture"


def test_a_payment_key_without_an_attempt_names_the_order_and_attempt_0() -> None:
    order_id = order_id_for("shop", "alice", "k1")
    assert read_payment_key(order_id) == (order_id, 0)
    assert read_payment_key(payment_key(order_id, 12)) == (order_id, 12)


@given(TEXT, st.integers(1, 64))
def test_every_order_has_one_shard_of_those_there_are(order_id: str, shards: int) -> None:
    shard = unsettled_shard(order_id, shards)
    assert 0 <= shard < shards
    assert shard == unsettled_shard(order_id, shards)


def test_orders_spread_over_all_shards() -> None:
    ids = [order_id_for("shop", "alice", str(number)) for number in range(400)]
    assert {unsettled_shard(order_id, 16) for order_id in ids} == set(range(16))
