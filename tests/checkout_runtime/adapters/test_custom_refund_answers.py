"""A module's answers about refunds count only as the documented values."""

from __future__ import annotations

import pytest

from checkout_runtime.adapters.custom_refund_answers import (
    validated_refund,
    validated_refund_look_up,
)
from checkout_runtime.domain.outcomes import Captured, Declined, NotFound, Unknown
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending


def test_the_documented_values_pass() -> None:
    assert validated_refund(Refunded("re_1", 500, "eur")) == Refunded("re_1", 500, "EUR")
    assert validated_refund(RefundPending()) == RefundPending()
    assert validated_refund(NotRefunded("disputed")) == NotRefunded("disputed")
    already = NotRefunded("gone", already_refunded=True)
    assert validated_refund(already) == already
    assert validated_refund(Unknown("timeout", later=True)) == Unknown("timeout", later=True)
    assert validated_refund_look_up(NotFound()) == NotFound()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        True,
        "refunded",
        NotFound(),
        Declined("no"),
        Captured("ch_1", 500, "EUR"),
        Refunded("", 500, "EUR"),
        Refunded("re_1", True, "EUR"),
        Refunded("re_1", 500, "krone"),
    ],
)
def test_anything_else_is_no_verdict(answer: object) -> None:
    said = validated_refund(answer)
    assert isinstance(said, Unknown)
    assert said.without_word
