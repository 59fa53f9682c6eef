"""The deployed functions charge by a module of the user's own: real handlers, layer and secret."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checkout_runtime.adapters.payment_module import PaymentModuleError
from checkout_runtime.domain.message import PaymentMessage
from checkout_stack.local.aws import LocalAws
from checkout_stack.payment_service.custom_module_layer import fill_layer
from examples.own_payment_service.acme_double import API_KEY, AcmeDouble, serving
from examples.own_payment_service.app import AcmeShop
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches, functions
from tests.checkout_runtime.handlers.http_requests import body_of, placement
from tests.checkout_runtime.handlers.queue_events import Context, record
from tests.checkout_stack.synthesized import Synthesized, synthesize, unchecked_app

__all__ = ["functions"]

EXAMPLE = Path(__file__).parents[3] / "examples" / "own_payment_service"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """The example, as its app makes it."""
    app = unchecked_app(tmp_path_factory.mktemp("cdk.out"))
    return synthesize(AcmeShop(app, "AcmeShop"))


@pytest.fixture
def acme() -> Iterator[AcmeDouble]:
    """The payment service."""
    with serving() as acme:
        yield acme


@pytest.fixture
def at_acme(
    functions: Functions,
    acme: AcmeDouble,
    template: Synthesized,
    local_aws: LocalAws,
    fresh_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Functions]:
    """The functions with what the example's template tells them, and its layer on their path."""
    secrets = local_aws.secrets_manager()
    arn = secrets.create_secret(Name=fresh_name("acme"), SecretString=API_KEY)["ARN"]
    told = template.environment("CheckoutConsumer")
    for name in (each for each in told if each.startswith("PAYMENT_SERVICE_")):
        if isinstance(told[name], str):
            monkeypatch.setenv(name, told[name])
    monkeypatch.setenv("PAYMENT_SERVICE_SECRET_ARN_BY_NAME", json.dumps({"acme": arn}))
    monkeypatch.setenv("PAYMENT_SERVICE_TIMEOUT_SECONDS", "2")
    monkeypatch.setenv("ACME_URL", acme.url)
    for unused in ("PAYMENT_SERVICE_URL", "PAYMENT_SERVICE_SECRET_ARN"):
        monkeypatch.delenv(unused)
    fill_layer(tmp_path / "python", EXAMPLE / "payments", None)
    monkeypatch.syspath_prepend(str(tmp_path / "python"))
    clear_caches()
    yield functions
    sys.modules.pop("acme_payments", None)


def placed(functions: Functions, payment_method: str, key: str) -> str:
    answer = functions.place_order(placement(key, payment_method=payment_method))
    return str(body_of(answer)["order_id"])


def deliver(functions: Functions, *order_ids: str) -> list[str]:
    """Deliver a message of each order in one batch; return those to be delivered again."""
    records = [
        record(PaymentMessage(each, 1).to_body(), number, each)
        for number, each in enumerate(order_ids)
    ]
    answer = functions.process_payments({"Records": records}, Context())
    failures = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
    return [each for number, each in enumerate(order_ids) if f"m{number}" in failures]


def stored_order(functions: Functions, order_id: str) -> Any:
    order = functions.orders.get(order_id)
    assert order is not None
    return order


def test_an_order_is_charged_once_however_often_its_message_is_delivered(
    at_acme: Functions, acme: AcmeDouble
) -> None:
    order_id = placed(at_acme, "card_good", "own-1")
    assert deliver(at_acme, order_id) == []
    assert deliver(at_acme, order_id) == []
    order = stored_order(at_acme, order_id)
    assert (order.status, order.charge_id) == ("PAID", "pay_1")
    assert acme.captured == [order.payment_key]


def test_a_charge_whose_answer_was_lost_is_found_and_not_repeated(
    at_acme: Functions, acme: AcmeDouble
) -> None:
    order_id = placed(at_acme, "card_good", "own-2")
    with acme.in_trouble("loses"):
        assert deliver(at_acme, order_id) == [order_id]
    assert stored_order(at_acme, order_id).status == "UNKNOWN"
    assert deliver(at_acme, order_id) == []
    assert stored_order(at_acme, order_id).status == "PAID"
    assert len(acme.captured) == 1


def test_a_refusal_is_a_decline_and_an_action_is_the_buyers(
    at_acme: Functions, acme: AcmeDouble
) -> None:
    refused = placed(at_acme, "card_refused", "own-3")
    secured = placed(at_acme, "card_3ds", "own-4")
    assert deliver(at_acme, refused, secured) == []
    assert (stored_order(at_acme, refused).status, stored_order(at_acme, refused).decline_code) == (
        "DECLINED",
        "no_funds",
    )
    assert stored_order(at_acme, secured).status == "ACTION_REQUIRED"
    assert stored_order(at_acme, secured).action_url.startswith("https://bank.example/confirm/")
    assert acme.captured == []


