"""When money is taken: with the charge, or later from a hold."""

from __future__ import annotations

from collections.abc import Mapping

from checkout_stack.foundation.requirements import Requirement

#: The charge takes the money.
NOW = "now"
#: The charge asks for a hold, and a request of its own captures it.
LATER = "later"


def capture_requirements(
    capture: str, needed: Mapping[str, bool], *, captures_holds: bool
) -> list[Requirement]:
    """Return that ``capture`` is a known word, and that a hold can be brought to its end.

    :param capture: What the payment service was given.
    :param needed: What the service needs to capture later, by the property of
        ``payment_service``, and whether it has that.
    :param captures_holds: Whether it has holds of before.
    """
    missing = [name for name, is_there in needed.items() if not is_there]
    asked = "captures_holds" if captures_holds and capture != LATER else "capture"
    given = "True" if asked == "captures_holds" else f'"{LATER}"'
    instead = "leave captures_holds out" if asked == "captures_holds" else f'capture="{NOW}"'
    return [
        Requirement(
            holds=capture in (NOW, LATER),
            property="payment_service.capture",
            given=repr(capture),
            allowed=f'"{NOW}" or "{LATER}"',
            fix=f'give "{LATER}" where the money is only held at first, else leave it out',
        ),
        Requirement(
            holds=not (capture == LATER or captures_holds) or not missing,
            property=f"payment_service.{asked}",
            given=f"{given}, without {' and '.join(missing)}",
            allowed=(
                f"{given} where a hold can be captured, looked up and cancelled: a capture whose "
                "answer was lost, or a hold that lapsed, is known by a look-up alone, and a hold "
                "that nobody can cancel keeps the buyer's money until it lapses"
            ),
            fix=f"give {' and '.join(missing)} too, or {instead}",
        ),
    ]
