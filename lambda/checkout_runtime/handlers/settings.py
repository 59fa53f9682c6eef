"""The environment variables that the construct sets, read when a function is first used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from checkout_runtime.handlers.environment import (
    Environment,
    MalformedEnvironmentError,
    MissingEnvironmentError,
    are_paths,
    are_texts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkout_runtime.application.limit_attempts import AttemptLimits
    from checkout_runtime.application.order_records import OrderLimit
    from checkout_runtime.domain.charging import ChargePolicy

__all__ = ["MalformedEnvironmentError", "MissingEnvironmentError", "Settings"]


class Settings:
    """Typed access to one function's environment; a defect of it raises.

    Raises:
        MalformedEnvironmentError: A variable holds what the construct never writes.
        MissingEnvironmentError: A variable that is read is not set.
    """

    def require(self, *names: str) -> None:
        """Check that variables are set, for programs that nobody but their owner sets up.

        Raises:
            MissingEnvironmentError: Some are not, or are empty.
        """
        missing = [name for name in names if not self.variables.get(name)]
        if missing:
            raise MissingEnvironmentError(missing)

    @property
    def variables(self) -> Mapping[str, str]:
        """Everything that is set, for what Lambda and AWS's SDKs have names of their own."""
        return os.environ

    @property
    def _given(self) -> Environment:
        return Environment(os.environ)

    @property
    def uses_botocore(self) -> bool:
        """Whether AWS is called by botocore, and not by the lean client."""
        return self._given.one_of("CHECKOUT_AWS_CLIENT", "lean", "botocore") == "botocore"

    @property
    def namespace(self) -> str:
        return self._given.text("CHECKOUT_NAMESPACE")

    @property
    def order_table_name(self) -> str:
        return self._given.text("ORDER_TABLE_NAME")

    @property
    def unsettled_shards(self) -> int:
        return self._given.number("UNSETTLED_SHARDS", at_least=1)

    @property
    def scope_from(self) -> list[list[str]]:
        """Paths into the request's authorizer context; empty means open access."""
        paths: list[list[str]] = self._given.decoded(
            "SCOPE_FROM", are_paths, "a JSON list of lists of names"
        )
        return paths

    @property
    def cart_secret_arn(self) -> str | None:
        """Of the secret under which carts are signed; None: the request names its price."""
        return os.environ.get("CART_SECRET_ARN")

    @property
    def webhook_secret_arn(self) -> str:
        """Of the secret under which webhooks are signed."""
        return self._given.text("WEBHOOK_SECRET_ARN")

    @property
    def module_verifies_webhooks(self) -> bool:
        """Whether this function asks the user's payment module about the webhooks that it gets."""
        return self._given.flag("WEBHOOK_BY_MODULE")

    @property
    def guards_carts(self) -> bool:
        return self._given.flag("GUARDS_CARTS")

    @property
    def knows_guests_by_cart(self) -> bool:
        """Whether a buyer is who holds a cart that the shop signed, and nobody signs in."""
        return self._given.one_of("GUESTS", "by_signed_cart") is not None

    @property
    def max_payment_attempts(self) -> int:
        return self._given.number("MAX_PAYMENT_ATTEMPTS", at_least=1)

    @property
    def attempt_limit(self) -> int | None:
        """As ``max_payment_attempts``; None in a function of the version before, while its
        code is new and its variables are not."""
        return self.max_payment_attempts if "MAX_PAYMENT_ATTEMPTS" in os.environ else None

    @property
    def attempt_limits(self) -> AttemptLimits | None:
        """How often declined payments may be tried again; None: as often as orders allow."""
        per_buyer = self._given.optional_number("ATTEMPTS_PER_BUYER", at_least=1)
        per_checkout = self._given.optional_number("ATTEMPTS_PER_CHECKOUT", at_least=1)
        if per_buyer is None and per_checkout is None:
            return None
        from checkout_runtime.application.limit_attempts import AttemptLimits

        return AttemptLimits(
            per_buyer=per_buyer, per_checkout=per_checkout, **self._limited_window()
        )

    @property
    def order_limit(self) -> OrderLimit | None:
        """How many orders a buyer may place within a time; None: any number."""
        per_buyer = self._given.optional_number("ORDERS_PER_BUYER", at_least=1)
        if per_buyer is None:
            return None
        from checkout_runtime.application.order_records import OrderLimit

        return OrderLimit(per_buyer, **self._limited_window())

    def _limited_window(self) -> dict[str, int]:
        seconds = self._given.optional_number("ATTEMPTS_WINDOW_SECONDS", at_least=1)
        return {} if seconds is None else {"window_seconds": seconds}

    @property
    def payment_queue_url(self) -> str:
        return self._given.text("PAYMENT_QUEUE_URL")

    @property
    def event_bus_name(self) -> str | None:
        """Name or ARN of the bus on which outcomes are announced; None: they are not announced."""
        return os.environ.get("EVENT_BUS_NAME")

    @property
    def announces(self) -> bool:
        """Whether outcomes are announced."""
        return self.event_bus_name is not None

    @property
    def reconcile_after_seconds(self) -> int:
        return self._given.number("RECONCILE_AFTER_SECONDS")

    @property
    def payment_service_kind(self) -> str:
        return self._given.text("PAYMENT_SERVICE_KIND")

    @property
    def payment_service_name(self) -> str | None:
        """What the construct was told to call the payment service; None: its adapter's own name."""
        return os.environ.get("PAYMENT_SERVICE_NAME")

    @property
    def payment_service_url(self) -> str:
        return self._given.text("PAYMENT_SERVICE_URL")

    @property
    def payment_service_look_up_url(self) -> str | None:
        return os.environ.get("PAYMENT_SERVICE_LOOK_UP_URL")

    @property
    def payment_service_cancel_url(self) -> str | None:
        return os.environ.get("PAYMENT_SERVICE_CANCEL_URL")

    @property
    def refunds_are_on(self) -> bool:
        """Whether refunds can be asked for, so that the reconciler has to look for them."""
        return self._given.flag("PAYMENT_SERVICE_REFUNDS")

    @property
    def payment_service_refund_url(self) -> str | None:
        return os.environ.get("PAYMENT_SERVICE_REFUND_URL")

    @property
    def captures_later(self) -> bool:
        """Whether a charge asks for a hold, which is captured by a request of its own."""
        return self._given.one_of("CAPTURE", "later", "now") == "later"

    @property
    def captures_holds(self) -> bool:
        """Whether there may be holds to capture, also where charges take the money by now."""
        return self._given.one_of("CAPTURE", "later", "now") is not None

    @property
    def payment_service_capture_url(self) -> str | None:
        return os.environ.get("PAYMENT_SERVICE_CAPTURE_URL")

    @property
    def payment_service_return_url(self) -> str | None:
        return os.environ.get("PAYMENT_SERVICE_RETURN_URL")

    @property
    def payment_service_secret_arn(self) -> str:
        return self._given.text("PAYMENT_SERVICE_SECRET_ARN")

    @property
    def payment_service_factory(self) -> str:
        """``module:function`` of the user's own payment module; empty where there is none."""
        return os.environ.get("PAYMENT_SERVICE_FACTORY", "")

    @property
    def payment_service_can_look_up(self) -> bool:
        return self._given.flag("PAYMENT_SERVICE_CAN_LOOK_UP")

    @property
    def payment_service_can_cancel(self) -> bool:
        return self._given.flag("PAYMENT_SERVICE_CAN_CANCEL")

    @property
    def payment_service_can_refund(self) -> bool:
        return self._given.flag("PAYMENT_SERVICE_CAN_REFUND")

    @property
    def payment_module_methods(self) -> list[str]:
        """What the user's own payment module has to have."""
        can_look_up, can_refund = self.payment_service_can_look_up, self.payment_service_can_refund
        return [
            "charge",
            *["look_up"] * can_look_up,
            *["cancel"] * self.payment_service_can_cancel,
            *["refund"] * can_refund,
            *["look_up_refund"] * (can_refund and can_look_up),
            *["capture"] * self.captures_holds,
            *["verify_webhook"] * self.module_verifies_webhooks,
        ]

    @property
    def payment_service_secrets(self) -> dict[str, str]:
        """ARNs of the secrets of the user's own payment module, by its names for them."""
        arns: dict[str, str] = self._given.decoded(
            "PAYMENT_SERVICE_SECRET_ARN_BY_NAME", are_texts, "a JSON object of texts", default="{}"
        )
        return arns

    @property
    def payment_service_list_url(self) -> str:
        """Where charges are listed; functions that do not list them have none."""
        return self._given.text("PAYMENT_SERVICE_LIST_URL")

    @property
    def payment_service_timeout_seconds(self) -> int:
        return self._given.number("PAYMENT_SERVICE_TIMEOUT_SECONDS", at_least=1)

    @property
    def audit_patience_seconds(self) -> int:
        return self._given.number("AUDIT_PATIENCE_SECONDS")

    @property
    def expires_after_seconds(self) -> int | None:
        """When an order expires that nobody pays; None: never."""
        return self._given.optional_number("EXPIRES_AFTER_SECONDS")

    @property
    def quarantine_before(self) -> int:
        """Orders accepted before this time (ms UTC) came out of a backup; 0: none did."""
        return self._given.optional_number("QUARANTINE_BEFORE_MS") or 0

    @property
    def charge_policy(self) -> ChargePolicy:
        from checkout_runtime.domain.charging import ChargePolicy

        reminder = self._given.optional_number("CAPTURE_REMINDER_SECONDS", at_least=1)
        return ChargePolicy(
            lease_seconds=self._given.number("LEASE_SECONDS", at_least=1),
            payment_timeout_seconds=self.payment_service_timeout_seconds,
            key_retention_seconds=self._given.number("PAYMENT_KEY_RETENTION_SECONDS"),
            first_retry_seconds=self._given.number("FIRST_RETRY_SECONDS"),
            longest_retry_seconds=self._given.number("LONGEST_RETRY_SECONDS"),
            action_seconds=self._given.number("ACTION_SECONDS"),
            processing_seconds=self._given.number("PROCESSING_PATIENCE_SECONDS"),
            quarantine_before=self.quarantine_before,
            **({} if reminder is None else {"capture_reminder_seconds": reminder}),
        )
