"""Proof of a capture, as an order keeps it: ``attempt:charge id:amount:currency``.

A charge id may hold colons; attempt, amount and currency around it do not.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["attempt_in", "charge_in", "proof_of", "proofs_of", "sum_in"]


def proof_of(attempt: int, charge_id: str, amount: int, currency: str) -> str:
    """Return the proof that this attempt captured so much, in minor units of ``currency``."""
    return f"{attempt}:{charge_id}:{amount}:{currency}"


def attempt_in(proof: str) -> int:
    """Return the payment attempt that captured."""
    return int(proof.partition(":")[0])


def charge_in(proof: str) -> str:
    """Return the charge's id.

    >>> charge_in(proof_of(2, "ch:1", 4200, "EUR"))
    'ch:1'
    """
    return proof.partition(":")[2].rsplit(":", 2)[0]


def sum_in(proof: str) -> tuple[int, str]:
    """Return amount and currency.

    An older version kept the currency as the payment service spelled it.

    >>> sum_in("2:ch:1:4200:eur")
    (4200, 'EUR')
    """
    amount, currency = proof.upper().rsplit(":", 2)[1:]
    return int(amount), currency


def proofs_of(charge_id: str | None, among: Iterable[str]) -> frozenset[str]:
    """Return those of the proofs that are about this charge."""
    return frozenset(each for each in among if charge_in(each) == charge_id)
