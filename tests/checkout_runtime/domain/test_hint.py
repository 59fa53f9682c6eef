"""What a webhook's event says where it does not say more."""

from __future__ import annotations

from checkout_runtime.domain.hint import Dispute


def test_a_dispute_comes_again_only_where_that_is_said() -> None:
    assert not Dispute("ch_1", "fraudulent").has_to_come_again