def test_another_amount_than_the_orders_goes_to_a_person_with_its_proof(
    at_acme: Functions, acme: AcmeDouble
) -> None:
    order_id = placed(at_acme, "card_good", "own-5")
    acme.payments[stored_order(at_acme, order_id).payment_key] = {
        "state": "paid",
        "id": "pay_other",
        "amount": 1,
        "currency": "EUR",
    }
    assert deliver(at_acme, order_id) == []
    order = stored_order(at_acme, order_id)
    assert order.status == "NEEDS_REVIEW"
    assert any("pay_other" in each for each in order.stray_charges)


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
def test_a_module_that_raises_stops_no_other_order_and_says_no_to_none(
    kind: type[BaseException],
    at_acme: Functions,
    acme: AcmeDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from checkout_runtime.handlers import payment_dependencies

    bad, good = placed(at_acme, "card_bad", "own-6"), placed(at_acme, "card_good", "own-7")
    deliver(at_acme, good)
    module = sys.modules["acme_payments"]
    charge = module.AcmePayments.charge

    def raising(self: Any, order: Any) -> Any:
        if order.order_id == bad:
            raise kind("sk_live")
        return charge(self, order)

    monkeypatch.setattr(module.AcmePayments, "charge", raising)
    other = placed(at_acme, "card_good", f"own-8-{kind.__name__}")
    assert deliver(at_acme, bad, other) == [bad]
    assert (stored_order(at_acme, bad).status, stored_order(at_acme, other).status) == (
        "UNKNOWN",
        "PAID",
    )
    assert payment_dependencies.payment_calls.cache_info().currsize == 1


class Overdue(logging.Handler):
    """A method of the module that goes on until the invocation waits for it."""

    def __init__(self, orders: Any, order_id: str) -> None:
        super().__init__()
        self._orders, self._order_id = orders, order_id
        self._go = threading.Event()
        self.has_ended = False
        self.stored_meanwhile = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "payment_call_overdue":
            self.stored_meanwhile = self._orders.get(self._order_id).status
            self.let_go()

    def let_go(self) -> None:
        self._go.set()

    def __call__(self, service: Any, about: Any) -> None:
        assert self._go.wait(30)
        self.has_ended = True


@pytest.fixture
def overdue(
    at_acme: Functions, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Overdue]]:
    """Makes one method go on for longer than it may."""
    monkeypatch.setenv("PAYMENT_SERVICE_TIMEOUT_SECONDS", "1")
    clear_caches()
    deliver(at_acme)
    log = logging.getLogger("checkout_runtime.adapters.timed_calls")
    made: list[Overdue] = []

    def make(method: str, order_id: str) -> Overdue:
        slow = Overdue(at_acme.orders, order_id)
        made.append(slow)
        log.addHandler(slow)
        adapter = sys.modules["acme_payments"].AcmePayments
        monkeypatch.setattr(adapter, method, lambda self, about: slow(self, about))
        return slow

    yield make
    for slow in made:
        slow.let_go()
        log.removeHandler(slow)


def test_a_batch_ends_only_when_its_overdue_charge_has_ended(
    at_acme: Functions, overdue: Callable[..., Overdue]
) -> None:
    """A thread that Lambda froze would charge hours later. The order is unknown long before."""
    order_id = placed(at_acme, "card_good", "own-9")
    charge = overdue("charge", order_id)
    assert deliver(at_acme, order_id) == [order_id]
    assert (charge.has_ended, charge.stored_meanwhile) == (True, "UNKNOWN")


def test_a_run_of_the_reconciler_ends_only_when_its_overdue_look_up_has_ended(
    at_acme: Functions, overdue: Callable[..., Overdue]
) -> None:
    order_id = placed(at_acme, "card_good", "own-11")
    look_up = overdue("look_up", order_id)
    at_acme.reconcile_orders({"look_up": [order_id]}, Context())
    assert look_up.has_ended


def test_a_module_that_cannot_be_loaded_claims_no_order(
    at_acme: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_SERVICE_FACTORY", "acme_payments:nothing")
    clear_caches()
    order_id = placed(at_acme, "card_good", "own-10")
    with pytest.raises(PaymentModuleError):
        deliver(at_acme, order_id)
    assert stored_order(at_acme, order_id).status == "PENDING"


def test_the_functions_may_look_up_and_cancel_as_the_construct_was_told(at_acme: Functions) -> None:
    from checkout_runtime.handlers import payment_dependencies

    service = payment_dependencies.settle_attempt().payment_service
    assert (service.can_look_up, service.can_cancel) == (True, True)
