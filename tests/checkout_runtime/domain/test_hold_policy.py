"""How long nothing may be learned of a hold before an operator is called."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.hold_policy import HoldPolicy
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import HOUR, NOW, new_order

DAY = 24 * HOUR


@pytest.mark.parametrize("later", ["capture_asked_at", "cancel_asked_at", "released_at"])
def test_a_hold_is_unclear_too_long_a_day_after_the_last_thing_that_was_done_about_it(
    later: str,
) -> None:
    ended = new_order(capture_before=NOW)
    touched = replace(ended, **{later: NOW + 1})
    for order, since in ((ended, NOW), (touched, NOW + 1)):
        assert not HoldPolicy.is_unclear_too_long(order, since + DAY - 1)
        assert HoldPolicy.is_unclear_too_long(order, since + DAY)
