"""Stripe, called by its official SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.property_types import DURATION, FLAG, LAYER, SECRET, TEXT, Expected
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.payment_service.key_retention import RetentionWords
from checkout_stack.payment_service.kind import ChargeList, PaymentServiceKind
from checkout_stack.payment_service.service_url import page_url, safe_url
from checkout_stack.payment_service.stripe_layer import can_be_bundled, stripe_layer

STRIPE_API_URL = "https://api.stripe.com"
#: An intent can be confirmed at any time. A day is as long as a buyer may be surprised by it.
DEFAULT_CHARGE_WITHIN = cdk.Duration.hours(24)
#: After so long Stripe cancels an intent that was not captured, unless an account has it otherwise
#: (https://docs.stripe.com/api/payment_intents/capture).
LONGEST_HOLD = cdk.Duration.days(7)


@dataclass(frozen=True, kw_only=True)
class StripeKind(PaymentServiceKind):
    """One PaymentIntent an attempt; ``PaymentService.stripe`` documents each field."""

    KIND: ClassVar[str] = "stripe"
    TYPES: ClassVar[Mapping[str, Expected]] = {
        "secret": SECRET,
        "return_url": TEXT.or_none(),
        "timeout": DURATION,
        "charge_within": DURATION,
        "sdk_layer": LAYER.or_none(),
        "list_charges": FLAG,
        "can_refund": FLAG,
        "capture": TEXT,
        "captures_holds": FLAG,
        "api_url": TEXT,
        "name": TEXT.or_none(),
    }
    RETENTION_WORDS: ClassVar[RetentionWords] = RetentionWords(
        property="charge_within",
        fix="give Duration.hours(24), or how late your buyers may be charged",
        only_if="",
    )

    secret: secretsmanager.ISecret
    return_url: str | None = None
    charge_within: cdk.Duration = DEFAULT_CHARGE_WITHIN
    sdk_layer: lambda_.ILayerVersion | None = None
    list_charges: bool = True
    can_refund: bool = False
    api_url: str = STRIPE_API_URL

    @property
    def retention(self) -> cdk.Duration | None:
        return self.charge_within

    @property
    def looks_up(self) -> bool:
        return True

    @property
    def refunds(self) -> bool:
        return self.can_refund

    @property
    def secrets(self) -> Mapping[str, secretsmanager.ISecret]:
        return {"secret": self.secret}

    @property
    def layers(self) -> Mapping[str, lambda_.ILayerVersion]:
        return {} if self.sdk_layer is None else {"sdk_layer": self.sdk_layer}

    @property
    def charge_list(self) -> ChargeList | None:
        if not self.list_charges:
            return None
        return ChargeList(
            url=self.api_url,
            secret=self.secret,
            property="list_charges",
            fix_if_shared=(
                "give list_charges=False to all but one, or each checkout an account of its own"
            ),
        )

    @property
    def captured_after_listed(self) -> cdk.Duration:
        # An intent is listed by when it was made, may be confirmed for charge_within, and then be
        # captured as long as it is held.
        held = LONGEST_HOLD if self.has_holds else cdk.Duration.seconds(0)
        return held if self.charge_within.is_unresolved() else self.charge_within.plus(held)

    def _environment(self, caller: RuntimeFunction) -> Mapping[str, str | None]:  # noqa: ARG002
        return {
            "PAYMENT_SERVICE_URL": self.api_url,
            "PAYMENT_SERVICE_RETURN_URL": self.return_url,
            "PAYMENT_SERVICE_SECRET_ARN": self.secret.secret_arn,
        }

    def _layer(self, caller: RuntimeFunction) -> lambda_.ILayerVersion | None:
        return self.sdk_layer or stripe_layer(caller)

    def _own_requirements(self) -> list[Requirement]:
        rows = [safe_url("payment_service.api_url", self.api_url)]
        if self.return_url is not None:
            rows.append(page_url("payment_service.return_url", self.return_url))
        if self.sdk_layer is None:
            rows.append(can_be_bundled())
        return rows
