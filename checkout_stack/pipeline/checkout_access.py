"""What applications of your own may do with a checkout, and what they have to know of it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.announcing import announcing_environment
from checkout_stack.pipeline.order_table import OrderTable
from checkout_stack.pipeline.payment_queue import PaymentQueue


class CheckoutAccess:
    """Environment and permissions of applications that use a checkout."""

    #: The orders. Retained when the stack is deleted.
    order_table: dynamodb.ITable
    #: Part of every order's id. See the parameter of the same name.
    namespace: str
    #: Environment value ``UNSETTLED_SHARDS`` of an application that places orders.
    unsettled_index_shards: str
    #: Environment value ``MAX_PAYMENT_ATTEMPTS`` of an application that starts payment attempts.
    max_payment_attempts: str
    #: Where outcomes are announced; ``None`` where they are not.
    event_bus: events.IEventBus | None
    _orders: OrderTable
    _payments: PaymentQueue
    _payment_service: PaymentService
    _timing: CheckoutTiming
    _quarantine_before: str
    _expires_after: cdk.Duration | None

    @property
    def payment_service(self) -> PaymentService:
        """Who takes the money."""
        return self._payment_service

    @property
    def refunds(self) -> bool:
        """Whether refunds can be asked for: whether the payment service was told how."""
        return self._payment_service.refunds

    @property
    def intake_environment(self) -> dict[str, str]:
        """Environment of an application of your own that places orders in process.

        For ``checkout_runtime.intake.OrderIntake.from_environment``; the application also needs
        :meth:`grant_place_orders`, :meth:`grant_read_orders` to read them, and
        :meth:`grant_start_payment_attempts` to pay again and to resume.
        """
        service = self._payment_service
        return {
            "CHECKOUT_NAMESPACE": self.namespace,
            "ORDER_TABLE_NAME": self.order_table.table_name,
            "UNSETTLED_SHARDS": self.unsettled_index_shards,
            "MAX_PAYMENT_ATTEMPTS": self.max_payment_attempts,
            **({"PAYMENT_SERVICE_REFUNDS": "true"} if self.refunds else {}),
            **({"CAPTURE": service.capture} if service.has_holds else {}),
        }

    @property
    def cancel_environment(self) -> dict[str, str]:
        """What an application of your own that cancels orders is told besides
        :attr:`intake_environment`: whether outcomes are announced, and which orders a backup had.

        For ``checkout_runtime.desk.OrderDesk.from_environment``; the application also needs
        :meth:`grant_cancel_orders`.
        """
        return {
            "QUARANTINE_BEFORE_MS": self._quarantine_before,
            **announcing_environment(self.event_bus),
        }

    def grant_place_orders(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to place orders: ``dynamodb:PutItem``, nothing else."""
        return self._orders.grant(grantee, "dynamodb:PutItem")

    def grant_read_orders(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to read an order by its id: ``dynamodb:GetItem``, nothing else."""
        return self._orders.grant(grantee, "dynamodb:GetItem")

    def grant_refund_orders(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to ask for refunds and to list them; never a buyer's function.

        ``dynamodb:BatchGetItem``, ``GetItem``, ``PutItem`` and ``UpdateItem``: a refund is stored
        with its order, in one transaction.
        """
        actions = ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")
        return self._orders.grant(grantee, *(f"dynamodb:{action}" for action in actions))

    def grant_cancel_orders(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to cancel orders: ``dynamodb:GetItem`` and ``UpdateItem``."""
        return self._orders.grant(grantee, "dynamodb:GetItem", "dynamodb:UpdateItem")

    def grant_capture_orders(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to ask for held money; never a buyer's function.

        ``dynamodb:GetItem`` and ``UpdateItem``.
        """
        return self._orders.grant(grantee, "dynamodb:GetItem", "dynamodb:UpdateItem")

    def grant_start_payment_attempts(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to start payment attempts: ``dynamodb:UpdateItem``, nothing else."""
        return self._orders.grant(grantee, "dynamodb:UpdateItem")

    def grant_erase_buyers(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to erase buyers from orders: ``dynamodb:UpdateItem``, nothing else."""
        return self._orders.grant(grantee, "dynamodb:UpdateItem")

    def grant_redrive(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to move dead letters back: as :meth:`PaymentQueue.grant_redrive`."""
        return self._payments.grant_redrive(grantee)

    def let_settle(self, caller: RuntimeFunction) -> None:
        """Let a function of the asset look orders up and store what became of them.

        It gets the environment and the payment service of the functions that do so already, and of
        the order table ``dynamodb:GetItem`` and ``dynamodb:UpdateItem``.
        """
        variables = {
            "ORDER_TABLE_NAME": self.order_table.table_name,
            "UNSETTLED_SHARDS": self.unsettled_index_shards,
            "QUARANTINE_BEFORE_MS": self._quarantine_before,
            **self._timing.environment(),
            **announcing_environment(self.event_bus),
        }
        for name, value in variables.items():
            caller.function.add_environment(name, value)
        self._let_expire(caller.function)
        self._orders.grant(caller.function, "dynamodb:GetItem", "dynamodb:UpdateItem")
        self._payment_service.bind(caller)

    def _let_expire(self, function: lambda_.Function) -> None:
        """Tell a function that stores declines after what time an unpaid order expires."""
        if self._expires_after is not None:
            seconds = str(int(self._expires_after.to_seconds()))
            function.add_environment("EXPIRES_AFTER_SECONDS", seconds)
