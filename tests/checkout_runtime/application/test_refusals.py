"""Since when a payment service answers without a word: what is stored of it with a decision."""

from __future__ import annotations

import pytest

from checkout_runtime.application.order_records import Refusal
from checkout_runtime.application.refusals import refusal_after
from checkout_runtime.domain.outcomes import Unknown
from tests.checkout_runtime.factories import NOW, POLICY, SECOND, claimed_order

JUST_NOW, LONG_AGO = NOW - SECOND, NOW - 15 * 60 * SECOND
SILENCE = Unknown("timeout", unavailable=True)


@pytest.mark.parametrize(
    ("since", "refused_as", "stored"),
    [
        (None, None, None),
        (JUST_NOW, "http_404", Refusal("http_404", JUST_NOW)),
        # An older version stored only the time.
        (JUST_NOW, None, Refusal("refused", JUST_NOW)),
        (LONG_AGO, "http_404", None),
    ],
)
def test_silence_ends_no_blip_but_a_refusal_that_has_lasted(
    since: int | None, refused_as: str | None, stored: Refusal | None
) -> None:
    order = claimed_order(refused_since=since, refused_as=refused_as)
    assert refusal_after(order, SILENCE, POLICY, NOW) == stored
