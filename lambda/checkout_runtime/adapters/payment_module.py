"""Imports the user's payment module and has it make its payment service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

from checkout_runtime.domain.record import Record

__all__ = ["PaymentModuleError", "PaymentServiceSetup", "Secret", "load_payment_service"]


class Secret(Protocol):
    """A secret of Secrets Manager, read when first needed and kept for five minutes."""

    def value(self) -> str:
        """Return the secret string; ask each time, as it may be rotated.

        Raises:
            Exception: it cannot be read. Let it pass: the call is then ``Unknown``.
        """
        ...

    def drop(self) -> None:
        """Forget the value, because the service refused it; the next ``value`` is read afresh."""
        ...


class PaymentServiceSetup(Record):
    """What the construct was given, for the function that makes the payment service.

    The construct's ``environment`` is in ``os.environ``.
    """

    timeout_seconds: float
    """Longest time for one call of a method, from connecting to the last byte. Make your client's
    total deadline a little shorter: a call that takes longer is read as ``Unknown``, whatever it
    answers afterwards."""
    secrets: Mapping[str, Secret]
    """The construct's ``secrets``, by the same names."""
    captures_later: bool = False
    """Whether the construct has ``capture="later"``: ``charge`` then asks for a hold."""


class PaymentModuleError(Exception):
    """The module cannot be imported, has no such function, or made something else.

    No order is claimed then: the messages stay on the queue, and the function's errors alarm.
    """


def load_payment_service(
    factory: str, setup: PaymentServiceSetup, methods: Sequence[str] = ("charge",)
) -> Any:
    """Return what ``factory``, written ``module:function``, makes of ``setup``.

    Raises:
        PaymentModuleError: there is no such function, it raised, or what it made lacks one of
            ``methods``.
    """
    module, _, name = factory.partition(":")
    try:
        service = getattr(import_module(module), name)(setup)
    except (Exception, SystemExit) as problem:
        raise PaymentModuleError(
            f"{factory} made no payment service: {type(problem).__name__}"
        ) from problem
    missing = [each for each in methods if not callable(getattr(service, each, None))]
    if missing:
        raise PaymentModuleError(
            f"{factory} made a {type(service).__name__} without {', '.join(missing)}; the methods "
            "of checkout_runtime.payment_service are needed, or can_look_up=False, can_cancel=False"
        )
    return service
