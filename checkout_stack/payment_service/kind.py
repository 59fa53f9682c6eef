"""What every kind of payment service has in common: how a function gets it, what it requires."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.payment_key_in_name import no_payment_key
from checkout_stack.foundation.property_types import Expected, type_requirements
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.capture import LATER, NOW, capture_requirements
from checkout_stack.payment_service.key_retention import (
    KEY_RETENTION,
    RetentionWords,
    in_whole_seconds,
    retention_requirements,
)

#: Long enough for a charge that asks a bank, short enough for a look-up and a charge in one turn.
DEFAULT_TIMEOUT = cdk.Duration.seconds(10)
#: Calls to the payment service in one turn of the consumer: a look-up, then a charge.
CALLS_IN_A_TURN = 2
#: What an invocation needs besides these calls. The worker starts no turn with less than 5 s beyond
#: its calls (``ChargePolicy.turn_seconds``: claim and settle, each repeated once); 3 s are for what
#: happens before the first turn, such as reading the secret.
BESIDE_THE_CALLS = cdk.Duration.seconds(8)

_NAME = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True, kw_only=True)
class ChargeList:
    """A list of charges that a function may read."""

    #: Where it is.
    url: str
    #: What it is read with, which also says of which account it is.
    secret: secretsmanager.ISecret
    #: The property of ``payment_service`` that asked for it.
    property: str
    #: What to change where two checkouts would read the same list.
    fix_if_shared: str


@dataclass(frozen=True, kw_only=True)
class PaymentServiceKind(ABC):
    """A payment service of one kind. The fields of a kind are what its factory was given."""

    #: The type of each property, checked with everything else that a checkout was given.
    TYPES: ClassVar[Mapping[str, Expected]] = {}
    #: ``PAYMENT_SERVICE_KIND`` of the functions.
    KIND: ClassVar[str]
    #: How a wrong key retention of this kind is explained.
    RETENTION_WORDS: ClassVar[RetentionWords] = KEY_RETENTION

    #: Longest time for one call to the service. Default 10 s.
    timeout: cdk.Duration = DEFAULT_TIMEOUT
    #: What orders keep as the name of the service. Default: the kind says it.
    name: str | None = None
    #: When the money is taken, ``"now"`` or ``"later"``. Default: with the charge.
    capture: str = NOW
    #: Whether holds of before are still to be captured, with ``capture="now"``. Default: no.
    captures_holds: bool = False

    @property
    @abstractmethod
    def retention(self) -> cdk.Duration | None:
        """How long after its first try a charge may be requested again; ``None`` for never."""

    @property
    @abstractmethod
    def looks_up(self) -> bool:
        """Whether it can be asked what became of a charge."""

    @property
    @abstractmethod
    def refunds(self) -> bool:
        """Whether it gives money back when it is asked to."""

    @property
    def captures_later(self) -> bool:
        """Whether a charge asks for a hold, which is captured by a request of its own."""
        return self.capture == LATER

    @property
    def has_holds(self) -> bool:
        """Whether there may be held money: of charges to come, or of those before."""
        return self.captures_later or self.captures_holds

    @property
    @abstractmethod
    def secrets(self) -> Mapping[str, secretsmanager.ISecret]:
        """The secrets that its callers read, by the property of ``payment_service``."""

    @property
    def layers(self) -> Mapping[str, lambda_.ILayerVersion]:
        """The layers that it was given, by the property of ``payment_service``."""
        return {}

    @property
    def charge_list(self) -> ChargeList | None:
        """Where its charges are listed for a daily audit; ``None`` if they are not."""
        return None

    @property
    def captured_after_listed(self) -> cdk.Duration:
        """How much later than the time under which it is listed a charge may be captured."""
        return cdk.Duration.seconds(0)

    def bind(self, caller: RuntimeFunction) -> None:
        """Let ``caller`` charge and look up: its environment, its layer and its secrets."""
        retention = "0" if self.retention is None else _seconds(self.retention)
        self._prepare(
            caller,
            {
                "PAYMENT_SERVICE_NAME": self.name,
                "PAYMENT_KEY_RETENTION_SECONDS": retention,
                "PAYMENT_SERVICE_REFUNDS": "true" if self.refunds else None,
                "CAPTURE": self.capture if self.has_holds else None,
                **self._environment(caller),
            },
        )
        for secret in self.secrets.values():
            caller.grant_read_secret(secret)

    def bind_listing(self, reader: RuntimeFunction) -> None:
        """Let ``reader`` list charges, and not make any: its environment, layer and secret.

        :param reader: The function.
        :raises ValueError: if the payment service cannot list.
        """
        charges = self.charge_list
        if charges is None:
            raise ValueError("this payment service has no list_url: it cannot list charges")
        self._prepare(
            reader,
            {
                "PAYMENT_SERVICE_LIST_URL": charges.url,
                "PAYMENT_SERVICE_REFUNDS": "true" if self.refunds else None,
                "PAYMENT_SERVICE_SECRET_ARN": charges.secret.secret_arn,
            },
        )
        reader.grant_read_secret(charges.secret)

    def type_requirements(self) -> list[Requirement]:
        """Return that each property has its type."""
        return type_requirements(self.TYPES, self._given(), of="payment_service")

    def requirements(self, timing: CheckoutTiming) -> list[Requirement]:
        """Return what has to hold of the service, and between it and ``timing``.

        Only the types, where one is wrong; nothing about durations, where ``timing`` itself is
        not sound.
        """
        types = self.type_requirements()
        if not all(row.holds for row in types):
            return types
        own = [
            *self._own_requirements(),
            *_name_requirements(self.name),
            *capture_requirements(
                self.capture, self._needed_to_capture_later, captures_holds=self.captures_holds
            ),
            in_whole_seconds(self.retention, self.RETENTION_WORDS),
        ]
        if self.timeout.is_unresolved() or not all(row.holds for row in timing.requirements()):
            return own
        return [
            *own,
            *_turn_requirements(self.timeout, timing),
            *retention_requirements(
                self.retention,
                self.timeout,
                timing,
                self.RETENTION_WORDS,
                looks_up=self.looks_up,
            ),
        ]

    @property
    def _needed_to_capture_later(self) -> Mapping[str, bool]:
        """What it needs to hold money, by its property, and whether it was given that."""
        return {}

    def _given(self) -> Mapping[str, object]:
        """Return the properties by the names under which they were given."""
        return vars(self)

    @abstractmethod
    def _environment(self, caller: RuntimeFunction) -> Mapping[str, str | None]:
        """Return the variables of this kind alone; those that are ``None`` are not set."""

    @abstractmethod
    def _own_requirements(self) -> list[Requirement]:
        """Return what has to hold of the properties of this kind alone."""

    def _layer(self, caller: RuntimeFunction) -> lambda_.ILayerVersion | None:  # noqa: ARG002
        """Return the code that ``caller`` needs beyond the asset: none, unless a kind has some."""
        return None

    def _prepare(self, function: RuntimeFunction, variables: Mapping[str, str | None]) -> None:
        shared = {
            "PAYMENT_SERVICE_KIND": self.KIND,
            "PAYMENT_SERVICE_TIMEOUT_SECONDS": _seconds(self.timeout),
        }
        for name, value in {**shared, **variables}.items():
            if value is not None:
                function.function.add_environment(name, value)
        layer = self._layer(function)
        if layer is not None:
            function.function.add_layers(layer)


def _name_requirements(name: str | None) -> list[Requirement]:
    if name is None or cdk.Token.is_unresolved(name):
        return []
    return [
        Requirement(
            holds=_NAME.fullmatch(name) is not None,
            property="payment_service.name",
            given=repr(name),
            allowed="1 to 64 printable ASCII characters without spaces: every order stores it",
            fix='give a short name, for example "acme-live", or leave it out',
        ),
        no_payment_key("payment_service.name", name),
    ]


def _turn_requirements(timeout: cdk.Duration, timing: CheckoutTiming) -> list[Requirement]:
    seconds = timeout.to_milliseconds() / 1000
    turn = CALLS_IN_A_TURN * seconds + BESIDE_THE_CALLS.to_seconds()
    return [
        Requirement(
            holds=seconds >= 1 and seconds.is_integer(),
            property="payment_service.timeout",
            given=timeout.to_human_string(),
            allowed="whole seconds, at least 1",
            fix="give Duration.seconds(10), or what the service needs",
        ),
        Requirement(
            holds=timing.consumer_timeout.to_seconds() >= turn,
            property="timing.consumer_timeout",
            given=timing.consumer_timeout.to_human_string(),
            allowed=(
                f"at least {turn:g} seconds: a look-up and a charge of "
                f"{timeout.to_human_string()} each, and 8 seconds for the rest"
            ),
            fix="lengthen timing.consumer_timeout or shorten payment_service.timeout",
        ),
    ]


def _seconds(duration: cdk.Duration) -> str:
    if duration.is_unresolved():
        return cdk.Token.as_string(duration.to_seconds())
    return str(int(duration.to_seconds()))
