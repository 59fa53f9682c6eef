"""A payment service that is called over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.property_types import DURATION, FLAG, SECRET, TEXT, Expected
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.payment_service.kind import ChargeList, PaymentServiceKind
from checkout_stack.payment_service.service_url import safe_url

#: What is asked by POST: a charge, and what must never be taken for one.
_POSTED_TO = ("url", "cancel_url", "refund_url", "capture_url")


@dataclass(frozen=True, kw_only=True)
class HttpKind(PaymentServiceKind):
    """Charges are POSTed with a bearer token; ``PaymentService.http`` documents each field."""

    KIND: ClassVar[str] = "http"
    TYPES: ClassVar[Mapping[str, Expected]] = {
        "url": TEXT,
        "secret": SECRET,
        "key_retention": DURATION.or_none(),
        "look_up_url": TEXT.or_none(),
        "cancel_url": TEXT.or_none(),
        "refund_url": TEXT.or_none(),
        "capture": TEXT,
        "captures_holds": FLAG,
        "capture_url": TEXT.or_none(),
        "list_url": TEXT.or_none(),
        "timeout": DURATION,
        "name": TEXT.or_none(),
    }

    url: str
    secret: secretsmanager.ISecret
    key_retention: cdk.Duration | None
    look_up_url: str | None = None
    cancel_url: str | None = None
    refund_url: str | None = None
    capture_url: str | None = None
    list_url: str | None = None

    @property
    def retention(self) -> cdk.Duration | None:
        return self.key_retention

    @property
    def looks_up(self) -> bool:
        return self.look_up_url is not None

    @property
    def refunds(self) -> bool:
        return self.refund_url is not None

    @property
    def secrets(self) -> Mapping[str, secretsmanager.ISecret]:
        return {"secret": self.secret}

    @property
    def charge_list(self) -> ChargeList | None:
        if self.list_url is None:
            return None
        return ChargeList(
            url=self.list_url,
            secret=self.secret,
            property="list_url",
            fix_if_shared="give each checkout a list_url of its own, or to all but one none",
        )

    def _environment(self, caller: RuntimeFunction) -> Mapping[str, str | None]:  # noqa: ARG002
        return {
            "PAYMENT_SERVICE_URL": self.url,
            "PAYMENT_SERVICE_LOOK_UP_URL": self.look_up_url,
            "PAYMENT_SERVICE_CANCEL_URL": self.cancel_url,
            "PAYMENT_SERVICE_REFUND_URL": self.refund_url,
            "PAYMENT_SERVICE_CAPTURE_URL": self.capture_url,
            "PAYMENT_SERVICE_SECRET_ARN": self.secret.secret_arn,
        }

    @property
    def _needed_to_capture_later(self) -> Mapping[str, bool]:
        return {
            "capture_url": self.capture_url is not None,
            "look_up_url": self.looks_up,
            "cancel_url": self.cancel_url is not None,
        }

    def _own_requirements(self) -> list[Requirement]:
        urls = {
            "url": self.url,
            "look_up_url": self.look_up_url,
            "cancel_url": self.cancel_url,
            "refund_url": self.refund_url,
            "capture_url": self.capture_url,
            "list_url": self.list_url,
        }
        safe = [
            safe_url(f"payment_service.{name}", url)
            for name, url in urls.items()
            if url is not None
        ]
        return [*safe, *_addresses_of_their_own(urls)]


def _addresses_of_their_own(urls: Mapping[str, str | None]) -> list[Requirement]:
    """Return that no two requests by POST have one address, which is all that tells them apart."""
    asked_at: dict[str, str] = {}
    rows = []
    for name in _POSTED_TO:
        url = urls[name]
        if url is None or cdk.Token.is_unresolved(url):
            continue
        first = asked_at.setdefault(url.rstrip("/"), name)
        rows.append(
            Requirement(
                holds=first == name,
                property=f"payment_service.{name}",
                given=f"the address that {first} is",
                allowed="an address of its own: a refund that is taken for a charge takes money",
                fix=f"give the address at which the payment service is asked for {name}",
            )
        )
    return rows
