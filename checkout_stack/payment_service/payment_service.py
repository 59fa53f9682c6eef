"""Which payment service takes the charges, how it is called, and how long it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.property_types import type_requirements
from checkout_stack.foundation.required_choice import asks_for_key_retention
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.secret_grants import grant_read_secret
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.payment_service.custom_module import CustomModule
from checkout_stack.payment_service.payment_service_requirements import (
    CUSTOM,
    HTTP,
    STRIPE,
    TYPES,
    payment_service_requirements,
)
from checkout_stack.payment_service.stripe_layer import stripe_layer

#: Long enough for a charge that asks a bank, short enough for a look-up and a charge in one turn.
DEFAULT_TIMEOUT = cdk.Duration.seconds(10)
STRIPE_API_URL = "https://api.stripe.com"
#: An intent can be confirmed at any time. A day is as long as a buyer may be surprised by it.
DEFAULT_CHARGE_WITHIN = cdk.Duration.hours(24)


@dataclass(frozen=True, kw_only=True)
class PaymentService:
    """A payment service and what it promises, as one of the methods below makes it."""

    kind: str
    timeout: cdk.Duration
    key_retention: cdk.Duration | None
    url: str | None = None
    secret: secretsmanager.ISecret | None = None
    look_up_url: str | None = None
    cancel_url: str | None = None
    return_url: str | None = None
    sdk_layer: lambda_.ILayerVersion | None = None
    module: CustomModule | None = None
    list_url: str | None = None
    name: str | None = None
    wrong_types: tuple[Requirement, ...] = ()

    @staticmethod
    @asks_for_key_retention
    def http(
        *,
        url: str,
        secret: secretsmanager.ISecret,
        key_retention: cdk.Duration | None,
        look_up_url: str | None = None,
        cancel_url: str | None = None,
        list_url: str | None = None,
        timeout: cdk.Duration = DEFAULT_TIMEOUT,
        name: str | None = None,
    ) -> PaymentService:
        """Return a payment service that is called over HTTP.

        :param url: Where a charge is POSTed, with an ``Idempotency-Key`` header. ``https``; plain
            ``http`` for loopback hosts only. May be a token.
        :param secret: The whole secret string is sent as bearer token. Rotation is picked up.
        :param key_retention: How long the service answers a repeated key with the first outcome
            instead of charging again, also after it answered 4xx or 5xx. ``None`` if it forgets
            failed requests (Checkout.com), publishes no time (Square), or honours no keys: no
            charge is then repeated without a look-up, and without ``look_up_url`` every unclear
            order soon needs an operator. No default, as only the service's documentation knows.
            Longer than one lease and one call. Too long a value can charge a buyer twice; too
            short a one only asks an operator too early.
        :param look_up_url: Where a GET with ``?key=`` tells what became of a charge. Without it an
            order whose outcome stayed unknown until ``key_retention`` ended needs an operator.
            Default: nowhere.
        :param cancel_url: Where a POST cancels an attempt whose buyer did not act in
            ``timing.action_patience``. Without it an operator decides about such an order.
            Default: nowhere.
        :param list_url: Where a GET lists what was captured in a stretch of time. With it the
            charges are compared with the orders every day
            (:attr:`IdempotentCheckout.charge_audit`); without it nobody does.
        :param timeout: Longest time for one call, from connecting to the last byte. Whole seconds,
            at least 1; two calls and 8 s have to fit ``timing.consumer_timeout``. Default 10 s.
        :param name: Name of the service, 1 to 64 printable ASCII characters without spaces. An
            attempt that was claimed for another name is never requested at this one: its order
            stops for an operator. Give the name that it had when only the address of the same
            service changes (same keys, same account). Default: made from host and path of ``url``.
        """
        return PaymentService(
            kind=HTTP,
            wrong_types=_wrong_types(HTTP, locals()),
            name=name,
            url=url,
            look_up_url=look_up_url,
            cancel_url=cancel_url,
            list_url=list_url,
            secret=secret,
            timeout=timeout,
            key_retention=key_retention,
        )

    @staticmethod
    def stripe(
        *,
        secret: secretsmanager.ISecret,
        return_url: str | None = None,
        timeout: cdk.Duration = DEFAULT_TIMEOUT,
        charge_within: cdk.Duration = DEFAULT_CHARGE_WITHIN,
        sdk_layer: lambda_.ILayerVersion | None = None,
        list_charges: bool = True,
        api_url: str = STRIPE_API_URL,
        name: str | None = None,
    ) -> PaymentService:
        """Return Stripe, called by its official SDK: cards, by one PaymentIntent an attempt.

        What was charged can always be looked up, so there is nothing to declare about keys. The
        SDK is bundled by pip at synth into a layer of the functions that call Stripe.

        :param secret: The whole secret string is a secret or restricted API key that may write
            PaymentIntents. Rotation is picked up.
        :param return_url: Where a bank sends the buyer after 3-D Secure. Without it the buyer's
            page acts by Stripe's JavaScript (``docs/payment-stripe.md``). May be a token.
        :param timeout: Longest time for one step at Stripe (open, confirm, retrieve, give up),
            however many requests it takes. Whole seconds, at least 1; two steps and 8 s have to
            fit ``timing.consumer_timeout``. Default 10 s.
        :param charge_within: How long after the first try a buyer may still be charged; then an
            operator decides. Longer than one lease and one step, and than those and
            ``timing.outage_to_ride_out``. Default 24 h.
        :param sdk_layer: A layer with the SDK, where synth has no package index. Default: made.
        :param list_charges: Whether the charges are compared with the orders every day
            (:attr:`IdempotentCheckout.charge_audit`). Not where several checkouts charge on one
            Stripe account: each would take the others' charges for charges without order. Default:
            yes.
        :param api_url: Where Stripe is; another address is for tests. Default
            ``https://api.stripe.com``.
        :param name: Name of the account, as in :meth:`http`. Give another one with each account:
            an attempt of one account is then never requested at another. Default: ``stripe:live``
            or ``stripe:test``, by the key.
        """
        return PaymentService(
            kind=STRIPE,
            wrong_types=_wrong_types(STRIPE, locals()),
            name=name,
            url=api_url,
            secret=secret,
            timeout=timeout,
            key_retention=charge_within,
            return_url=return_url,
            sdk_layer=sdk_layer,
            list_url=api_url if list_charges else None,
        )

    @staticmethod
    @asks_for_key_retention
    def custom(
        *,
        source: str | Path,
        factory: str,
        key_retention: cdk.Duration | None,
        can_look_up: bool = True,
        can_cancel: bool = False,
        requirements: str | Path | None = None,
        secrets: Mapping[str, secretsmanager.ISecret] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: cdk.Duration = DEFAULT_TIMEOUT,
        name: str | None = None,
    ) -> PaymentService:
        """Return a payment service that is called by a Python module of your own.

        The module follows ``checkout_runtime.payment_service.PaymentService`` and is held to it by
        ``checkout_runtime.conformance`` (``docs/payment-custom.md``). It becomes a layer of the two
        functions that charge and look up; there is neither Docker nor a build of yours.

        :param source: Directory with the module, and with whatever it imports beside it. Relative
            to where synth runs. Hidden files and byte code are left out.
        :param factory: ``module:function``: what makes the payment service of a
            ``PaymentServiceSetup``. Called once in an execution environment.
        :param key_retention: How long the service answers a repeated key with the first outcome
            instead of charging again, also after it failed; ``None`` if it does not, as in
            :meth:`http`. No default, as only its documentation knows.
        :param can_look_up: Whether the module's ``look_up`` may be asked. Without it, an order
            whose outcome stayed unknown until ``key_retention`` ended needs an operator. Default
            yes.
        :param can_cancel: Whether the module has ``cancel``, for an attempt whose buyer did not
            act in ``timing.action_patience``. Default no: an operator decides about such an order.
        :param requirements: A requirements file with ``name==version`` for every package that the
            module needs; pip installs their wheels for the functions' Python and architecture at
            synth. Default: the module needs nothing beyond Python's library and boto3.
        :param secrets: Secrets that the module reads, by its own names for them. Rotation is picked
            up. Default: none.
        :param environment: Further variables of the two functions, for what is no secret. Default:
            none.
        :param timeout: Longest time for one call of one method; a longer one is ``UNKNOWN``. Whole
            seconds, at least 1; two calls and 8 s have to fit ``timing.consumer_timeout``. Default
            10 s.
        :param name: Name of the service, as in :meth:`http`. Default: made from ``factory``.
        """
        if wrong_types := _wrong_types(CUSTOM, locals()):
            return PaymentService(
                kind=CUSTOM, timeout=timeout, key_retention=key_retention, wrong_types=wrong_types
            )
        return PaymentService(
            kind=CUSTOM,
            timeout=timeout,
            key_retention=key_retention,
            name=name,
            module=CustomModule(
                source=Path(source),
                factory=factory,
                can_look_up=can_look_up,
                can_cancel=can_cancel,
                requirements=None if requirements is None else Path(requirements),
                secrets=dict(secrets or {}),
                environment=dict(environment or {}),
            ),
        )

    def connect(self, caller: RuntimeFunction) -> None:
        """Tell ``caller`` where the payment service is and let it read the secret, no more."""
        for name, value in self._environment().items():
            caller.function.add_environment(name, value)
        if self.kind == STRIPE:
            caller.function.add_layers(self.sdk_layer or stripe_layer(caller))
        if self.secret is not None:
            grant_read_secret(self.secret, caller.role)
        if self.module is not None:
            self.module.connect(caller)

    def _environment(self) -> dict[str, str]:
        retention = "0" if self.key_retention is None else _seconds(self.key_retention)
        told = {
            "PAYMENT_SERVICE_KIND": self.kind,
            "PAYMENT_SERVICE_NAME": self.name,
            "PAYMENT_SERVICE_URL": self.url,
            "PAYMENT_SERVICE_SECRET_ARN": None if self.secret is None else self.secret.secret_arn,
            "PAYMENT_SERVICE_TIMEOUT_SECONDS": _seconds(self.timeout),
            "PAYMENT_KEY_RETENTION_SECONDS": retention,
            "PAYMENT_SERVICE_LOOK_UP_URL": self.look_up_url,
            "PAYMENT_SERVICE_CANCEL_URL": self.cancel_url,
            "PAYMENT_SERVICE_RETURN_URL": self.return_url,
        }
        return {name: value for name, value in told.items() if value is not None}

    def connect_listing(self, reader: RuntimeFunction) -> None:
        """Tell a function where charges are listed, not where they are made, and the secret.

        :param reader: The function.
        :raises ValueError: if the payment service cannot list.
        """
        if self.list_url is None or self.secret is None:
            raise ValueError("this payment service has no list_url: it cannot list charges")
        for name, value in {
            "PAYMENT_SERVICE_KIND": self.kind,
            "PAYMENT_SERVICE_LIST_URL": self.list_url,
            "PAYMENT_SERVICE_SECRET_ARN": self.secret.secret_arn,
            "PAYMENT_SERVICE_TIMEOUT_SECONDS": _seconds(self.timeout),
        }.items():
            reader.function.add_environment(name, value)
        if self.kind == STRIPE:
            reader.function.add_layers(self.sdk_layer or stripe_layer(reader))
        grant_read_secret(self.secret, reader.role)

    @property
    def captured_after_listed(self) -> cdk.Duration:
        """How much later than the time under which it is listed a charge may be captured.

        Stripe lists an intent by when it was made; it may be confirmed for ``charge_within``.
        """
        within = self.key_retention
        if self.kind != STRIPE or within is None or within.is_unresolved():
            return cdk.Duration.seconds(0)
        return within

    def requirements(self, timing: CheckoutTiming) -> list[Requirement]:
        """Return what has to hold of the service, and between it and ``timing``."""
        return payment_service_requirements(self, timing)


def _wrong_types(kind: str, given: dict[str, object]) -> tuple[Requirement, ...]:
    rows = type_requirements(TYPES[kind], given, of="payment_service")
    return tuple(row for row in rows if not row.holds)


def _seconds(duration: cdk.Duration) -> str:
    if duration.is_unresolved():
        return cdk.Token.as_string(duration.to_seconds())
    return str(int(duration.to_seconds()))
