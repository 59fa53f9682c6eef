"""Where a model or the local AWS is not true to AWS. The contracts expect these, and no others."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

__all__ = ["KNOWN_DIFFERENCES", "Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One test, or one case of it, that a backend does not pass."""

    backend: str
    test: str
    reason: str
    case: str | None = None
    """The parameter that it fails for; None: it has no parameter of its own."""

    def applies(self, name: str, parameters: Set[str]) -> bool:
        """Whether this is about a test with these parameters."""
        return name.startswith(f"{self.test}[") and (self.case is None or self.case in parameters)


_MODEL, _LOCAL = "model", "local AWS"
_UNREADABLE = "test_a_condition_that_cannot_be_understood_is_refused"
_SENSELESS = "test_an_update_that_makes_no_sense_is_refused_and_changes_nothing"
_FAILS = "test_a_condition_that_fails_changes_nothing_and_shows_the_stored_item"
_TWICE = "test_an_update_that_names_one_attribute_twice_is_refused"
_EXPIRED = "test_deleting_under_a_receipt_that_expired_is_refused"
_ACCEPTS_OVERLAP = "accepts two actions on one attribute"
_ACCEPTS_TYPES = "does not check the types of operands"

KNOWN_DIFFERENCES: tuple[Difference, ...] = (
    Difference(_MODEL, _UNREADABLE, "accepts redundant parentheses", "((attempt = :two))"),
    Difference(_MODEL, _UNREADABLE, "compares an attribute to itself", "attempt = attempt"),
    Difference(_MODEL, _UNREADABLE, "knows few of the reserved words", "missing = :two"),
    Difference(_LOCAL, _UNREADABLE, "compares an attribute to itself", "attempt = attempt"),
    Difference(
        _LOCAL, _FAILS, "refuses an attribute that is no string", "begins_with(attempt, :op)"
    ),
    Difference(_LOCAL, _SENSELESS, _ACCEPTS_TYPES, "SET note = note2 + :x"),
    Difference(_LOCAL, _SENSELESS, _ACCEPTS_TYPES, "SET attempt = attempt + :x"),
    Difference(_LOCAL, _SENSELESS, "ignores an action without a value", "SET note"),
    Difference(_LOCAL, _TWICE, _ACCEPTS_OVERLAP),
    Difference(_LOCAL, _EXPIRED, "answers as if it had deleted, or deletes"),
    Difference(
        _LOCAL,
        "test_a_message_that_is_not_in_flight_cannot_be_returned",
        "hides a message under a receipt that expired",
    ),
    Difference(
        _LOCAL,
        "test_a_message_received_too_often_moves_under_a_new_deduplication_id",
        "keeps the deduplication id",
    ),
)
