"""A payment module of the user's own: what of it is deployed, and what its functions are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.secret_grants import grant_read_secret
from checkout_stack.payment_service.custom_module_layer import custom_module_layer


@dataclass(frozen=True, kw_only=True)
class CustomModule:
    """Where the module is and what it needs. :meth:`PaymentService.custom` documents each field."""

    source: Path
    factory: str
    can_look_up: bool
    can_cancel: bool
    requirements: Path | None = None
    secrets: Mapping[str, secretsmanager.ISecret] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def connect(self, caller: RuntimeFunction) -> None:
        """Give ``caller`` the module as a layer, its environment, and its secrets to read."""
        for name, value in {**self.environment, **self._settings(caller)}.items():
            caller.function.add_environment(name, value)
        caller.function.add_layers(custom_module_layer(caller, self.source, self.requirements))
        for secret in self.secrets.values():
            grant_read_secret(secret, caller.role)

    def _settings(self, caller: RuntimeFunction) -> dict[str, str]:
        settings = {
            "PAYMENT_SERVICE_FACTORY": self.factory,
            "PAYMENT_SERVICE_CAN_LOOK_UP": "true" if self.can_look_up else "false",
            "PAYMENT_SERVICE_CAN_CANCEL": "true" if self.can_cancel else "false",
        }
        if self.secrets:
            arns = {name: secret.secret_arn for name, secret in self.secrets.items()}
            by_name = cdk.Stack.of(caller).to_json_string(arns)
            settings["PAYMENT_SERVICE_SECRET_ARN_BY_NAME"] = by_name
        return settings
