"""Proof of a capture is read as it was written, whatever stands in the charge's id."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.charge_proof import attempt_in, charge_in, proof_of, proofs_of, sum_in


@pytest.mark.parametrize("charge_id", ["ch_1", "ch:with:more:colons", ":", "2:ch_1:7:EUR"])
@pytest.mark.parametrize("attempt", [1, 20])
def test_a_proof_is_read_as_it_was_written(attempt: int, charge_id: str) -> None:
    proof = proof_of(attempt, charge_id, 4200, "EUR")
    assert (attempt_in(proof), charge_in(proof), sum_in(proof)) == (
        attempt,
        charge_id,
        (4200, "EUR"),
    )


def test_proofs_are_found_by_their_charge_alone() -> None:
    first, again = proof_of(1, "ch_1", 4200, "EUR"), proof_of(2, "ch_1", 1, "EUR")
    among = {first, again, proof_of(1, "ch_2", 4200, "EUR")}
    assert proofs_of("ch_1", among) == {first, again}
    assert proofs_of(None, among) == frozenset()
