"""How long nothing may be learned of a hold before an operator is called."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.hold_policy import HoldPolicy
from checkout_runtime.domain.outcomes import NotFound, Outcome, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import HOUR, NOW, new_order

DAY = 24 * HOUR
SILENT = Unknown("timeout", unavailable=True)


@pytest.mark.parametrize("later", ["capture_asked_at", "cancel_asked_at", "released_at"])
def test_a_hold_is_unclear_too_long_a_day_after_the_last_thing_that_was_done_about_it(
    later: str,
) -> None:
    ended = new_order(capture_before=NOW)
    touched = replace(ended, **{later: NOW + 1})
    for order, since in ((ended, NOW), (touched, NOW + 1)):
        assert not HoldPolicy.is_unclear_too_long(order, SILENT, since + DAY - 1)
        assert HoldPolicy.is_unclear_too_long(order, SILENT, since + DAY)


@pytest.mark.parametrize(
    ("asked", "found", "since"),
    [
        ({"capture_asked_at": NOW}, NotFound(), NOW),
        ({"cancel_asked_at": NOW}, NotFound(), NOW),
        ({"capture_asked_at": NOW - DAY, "released_at": NOW}, NotFound(), NOW),
        ({"capture_asked_at": NOW}, SILENT, NOW + 7 * DAY),
        ({"released_at": NOW}, NotFound(), NOW + 7 * DAY),
    ],
)
def test_the_end_of_a_hold_that_was_asked_for_and_is_unknown_is_not_waited_for(
    asked: dict[str, int], found: Outcome | NotFound, since: int
) -> None:
    order = replace(new_order(capture_before=NOW + 7 * DAY), **asked)
    assert not HoldPolicy.is_unclear_too_long(order, found, since + DAY - 1)
    assert HoldPolicy.is_unclear_too_long(order, found, since + DAY)
