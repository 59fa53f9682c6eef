"""An announcement is stored as a text, read back as it was."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.announcement import (
    ORDER_ACTION_REQUIRED,
    ORDER_PAID,
    Announcement,
    Event,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import NOW, new_order

PAID = Announcement(3, ORDER_PAID, 2, NOW, {"charge_id": "ch_1"})


@pytest.mark.parametrize(
    "announcement",
    [
        PAID,
        replace(PAID, details={}),
        replace(PAID, details={"charge_id": 'py:1:"x"\\ ä'}),
        replace(PAID, kind="OrderOfALaterVersion"),
    ],
    ids=str,
)
def test_a_member_is_read_back_as_it_was(announcement: Announcement) -> None:
    assert Announcement.from_member(announcement.to_member()) == announcement


def test_a_member_is_the_same_text_in_whatever_order_its_details_were_given() -> None:
    """A write that is repeated adds the member that it added before."""
    details = {"refund_id": "op_1", "charge_id": "ch_1"}
    member = replace(PAID, details=details).to_member()
    assert member == f'3:OrderPaid:2:{NOW}:{{"charge_id":"ch_1","refund_id":"op_1"}}'


@pytest.mark.parametrize(
    "member", ["", "1:OrderPaid", "one:OrderPaid:1:1:{}", "1:OrderPaid:1:1:[]", "1:OrderPaid:1:1:"]
)
def test_what_is_no_announcement_is_told(member: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Announcement.from_member(member)


def test_the_next_announcement_has_the_next_ordinal_and_leaves_out_what_there_is_not() -> None:
    order = new_order(event_ordinal=4, attempt=2)
    following = Announcement.after(order, ORDER_PAID, NOW, charge_id="ch_1", code=None)
    assert following == Announcement(5, ORDER_PAID, 2, NOW, {"charge_id": "ch_1"})
    assert Announcement.after(order, ORDER_PAID, NOW, attempt=1).attempt == 1


def test_an_events_id_is_that_of_its_order_and_its_ordinal() -> None:
    assert Event(new_order(event_ordinal=7), PAID).event_id == f"{new_order().order_id}#3"


def test_no_kind_can_be_mistaken_for_two_fields() -> None:
    assert ":" not in ORDER_PAID + ORDER_ACTION_REQUIRED
