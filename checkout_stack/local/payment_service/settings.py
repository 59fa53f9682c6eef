"""Settings of the whole payment service, changed over HTTP while it runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from checkout_stack.local.payment_service.behaviour import Behaviour
from checkout_stack.local.payment_service.payment_methods import behaviour_of


class SettingsError(ValueError):
    """Settings that cannot be; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What holds for every request, on top of what its payment method asks for."""

    honours_keys: bool = True
    """Whether a request under a remembered Idempotency-Key is answered without a new charge."""

    latency_ms: int = 0
    """Milliseconds added to every answer."""

    hang_ms: int = 30_000
    """Milliseconds that a hanging request is held before its connection is closed."""

    gateway_status: int = 0
    """Under which status a gateway answers every charge, look-up, cancellation and list with a
    page, so that none reaches the payment service; 0: there is no gateway."""

    next_requests: int = 0
    """How many of the coming requests follow ``next_payment_method`` instead of their own."""

    next_payment_method: str = "pm_ok"
    """The payment method whose behaviour the coming requests take."""


class Controls:
    """The settings in force; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settings = Settings()

    @property
    def settings(self) -> Settings:
        """The settings in force now."""
        with self._lock:
            return self._settings

    def change(self, changes: object) -> Settings:
        """Change the settings named and leave the others."""
        if not isinstance(changes, Mapping):
            raise SettingsError("settings are a JSON object")
        current = asdict(self.settings)
        for name, value in changes.items():
            if name not in current:
                raise SettingsError(f"{name!r} is no setting; there are {sorted(current)}")
            if type(value) is not type(current[name]) or (isinstance(value, int) and value < 0):
                kind = type(current[name]).__name__
                raise SettingsError(f"{name} must be a {kind} that is not negative")
        behaviour_of(str(changes.get("next_payment_method", "pm_ok")))
        with self._lock:
            self._settings = replace(self._settings, **_named(changes))
            return self._settings

    def behaviour_for(self, payment_method: str) -> Behaviour:
        """How to treat the request that has just come in."""
        return self.other_behaviour() or behaviour_of(payment_method)

    def other_behaviour(self) -> Behaviour | None:
        """What the request that has just come in follows instead of its own payment method."""
        with self._lock:
            if self._settings.next_requests == 0:
                return None
            self._settings = replace(self._settings, next_requests=self._settings.next_requests - 1)
            return behaviour_of(self._settings.next_payment_method)


def _named(changes: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in changes.items()}
