"""A payment service that captures everything asked of it, and remembers keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.stubs.aws import SECRET


class PaymentStub:
    """Answers in the words of docs/guide/payment-http.md."""

    def __init__(self) -> None:
        self._charges: dict[str, dict[str, Any]] = {}

    def charge(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a charge."""
        if headers.get("authorization") != f"Bearer {SECRET}":
            return 401, {"error": "unauthorized"}
        key = headers.get("idempotency-key")
        if not key:
            return 400, {"status": "not_charged", "code": "key_missing"}
        asked = json.loads(body)
        charge = {
            "status": "captured",
            "charge_id": f"ch_{len(self._charges)}",
            "amount": asked["amount"],
            "currency": asked["currency"],
        }
        return 200, self._charges.setdefault(key, charge)

    @property
    def charged(self) -> int:
        """How many keys were charged."""
        return len(self._charges)
