"""What a payment service is called on orders: its kind, then the name that it was given."""

__all__ = ["is_claimed_for", "name_of_kind"]

_STRIPE = "stripe"
_KINDS = ("http", "custom", "stripe:live", "stripe:test", _STRIPE)


def name_of_kind(kind: str, given: str) -> str:
    """Return the name of a payment service that was given one.

    One name for two kinds is two services: they share neither keys nor accounts. A name that has
    the kind already is taken as it is, so that a default name can be given, and so kept.

    >>> name_of_kind("http", "acme"), name_of_kind("stripe:live", "acme")
    ('http:acme', 'stripe:live:acme')
    >>> name_of_kind("http", "http:old.example.com/charges")
    'http:old.example.com/charges'
    """
    return given if f"{given}:".startswith(f"{kind}:") else f"{kind}:{given}"


def is_claimed_for(stored: str | None, service: str, *, is_opened: bool) -> bool:
    """Tell whether an attempt was claimed for the payment service of that name.

    Args:
        stored: The name on the attempt. An older version stored none, or a given name without its
            kind. One with a kind is of no service of another kind that was given it as its name.
        service: The name of the service that is deployed.
        is_opened: Whether the attempt has a reference of the payment service's own. Only Stripe's
            have one, which tells such attempts from those of the other kinds.
    """
    if stored in (None, service):
        return True
    if any(f"{stored}:".startswith(f"{each}:") for each in _KINDS):
        return False
    given = next(
        (service.removeprefix(f"{each}:") for each in _KINDS if service.startswith(f"{each}:")),
        None,
    )
    return stored == given and is_opened == service.startswith(_STRIPE)
