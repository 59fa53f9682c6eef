"""The payment service while its adapter is tested: in its test mode, or a double of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["Sandbox"]


class Sandbox(ABC):
    """One payment service to test against. What it cannot do is left as it is: ``None``.

    A promise that cannot be tried is skipped, with a sentence that says what stays unproved.
    """

    timeout_seconds: float = 10.0
    """The construct's ``timeout``: a call that takes longer is ``Unknown``."""
    can_look_up: bool = True
    """The construct's ``can_look_up``."""
    can_cancel: bool = False
    """The construct's ``can_cancel``."""
    can_refund: bool = False
    """The construct's ``can_refund``."""
    honours_keys: bool = True
    """Whether a repeated key charges nothing, also after the service answered 4xx or 5xx under it.

    ``False`` belongs to ``key_retention=None``.
    """
    currency: str = "EUR"
    """In which the tests charge."""
    amounts: Sequence[tuple[int, str]] = ((1, "EUR"), (99_999_999, "EUR"))
    """Amounts at the edges of what you sell for, in minor units, with their currencies. Put one of
    a currency without minor unit (JPY) and one with three digits (KWD) here if you sell in them."""
    paying_method: str = "pm_ok"
    """A payment method that is charged at once."""
    declined_method: str | None = None
    """A payment method that is declined."""
    action_method: str | None = None
    """A payment method whose buyer has to act first."""
    processing_method: str | None = None
    """A payment method that is accepted and charged later, as a direct debit (SEPA, ACH)."""
    confidential: Sequence[str] = ()
    """What must show nowhere: the sandbox's API key, card numbers of its test cards."""

    @abstractmethod
    def payment_service(self) -> Any:
        """Return a new adapter that charges here, as your factory makes it."""

    def holding_payment_service(self) -> Any:
        """Return a new adapter that charges here with ``capture="later"``; ``None``: it cannot.

        As your factory makes it of a setup with ``captures_later=True``.
        """
        return None

    def let_lapse(self, payment_key: str) -> bool:  # noqa: ARG002 - for those who can
        """Let the hold under a key lapse at the payment service. ``False``: it cannot."""
        return False

    def captured(self, payment_key: str) -> int | None:  # noqa: ARG002 - for those who can tell
        """Return how many charges the payment service itself captured under a key.

        Ask the payment service directly, not the adapter that is tested. ``None``: it cannot tell.
        """
        return None

    def losing_answers(self) -> AbstractContextManager[None] | None:
        """Return a context in which charges are carried out and their answers are lost."""
        return None

    def unreachable(self) -> AbstractContextManager[None] | None:
        """Return a context in which the payment service cannot be reached."""
        return None

    def failing(self) -> AbstractContextManager[None] | None:
        """Return a context in which the payment service answers by its own error, as a 500."""
        return None

    def failing_after_charge(self) -> AbstractContextManager[None] | None:
        """Return a context in which charges are carried out and answered by a 5xx.

        What happens to the key then decides what ``key_retention`` is: some services remember a
        key only after a 2xx, and must be declared with ``None``.
        """
        return None

    def gateway_answers(
        self,
        status: int,  # noqa: ARG002 - for those who can answer
    ) -> AbstractContextManager[None] | None:
        """Return a context in which a gateway answers in the payment service's place.

        Every request, charge, look-up and cancellation, is answered under ``status`` (one of
        400, 402, 403, 404, 422, 499) with an HTML page. None reaches the payment service.
        """
        return None

    def answering_late(self) -> AbstractContextManager[None] | None:
        """Return a context in which an answer takes longer than ``timeout_seconds``.

        Choose a short ``timeout_seconds`` then: the tests wait for it.
        """
        return None
