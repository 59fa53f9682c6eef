"""A small run of all seven workflows: what the harness sees, and that it sees it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.compare.fault_plan import INTENSITIES
from bench.compare.playing import KEYED, OURS, WORKFLOWS, Played, Workflow, play, quiet
from tests.slices import sliced

PURCHASES = 60
SEED = 7
FAULTS = INTENSITIES["faults-5"]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


def played(workflow: Workflow, intensity: str = "faults-5") -> list[Played]:
    return [play(workflow, SEED, number, INTENSITIES[intensity]) for number in range(PURCHASES)]


def test_there_are_seven_workflows_and_the_last_is_ours() -> None:
    assert len(WORKFLOWS) == 7
    assert list(WORKFLOWS.values())[-1] is OURS


@pytest.mark.parametrize("workflow", sliced(3, WORKFLOWS.values()), ids=WORKFLOWS)
def test_the_same_seed_comes_to_the_same_end(workflow: Workflow) -> None:
    assert played(workflow) == played(workflow)


@pytest.mark.parametrize(
    "workflow", sliced(3, [*WORKFLOWS.values(), *KEYED.values()]), ids=lambda w: w.name
)
def test_without_faults_each_purchase_is_one_order_and_one_charge(workflow: Workflow) -> None:
    for each in played(workflow, "none"):
        assert (each.orders, each.charges, each.open_orders) == (1, 1, 0)
        assert each.told
        assert not each.manual
        assert each.defect is None


@pytest.mark.parametrize("name", ["naive", "firehose", "cloudtrail", "sns", "fifo"])
def test_an_order_number_that_is_new_each_time_charges_somebody_twice(name: str) -> None:
    assert any(each.charges > 1 for each in played(WORKFLOWS[name], "client-timeouts"))


@pytest.mark.parametrize("intensity", sliced(2, INTENSITIES))
def test_ours_is_one_order_and_one_charge_whatever_happens(intensity: str) -> None:
    for each in played(OURS, intensity):
        assert each.defect is None
        assert (each.orders, each.charges, each.lost) == (1, 1, False)


def test_the_buyers_requests_have_the_same_troubles_in_every_workflow() -> None:
    runs = [played(workflow, "client-timeouts") for workflow in WORKFLOWS.values()]
    firsts = [{each.number for each in run if each.troubles} for run in runs]
    assert all(numbers == firsts[0] != set() for numbers in firsts)


def test_an_outage_turns_buyers_of_the_synchronous_checkout_away() -> None:
    assert any(each.turned_away for each in played(WORKFLOWS["naive"], "outage"))
    assert not any(each.turned_away for each in played(WORKFLOWS["fifo"], "outage"))


def test_an_outage_leaves_cloudtrails_orders_to_a_person() -> None:
    assert any(each.manual for each in played(WORKFLOWS["cloudtrail"], "outage"))


def test_a_lost_purchase_is_one_that_nobody_charges_and_nobody_looks_at() -> None:
    taken = Played(0, 1, 0, 1, told=True, declined=False, manual=(), troubles=())
    with_a_person = Played(0, 1, 0, 1, told=True, declined=False, manual=("x",), troubles=())
    declined = Played(0, 1, 0, 0, told=True, declined=True, manual=(), troubles=())
    assert [taken.lost, with_a_person.lost, declined.lost] == [True, False, False]
