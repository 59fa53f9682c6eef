"""Which payment service takes the charges, how it is called, and how long it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.payment_service.capture import NOW
from checkout_stack.payment_service.custom import CustomKind
from checkout_stack.payment_service.http import HttpKind
from checkout_stack.payment_service.key_retention import asks_for_key_retention
from checkout_stack.payment_service.kind import DEFAULT_TIMEOUT, PaymentServiceKind
from checkout_stack.payment_service.stripe import (
    DEFAULT_CHARGE_WITHIN,
    STRIPE_API_URL,
    StripeKind,
)


class PaymentService(PaymentServiceKind):
    """A payment service and what it promises, as one of the methods below makes it."""

    @staticmethod
    @asks_for_key_retention
    def http(
        *,
        url: str,
        secret: secretsmanager.ISecret,
        key_retention: cdk.Duration | None,
        look_up_url: str | None = None,
        cancel_url: str | None = None,
        refund_url: str | None = None,
        capture: str = NOW,
        captures_holds: bool = False,
        capture_url: str | None = None,
        list_url: str | None = None,
        timeout: cdk.Duration = DEFAULT_TIMEOUT,
        name: str | None = None,
    ) -> PaymentService:
        """Return a payment service that is called over HTTP.

        :param url: Where a charge is POSTed, with an ``Idempotency-Key`` header. ``https``; plain
            ``http`` for loopback hosts only. ASCII: a host name in punycode, the rest
            percent-encoded. Without user name, query and fragment. May be a token.
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
            ``timing.customer_action_timeout``. Without it an operator decides about such an order.
            Default: nowhere.
        :param refund_url: Where a POST gives money back, and, with ``look_up_url``, a GET with
            ``?key=`` tells what became of a refund (``docs/guide/refunds.md``). Default: nowhere,
            and nobody can ask the checkout for a refund.
        :param capture: ``"now"``: a charge takes the money. ``"later"``: it asks for a hold, and
            the order is ``AUTHORIZED`` until somebody captures or cancels it, or the hold lapses.
            Needs ``capture_url``, ``look_up_url`` and ``cancel_url``. Default ``"now"``.
        :param captures_holds: Give ``True`` when you go back to ``capture="now"``, for as long as
            holds of before are open. Charges take the money, and all that captures holds stays:
            ``CheckoutApi(captures=...)``, ``OrderDesk.capture``, the alarms. Needs what
            ``capture="later"`` needs. Default: no.
        :param capture_url: Where a POST captures a hold. Default: nowhere.
        :param list_url: Where a GET lists what was captured in a stretch of time. With it the
            charges are compared with the orders every day
            (:attr:`IdempotentCheckout.charge_audit`); without it they are not.
        :param timeout: Longest time for one call, from connecting to the last byte. Whole seconds,
            at least 1; two calls and 8 s have to fit ``timing.consumer_timeout``. Default 10 s.
        :param name: Name of the service, 1 to 64 printable ASCII characters without spaces. An
            attempt that was claimed for another name is never requested at this one: its order
            stops for an operator. Give the name that it had when only the address of the same
            service changes (same keys, same account). Default: made from host and path of ``url``.
        """
        return _HttpPaymentService(
            url=url,
            secret=secret,
            key_retention=key_retention,
            look_up_url=look_up_url,
            cancel_url=cancel_url,
            refund_url=refund_url,
            capture=capture,
            captures_holds=captures_holds,
            capture_url=capture_url,
            list_url=list_url,
            timeout=timeout,
            name=name,
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
        can_refund: bool = False,
        capture: str = NOW,
        captures_holds: bool = False,
        api_url: str = STRIPE_API_URL,
        name: str | None = None,
    ) -> PaymentService:
        """Return Stripe, called by its official SDK: cards, by one PaymentIntent an attempt.

        What was charged can always be looked up, so there is nothing to declare about keys. The
        SDK is bundled by pip at synth into a layer of the functions that call Stripe.

        :param secret: The whole secret string is a secret or restricted API key that may write
            PaymentIntents. Rotation is picked up.
        :param return_url: Where a bank sends the buyer after 3-D Secure. Without it the buyer's
            page acts by Stripe's JavaScript (``docs/guide/payment-stripe.md``). May be a token.
        :param timeout: Longest time for one step at Stripe (open, confirm, retrieve, cancel),
            however many requests it takes. Whole seconds, at least 1; two steps and 8 s have to
            fit ``timing.consumer_timeout``. Default 10 s.
        :param charge_within: How long after the first try a buyer may still be charged; then an
            operator decides. Longer than one lease and one step, and than those and
            ``timing.tolerated_outage``. Default 24 h.
        :param sdk_layer: A layer with the SDK, where synth has no package index. Default: made.
        :param list_charges: Whether the charges are compared with the orders every day
            (:attr:`IdempotentCheckout.charge_audit`). Give ``False`` to all but one of several
            checkouts on one Stripe account: each would report the others' charges as charges
            without an order. Default: yes.
        :param can_refund: Whether charges may be refunded (``docs/guide/refunds.md``). The key then
            has to be able to write Refunds. Default: no.
        :param capture: ``"now"`` or ``"later"``, as in :meth:`http`: later, each intent is opened
            with ``capture_method=manual``. Default ``"now"``.
        :param captures_holds: Whether holds of before are still open with ``capture="now"``, as in
            :meth:`http`. Default: no.
        :param api_url: Where Stripe is; another address is for tests. Default
            ``https://api.stripe.com``.
        :param name: Name of the account, as in :meth:`http`, counted with ``stripe:live`` or
            ``stripe:test``, by the key. Give another one with each account: an attempt of one
            account is then never requested at another. Default: ``stripe:live`` or ``stripe:test``.
        """
        return _StripePaymentService(
            secret=secret,
            return_url=return_url,
            timeout=timeout,
            charge_within=charge_within,
            sdk_layer=sdk_layer,
            list_charges=list_charges,
            can_refund=can_refund,
            capture=capture,
            captures_holds=captures_holds,
            api_url=api_url,
            name=name,
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
        can_refund: bool = False,
        capture: str = NOW,
        captures_holds: bool = False,
        requirements: str | Path | None = None,
        secrets: Mapping[str, secretsmanager.ISecret] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: cdk.Duration = DEFAULT_TIMEOUT,
        name: str | None = None,
    ) -> PaymentService:
        """Return a payment service that is called by a Python module of your own.

        The module follows ``checkout_runtime.payment_service.PaymentService`` and is held to it by
        ``checkout_runtime.conformance`` (``docs/guide/payment-custom.md``). It becomes a layer of
        the two functions that charge and look up; there is neither Docker nor a build of yours.

        :param source: Directory with the module, and with the modules that it imports. Relative
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
            act in ``timing.customer_action_timeout``. Default no: an operator decides about such an
            order.
        :param can_refund: Whether the module has ``refund`` and, with ``can_look_up``,
            ``look_up_refund`` (``docs/guide/refunds.md``). Default: no.
        :param capture: ``"now"`` or ``"later"``, as in :meth:`http`: later, the module also has
            ``capture``, and its ``charge`` asks for a hold. Needs ``can_look_up`` and
            ``can_cancel``. Default ``"now"``.
        :param captures_holds: Whether holds of before are still open with ``capture="now"``, as in
            :meth:`http`; the module then keeps its ``capture``. Default: no.
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
        return _CustomPaymentService(
            source=source,
            factory=factory,
            key_retention=key_retention,
            can_look_up=can_look_up,
            can_cancel=can_cancel,
            can_refund=can_refund,
            capture=capture,
            captures_holds=captures_holds,
            requirements_file=requirements,
            module_secrets=secrets,
            environment=environment,
            timeout=timeout,
            name=name,
        )


class _HttpPaymentService(HttpKind, PaymentService):
    """What :meth:`PaymentService.http` returns."""


class _StripePaymentService(StripeKind, PaymentService):
    """What :meth:`PaymentService.stripe` returns."""


class _CustomPaymentService(CustomKind, PaymentService):
    """What :meth:`PaymentService.custom` returns."""
