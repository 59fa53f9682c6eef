"""docs/guide/webhooks.md is true: its sender is understood, by us and by the library."""

from __future__ import annotations

import re
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from standardwebhooks import Webhook

from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.adapters.webhook_events import StandardWebhooks
from checkout_runtime.domain.hint import Hint
from checkout_runtime.domain.identity import order_id_for, payment_key

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "webhooks.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ORDER = order_id_for("tests", "ada", "k1")


def test_the_sender_of_the_page_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    (sender,) = re.findall(r"```python\n(import base64.+?)```", PAGE.read_text(), re.DOTALL)
    sent: list[urllib.request.Request] = []

    @contextmanager
    def answers(request: urllib.request.Request, timeout: float) -> Any:
        assert timeout > 29, "longer than the function takes"
        sent.append(request)
        yield SimpleNamespace(status=200)

    monkeypatch.setattr(urllib.request, "urlopen", answers)
    named: dict[str, Any] = {}
    exec(sender, named)
    assert named["send_webhook"]("https://shop.example/", SECRET, payment_key(ORDER, 1)) == 200
    (request,) = sent
    body = request.data
    assert isinstance(body, bytes)
    headers = {name.lower(): value for name, value in request.header_items()}
    Webhook(SECRET).verify(body, headers)
    ours = StandardWebhooks([SECRET.encode()], SystemClock())
    assert list(ours.read(headers, body)) == [Hint(ORDER, 1)]
