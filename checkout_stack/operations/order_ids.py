"""The id that an order has, from who placed it and under which key.

The functions compute it in ``checkout_runtime.domain.identity``, which this package does not
import. A test holds the two together.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence


def order_id_for(namespace: str, claims: Sequence[str], idempotency_key: str) -> str:
    """Return the id of the order that these claims placed under this key."""
    return f"ord_{_digest(namespace, _digest(*claims), idempotency_key)}"


def _digest(*parts: str) -> str:
    """Hash the parts, each behind its length, so that no two lists of parts look alike."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode()
        state.update(len(data).to_bytes(8, "big") + data)
    return base64.b32encode(state.digest()).decode().rstrip("=").lower()
