"""What may know of what: imports point inward, and nothing happens at import."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_runtime.domain.charging import ChargePolicy
from checkout_stack import CheckoutStack, CheckoutTiming, PaymentService, PaymentWebhook
from checkout_stack.payment_service.kind import DEFAULT_TIMEOUT
from tests.checkout_stack.synthesized import (
    FUNCTION,
    Synthesized,
    payment_service,
    synthesize,
    unchecked_app,
)

ROOT = Path(__file__).parents[1]
ASSET = ROOT / "lambda"
RUNTIME = ASSET / "checkout_runtime"
INFRASTRUCTURE = ROOT / "checkout_stack"
LAYERS = ("domain", "application", "adapters", "handlers")
"""From the inside to the outside: a layer knows itself and those before it."""
OPTIONAL_SETTINGS = {
    "EVENT_BUS_NAME",
    "CHECKOUT_AWS_CLIENT",
    "CART_SECRET_ARN",
    "GUARDS_CARTS",
    "GUESTS",
    "ATTEMPTS_PER_BUYER",
    "ATTEMPTS_PER_CHECKOUT",
    "ATTEMPTS_WINDOW_SECONDS",
    "ORDERS_PER_BUYER",
    "QUARANTINE_BEFORE_MS",
    "EXPIRES_AFTER_SECONDS",
    "WEBHOOK_BY_MODULE",
    "PAYMENT_SERVICE_NAME",
    "PAYMENT_SERVICE_LOOK_UP_URL",
    "PAYMENT_SERVICE_CANCEL_URL",
    "PAYMENT_SERVICE_RETURN_URL",
    "PAYMENT_SERVICE_FACTORY",
    "PAYMENT_SERVICE_CAN_LOOK_UP",
    "PAYMENT_SERVICE_CAN_CANCEL",
    "PAYMENT_SERVICE_SECRET_ARN_BY_NAME",
    "PAYMENT_SERVICE_REFUNDS",
    "PAYMENT_SERVICE_REFUND_URL",
    "PAYMENT_SERVICE_CAN_REFUND",
    "CAPTURE",
    "CAPTURE_REMINDER_SECONDS",
    "PAYMENT_SERVICE_CAPTURE_URL",
}
OPTIONAL_HANDLERS = {
    f"checkout_runtime.handlers.{name}.handler"
    for name in ("refunds", "cancel_order", "capture_order")
}
"""Of functions that the example has not."""
THE_ONE_THAT_KNOWS_BOTOCORE = RUNTIME / "adapters" / "botocore_aws.py"
SDKS = {"stripe"}
"""Of payment services: in a layer beside the asset, where one of them is configured."""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """The example stack, whose payment service is looked up, lists charges and sends webhooks."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = unchecked_app(tmp_path_factory.mktemp("cdk.out"), context=context)
    url = context["paymentServiceUrl"]
    look_up_url = context["paymentServiceLookUpUrl"]
    stack = CheckoutStack(
        app,
        "CheckoutStack",
        payment_service_url=url,
        key_retention=cdk.Duration.hours(24),
        look_up_url=look_up_url,
        list_url=f"{url}/list",
    )
    secret = secretsmanager.Secret(stack, "WebhookSecret")
    PaymentWebhook(stack, "Webhook", checkout=stack.checkout, secret=secret)
    return synthesize(stack)


@pytest.fixture
def stack(tmp_path: Path) -> cdk.Stack:
    """An empty stack in an app of its own."""
    app = unchecked_app(tmp_path)
    return cdk.Stack(app, "Shop")


