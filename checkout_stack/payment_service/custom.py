"""A payment service that is called by a Python module of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.property_types import (
    DURATION,
    FLAG,
    PATH,
    SECRET,
    TEXT,
    Expected,
    mapping_of,
)
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.payment_service.custom_module_layer import custom_module_layer
from checkout_stack.payment_service.custom_module_requirements import (
    custom_module_requirements,
    secret_name_requirement,
    variable_requirement,
)
from checkout_stack.payment_service.kind import PaymentServiceKind


@dataclass(frozen=True, kw_only=True)
class CustomKind(PaymentServiceKind):
    """The module is a layer of its callers; ``PaymentService.custom`` documents each field."""

    KIND: ClassVar[str] = "custom"
    TYPES: ClassVar[Mapping[str, Expected]] = {
        "source": PATH,
        "factory": TEXT,
        "key_retention": DURATION.or_none(),
        "can_look_up": FLAG,
        "can_cancel": FLAG,
        "can_refund": FLAG,
        "capture": TEXT,
        "captures_holds": FLAG,
        "requirements": PATH.or_none(),
        "secrets": mapping_of(SECRET).or_none(),
        "environment": mapping_of(TEXT).or_none(),
        "timeout": DURATION,
        "name": TEXT.or_none(),
    }

    source: str | Path
    factory: str
    key_retention: cdk.Duration | None
    can_look_up: bool = True
    can_cancel: bool = False
    can_refund: bool = False
    #: Given as ``requirements``.
    requirements_file: str | Path | None = None
    #: Given as ``secrets``, by the module's own names for them.
    module_secrets: Mapping[str, secretsmanager.ISecret] | None = None
    environment: Mapping[str, str] | None = None

    @property
    def retention(self) -> cdk.Duration | None:
        return self.key_retention

    @property
    def looks_up(self) -> bool:
        return self.can_look_up

    @property
    def refunds(self) -> bool:
        return self.can_refund

    @property
    def secrets(self) -> Mapping[str, secretsmanager.ISecret]:
        return {f"secrets[{name!r}]": each for name, each in (self.module_secrets or {}).items()}

    def _given(self) -> Mapping[str, object]:
        fields = vars(self)
        renamed = {"requirements": self.requirements_file, "secrets": self.module_secrets}
        return {**fields, **renamed}

    def _environment(self, caller: RuntimeFunction) -> Mapping[str, str | None]:
        arns = {name: each.secret_arn for name, each in (self.module_secrets or {}).items()}
        return {
            **(self.environment or {}),
            "PAYMENT_SERVICE_FACTORY": self.factory,
            "PAYMENT_SERVICE_CAN_LOOK_UP": "true" if self.can_look_up else "false",
            "PAYMENT_SERVICE_CAN_CANCEL": "true" if self.can_cancel else "false",
            "PAYMENT_SERVICE_CAN_REFUND": "true" if self.can_refund else None,
            "PAYMENT_SERVICE_SECRET_ARN_BY_NAME": (
                cdk.Stack.of(caller).to_json_string(arns) if arns else None
            ),
        }

    def _layer(self, caller: RuntimeFunction) -> lambda_.ILayerVersion | None:
        return custom_module_layer(caller, Path(self.source), self._requirements_path())

    @property
    def _needed_to_capture_later(self) -> Mapping[str, bool]:
        return {"can_look_up=True": self.can_look_up, "can_cancel=True": self.can_cancel}

    def _own_requirements(self) -> list[Requirement]:
        return [
            *custom_module_requirements(Path(self.source), self.factory, self._requirements_path()),
            *(secret_name_requirement(name) for name in self.module_secrets or {}),
            *(variable_requirement(*each) for each in (self.environment or {}).items()),
        ]

    def _requirements_path(self) -> Path | None:
        return None if self.requirements_file is None else Path(self.requirements_file)
