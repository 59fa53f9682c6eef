"""Carry stored orders to the payment queue: the table's stream is the outbox."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from checkout_runtime.application.ports import PaymentQueue
from checkout_runtime.domain.message import QueueMessage
from checkout_runtime.domain.record import Record

__all__ = ["RelayOrders"]

_log = logging.getLogger(__name__)


class RelayOrders(Record):
    """Sends one message for each payment attempt that became pending, and for each operation."""

    queue: PaymentQueue

    def __call__(self, messages: Sequence[QueueMessage]) -> set[QueueMessage]:
        """Send the messages; return those the queue did not take, to be tried again."""
        if not messages:
            return set()
        failed = set(self.queue.send(messages))
        if failed:
            extra = {"event": "messages_relayed", "sent": len(messages) - len(failed)}
            _log.warning("messages_relayed", extra={**extra, "failed": len(failed)})
        return failed