@cache
def imports_of(source: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: a relative import"
            found.add(str(node.module))
    return found


def sources(*below: Path) -> list[Path]:
    return sorted(path for folder in below for path in folder.rglob("*.py"))


def modules() -> Iterator[str]:
    for source in sources(RUNTIME):
        parts = source.relative_to(ASSET).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_point_inward(layer: str) -> None:
    inner = LAYERS[: LAYERS.index(layer) + 1]
    for source in sources(RUNTIME / layer):
        for name in imports_of(source):
            if name.startswith("checkout_runtime"):
                assert name.split(".")[1] in inner, f"{source.name} imports {name}"


@pytest.mark.parametrize(
    ("layer", "others"),
    [
        ("domain", set()),
        ("application", set()),
        ("adapters", {"botocore"} | SDKS),
        ("handlers", set()),
    ],
)
def test_a_layer_needs_no_more_than_it_may(layer: str, others: set[str]) -> None:
    allowed = set(sys.stdlib_module_names) | {"checkout_runtime"} | others
    for source in sources(RUNTIME / layer):
        assert {name.split(".")[0] for name in imports_of(source)} <= allowed, source.name


def test_one_module_of_the_asset_knows_botocore_and_none_knows_boto3() -> None:
    known = {
        source: {name.split(".")[0] for name in imports_of(source)} & {"boto3", "botocore"}
        for source in sources(ASSET)
    }
    assert {source: names for source, names in known.items() if names} == {
        THE_ONE_THAT_KNOWS_BOTOCORE: {"botocore"}
    }


@pytest.mark.parametrize("layer", ["domain", "application"])
def test_the_inside_knows_no_clock_no_chance_no_environment_and_no_network(layer: str) -> None:
    outside = {"time", "datetime", "random", "secrets", "uuid", "os", "socket", "http", "urllib"}
    for source in sources(RUNTIME / layer):
        assert not {name.split(".")[0] for name in imports_of(source)} & outside, source.name


def test_infrastructure_and_runtime_do_not_know_each_other() -> None:
    for folder, stranger in ((INFRASTRUCTURE, "checkout_runtime"), (RUNTIME, "checkout_stack")):
        for source in sources(folder):
            for name in imports_of(source):
                assert name.split(".")[0] != stranger, f"{source} imports {name}"


def in_a_fresh_interpreter(program: str, *arguments: str) -> str:
    """Run a program that knows the asset and the site packages, and has no environment."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(ASSET), *arguments],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_happens_at_import() -> None:
    program = """
import sys, importlib, threading
sys.path.insert(0, sys.argv[1])
import botocore.session
def refuse(*args, **kwargs):
    raise AssertionError("a session at import")
botocore.session.Session.__init__ = refuse
before = threading.active_count()
for name in sys.argv[2:]:
    importlib.import_module(name)
assert threading.active_count() == before, "a thread at import"
"""
    in_a_fresh_interpreter(program, *modules())


def test_no_function_imports_botocore_unless_it_was_chosen() -> None:
    handlers = [f"checkout_runtime.handlers.{each.stem}" for each in sources(RUNTIME / "handlers")]
    program = """
import sys, os, importlib
sys.path.insert(0, sys.argv[1])
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
for name in sys.argv[2:]:
    importlib.import_module(name)
from checkout_runtime.handlers import dependencies
for client in ("lean", "botocore"):
    os.environ["CHECKOUT_AWS_CLIENT"] = client
    services = [dependencies.aws_service(name) for name in ("dynamodb", "sqs", "secretsmanager")]
    print(type(services[0]).__name__, "botocore" in sys.modules)
"""
    said = in_a_fresh_interpreter(program, *handlers).split("\n")
    assert said[:2] == ["LeanService False", "BotocoreService True"]


def test_the_lean_client_imports_no_botocore_before_it_falls_back() -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from checkout_runtime.adapters.lean_aws.client import LeanAws
from checkout_runtime.adapters.aws import AwsNoAnswerError
nobody = {
    "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
}
def call(environ):
    try:
        LeanAws(environ).service("dynamodb").call("GetItem", {})
    except (AwsNoAnswerError, Exception) as error:
        return type(error).__name__
print(call(nobody), "botocore" in sys.modules)
call({**nobody, "HTTPS_PROXY": "http://127.0.0.1:9"})
print("botocore" in sys.modules)
"""
    said = in_a_fresh_interpreter(program).split("\n")
    assert said[:2] == ["AwsNoAnswerError False", "True"]


def test_the_functions_that_answer_buyers_do_not_pay_for_an_http_client() -> None:
    program = """
import sys, importlib
sys.path.insert(0, sys.argv[1])
importlib.import_module("checkout_runtime.handlers.place_order")
print([m for m in ("boto3", "checkout_runtime.adapters.http_exchange") if m in sys.modules])
"""
    assert in_a_fresh_interpreter(program).strip() == "[]"


def test_only_who_charges_at_stripe_pays_for_its_sdk() -> None:
    program = """
import sys, os, importlib
sys.path.insert(0, sys.argv[1])
os.environ.update({name: "1" for name in (
    "ORDER_TABLE_NAME", "UNSETTLED_SHARDS", "LEASE_SECONDS", "PAYMENT_SERVICE_TIMEOUT_SECONDS",
    "PAYMENT_KEY_RETENTION_SECONDS", "FIRST_RETRY_SECONDS", "LONGEST_RETRY_SECONDS",
    "ACTION_SECONDS", "PROCESSING_PATIENCE_SECONDS",
    "PAYMENT_SERVICE_SECRET_ARN")},
    PAYMENT_SERVICE_URL="https://pay.example.com", AWS_DEFAULT_REGION="us-east-1")
for handler in ("process_payments", "reconcile_orders", "place_order", "relay_orders"):
    importlib.import_module(f"checkout_runtime.handlers.{handler}")
from checkout_runtime.handlers import payment_dependencies
for kind in ("http", "stripe"):
    os.environ["PAYMENT_SERVICE_KIND"] = kind
    payment_dependencies.settle_attempt()
    print(kind, "stripe" in sys.modules)
"""
    assert in_a_fresh_interpreter(program).split("\n")[:2] == ["http False", "stripe True"]


def test_only_who_lists_at_stripe_pays_for_its_sdk() -> None:
    program = """
import sys, os
sys.path.insert(0, sys.argv[1])
os.environ.update({name: "1" for name in (
    "ORDER_TABLE_NAME", "AUDIT_PATIENCE_SECONDS",
    "PAYMENT_SERVICE_SECRET_ARN", "PAYMENT_SERVICE_TIMEOUT_SECONDS")},
    PAYMENT_SERVICE_LIST_URL="https://pay.example.com", AWS_DEFAULT_REGION="us-east-1")
from checkout_runtime.handlers import audit_charges
for kind in ("http", "stripe"):
    os.environ["PAYMENT_SERVICE_KIND"] = kind
    audit_charges._audit_charges.cache_clear()
    audit_charges._audit_charges()
    print(kind, "stripe" in sys.modules)
"""
    assert in_a_fresh_interpreter(program).split("\n")[:2] == ["http False", "stripe True"]


REQUIRING = {f"self._given.{name}" for name in ("text", "number", "decoded")}
"""How Settings reads what has to be set."""


def has_default(call: ast.Call) -> bool:
    return any(keyword.arg == "default" for keyword in call.keywords)


def names_read() -> tuple[set[str], set[str]]:
    """The variables that Settings needs, and those that it reads if they are there."""
    needed: set[str] = set()
    optional: set[str] = set()
    for node in ast.walk(ast.parse((RUNTIME / "handlers" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self._given."):
            is_needed = ast.unparse(node.func) in REQUIRING and not has_default(node)
            (needed if is_needed else optional).add(ast.literal_eval(node.args[0]))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            needed.add(ast.literal_eval(node.slice))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.get":
            optional.add(ast.literal_eval(node.args[0]))
    return needed, optional


def test_settings_are_the_only_place_that_reads_the_environment() -> None:
    for source in sources(RUNTIME):
        if source.name != "settings.py":
            assert "os" not in imports_of(source), source.name


def names_set(template: Synthesized) -> set[str]:
    functions = template.of_type(FUNCTION).values()
    ours = [f for f in functions if str(f["Handler"]).startswith("checkout_runtime.")]
    return {name for f in ours for name in f["Environment"]["Variables"]}


def test_the_constructs_set_everything_that_the_functions_need(example: Synthesized) -> None:
    needed, optional = names_read()
    assert optional == OPTIONAL_SETTINGS
    assert needed <= names_set(example)


def test_the_constructs_set_nothing_that_nobody_reads(example: Synthesized) -> None:
    needed, optional = names_read()
    assert names_set(example) <= needed | optional


def test_every_handler_that_is_deployed_exists_and_every_one_that_exists_is_deployed(
    example: Synthesized,
) -> None:
    deployed = {
        handler
        for function in example.of_type(FUNCTION).values()
        if (handler := str(function["Handler"])).startswith("checkout_runtime.")
    }
    written = {
        f"checkout_runtime.handlers.{source.stem}.handler"
        for source in sources(RUNTIME / "handlers")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "handler"
            for node in ast.parse(source.read_text()).body
        )
    }
    assert deployed | OPTIONAL_HANDLERS == written


def test_each_function_can_be_put_together_from_its_own_environment(example: Synthesized) -> None:
    """No function lacks a variable that another one happens to have."""
    functions = {
        function["Handler"].rsplit(".", 1)[0]: {
            name: value if isinstance(value, str) else "https://made.example.com/up"
            for name, value in function["Environment"]["Variables"].items()
        }
        for function in example.of_type(FUNCTION).values()
        if str(function["Handler"]).startswith("checkout_runtime.")
    }
    program = """
import sys, os, json, importlib
sys.path.insert(0, sys.argv[1])
from checkout_runtime.handlers import dependencies, payment_dependencies
shared = [*vars(dependencies).values(), *vars(payment_dependencies).values()]
for name, environment in json.loads(sys.argv[2]).items():
    os.environ.clear()
    os.environ.update(environment, AWS_DEFAULT_REGION="us-east-1")
    module = importlib.import_module(name)
    own = [f for f in vars(module).values() if hasattr(f, "cache_clear")]
    for factory in [*own, *(f for f in shared if hasattr(f, "cache_clear"))]:
        factory.cache_clear()
    builds = [f for f in own if f.__module__ == name]
    assert builds, name
    for build in builds:
        build()
"""
    in_a_fresh_interpreter(program, json.dumps(functions))


@pytest.mark.parametrize("timeout", [1, DEFAULT_TIMEOUT.to_seconds(), 60])
def test_the_shortest_consumer_timeout_that_synth_allows_leaves_time_for_a_turn(
    timeout: float, stack: cdk.Stack
) -> None:
    service = payment_service(stack, timeout=cdk.Duration.seconds(timeout))
    every = range(1, 900)
    shortest = every[bisect_left(every, True, key=lambda seconds: _is_allowed(service, seconds))]
    assert _is_allowed(service, shortest)
    assert not _is_allowed(service, shortest - 1)
    policy = ChargePolicy(
        lease_seconds=shortest,
        payment_timeout_seconds=int(timeout),
        key_retention_seconds=0,
        first_retry_seconds=1,
        longest_retry_seconds=1,
        action_seconds=1,
    )
    assert policy.turn_seconds < shortest


def _is_allowed(service: PaymentService, consumer_timeout: int) -> bool:
    timing = CheckoutTiming(consumer_timeout=cdk.Duration.seconds(consumer_timeout))
    return all(row.holds for row in [*timing.requirements(), *service.requirements(timing)])
