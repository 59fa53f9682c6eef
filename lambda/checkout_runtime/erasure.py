"""Erase a buyer from an order on request, and keep what money depends on.

The order keeps its id, state, amount, currency, attempts, charge and times: the same purchase is
still the same order, and the books still balance. Who bought, what, and by which payment token is
gone; docs/privacy.md lists every field.
"""

import logging
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from checkout_runtime.adapters.botocore_aws import aws_client
from checkout_runtime.adapters.conflicts import retrying_conflicts
from checkout_runtime.adapters.order_item import order_from_item
from checkout_runtime.domain.order import SETTLED, OrderStatus
from checkout_runtime.handlers.settings import Settings

__all__ = ["BuyerErasure", "Erased", "NoSuchOrder", "NotSettled"]

ERASED = "erased"
"""What stands in the place of what was erased."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Erased:
    """Nothing about the buyer is left; also if it was erased before."""


@dataclass(frozen=True, slots=True)
class NotSettled:
    """Money may still move, and needs what would be erased; nothing was changed."""

    status: OrderStatus


@dataclass(frozen=True, slots=True)
class NoSuchOrder:
    """The table has no such order."""


class BuyerErasure:
    """Erases buyers from the orders of one table."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @classmethod
    def from_environment(cls) -> "BuyerErasure":
        """Make one for the checkout that the environment names (``intake_environment``).

        Raises:
            KeyError: ``ORDER_TABLE_NAME`` is missing.
        """
        table_name = Settings().order_table_name
        return cls(aws_client("dynamodb"), table_name)

    def erase(self, order_id: str) -> Erased | NotSettled | NoSuchOrder:
        """Erase the buyer from one order, in one conditional update.

        The order has to be ``PAID`` or ``DECLINED``. A resubmission of the purchase under its key
        afterwards is refused as another content: it makes no second order.

        Raises:
            botocore.exceptions.ClientError: DynamoDB refused for another reason.
        """
        try:
            retrying_conflicts(lambda: self._erase(order_id))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            item: Any = error.response.get("Item")
            return NotSettled(order_from_item(item).status) if item else NoSuchOrder()
        _log.info("buyer_erased", extra={"event": "buyer_erased", "order_id": order_id})
        return Erased()

    def _erase(self, order_id: str) -> None:
        settled = {f":settled{i}": {"S": each.value} for i, each in enumerate(sorted(SETTLED))}
        self._client.update_item(
            TableName=self._table_name,
            Key={"pk": {"S": order_id}},
            UpdateExpression=(
                "SET #scope = :erased, customer = :erased, fingerprint = :erased,"
                " payment_method = :erased, #lines = :nothing REMOVE action_url, correlation_id"
            ),
            ConditionExpression=f"#status IN ({', '.join(settled)})",
            ExpressionAttributeNames={
                "#scope": "scope",
                "#lines": "lines",
                "#status": "status",
            },
            ExpressionAttributeValues={
                ":erased": {"S": ERASED},
                ":nothing": {"L": []},
                **settled,
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
