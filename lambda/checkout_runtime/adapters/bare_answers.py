"""What an answer means that has an HTTP status and no word of the payment service.

Gateways, load balancers and firewalls answer in status codes, so nothing here is a verdict about
money. What differs is how long the order may wait for a better answer.
"""

from checkout_runtime.domain.outcomes import Unknown

__all__ = ["bare_answer"]

_LATER = frozenset({202, 408, 409, 423, 425})
"""They ask for the same request again, or say that another one is under way."""
_REFUSED_US = frozenset({401, 403, 407})
_TOO_MANY = 429
_FIRST_SERVER_ERROR = 500


def bare_answer(status: int, reason: str) -> Unknown:
    """Return what a status without a word means; ``reason`` is logged."""
    if status == _TOO_MANY or status >= _FIRST_SERVER_ERROR:
        return Unknown(reason, unavailable=True)
    later = status in _LATER
    return Unknown(reason, without_word=not later, later=later, refuses_us=status in _REFUSED_US)
