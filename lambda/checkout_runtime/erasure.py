"""Erase a buyer from an order on request, and keep what money depends on.

The order keeps its id, state, amount, currency, attempts, charge and times: the same purchase is
still the same order, and the books still balance. Who bought, what, and by which payment token is
gone; docs/operate/privacy.md lists every field.
"""

from __future__ import annotations

import logging

from checkout_runtime.adapters.aws import AwsError, AwsRefusedError, AwsService
from checkout_runtime.adapters.botocore_aws import aws_service
from checkout_runtime.adapters.conflicts import call_past_conflicts
from checkout_runtime.adapters.item_update import Attribute, Update
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.order import SETTLED, OrderStatus
from checkout_runtime.domain.record import Record
from checkout_runtime.handlers.settings import Settings

__all__ = ["AwsError", "BuyerErasure", "Erased", "NoSuchOrder", "NotSettled"]

ERASED = "erased"
"""What replaces what was erased."""
_log = logging.getLogger(__name__)


class Erased(Record):
    """Nothing about the buyer is left; also if it was erased before."""


class NotSettled(Record):
    """Money may still move, and needs what would be erased; nothing was changed."""

    status: OrderStatus


class NoSuchOrder(Record):
    """The table has no such order."""


class BuyerErasure:
    """Erases buyers from the orders of one table."""

    def __init__(self, dynamodb: AwsService, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    @classmethod
    def from_environment(cls) -> BuyerErasure:
        """Make one for the checkout that the environment names (``intake_environment``).

        Raises:
            MissingEnvironmentError: ``ORDER_TABLE_NAME`` is missing.
        """
        settings = Settings()
        settings.require("ORDER_TABLE_NAME")
        return cls(aws_service("dynamodb"), settings.order_table_name)

    def erase(self, order_id: str) -> Erased | NotSettled | NoSuchOrder:
        """Erase the buyer from one order, in one conditional update.

        The order has to be ``PAID``, ``DECLINED`` or ``CANCELLED``. A resubmission of the purchase
        under its key afterwards is refused as another content: it makes no second order.

        Raises:
            AwsError: DynamoDB refused for another reason, or did not answer.
        """
        if not is_order_id(order_id):
            return NoSuchOrder()  # The table holds other items, too.
        try:
            self._erase(order_id)
        except AwsRefusedError as error:
            if not error.is_failed_condition:
                raise
            item = error.item
            return NotSettled(order_from_item(item).status) if item else NoSuchOrder()
        _log.info("buyer_erased", extra={"event": "buyer_erased", "order_id": order_id})
        return Erased()

    def _erase(self, order_id: str) -> None:
        update = Update(
            set={
                "scope": ERASED,
                "customer": ERASED,
                "fingerprint": ERASED,
                "payment_method": ERASED,
                "lines": (),
            },
            remove=("action_url", "correlation_id"),
            when=[Attribute("status").is_one_of(sorted(SETTLED))],
        )
        write = {
            "TableName": self._table_name,
            "Key": {"pk": {"S": order_id}},
            **update.request(),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        call_past_conflicts(self._dynamodb, "UpdateItem", write)
