"""Every function is built alike, with a role and a log group of its own."""

import re
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs

from checkout_stack import FunctionSettings
from checkout_stack.foundation import runtime_function
from checkout_stack.foundation.runtime_function import (
    CONFORMANCE_KIT,
    RuntimeFunction,
    asset_directory,
)
from tests.checkout_stack.synthesized import (
    FUNCTION,
    LOG_GROUP,
    STAGED,
    Synthesized,
    checkout,
    synthesize,
    unchecked_app,
)

FUNCTIONS = {
    "CheckoutRelay": "relay_orders",
    "CheckoutConsumer": "process_payments",
    "CheckoutReconciler": "reconcile_orders",
    "ApiPlaceOrder": "place_order",
    "ApiGetOrder": "get_order",
    "ApiStartPaymentAttempt": "start_payment_attempt",
    "ApiResumePayment": "resume_payment",
    "ApiFindOrder": "find_order",
}


def test_there_are_these_functions_and_no_helper_of_cdks(example: Synthesized) -> None:
    assert len(example.of_type(FUNCTION)) == len(FUNCTIONS)


@pytest.mark.parametrize(("function", "module"), FUNCTIONS.items())
def test_each_function_runs_its_handler(function: str, module: str, example: Synthesized) -> None:
    handler = example.one(FUNCTION, function)["Handler"]
    assert handler == f"checkout_runtime.handlers.{module}.handler"
    assert (asset_directory() / "checkout_runtime" / "handlers" / f"{module}.py").is_file()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_runs_on_arm_with_json_logs_of_what_matters_and_untraced(
    function: str, example: Synthesized
) -> None:
    properties = example.one(FUNCTION, function)
    assert properties["Architectures"] == ["arm64"]
    assert properties["Runtime"] == "python3.13"
    assert properties["LoggingConfig"]["LogFormat"] == "JSON"
    assert properties["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    assert properties["LoggingConfig"]["SystemLogLevel"] == "WARN"
    assert "TracingConfig" not in properties


def test_a_function_has_more_memory_where_a_buyer_waits_for_its_start(
    example: Synthesized,
) -> None:
    memory = {name: example.one(FUNCTION, name)["MemorySize"] for name in FUNCTIONS}
    assert {name: size == 512 for name, size in memory.items()} == {
        name: name.startswith("Api") for name in FUNCTIONS
    }
    assert set(memory.values()) == {512, 256}


def test_no_two_functions_share_a_role_or_a_log_group(example: Synthesized) -> None:
    functions = example.of_type(FUNCTION).values()
    roles = {str(each["Role"]) for each in functions}
    groups = {str(each["LoggingConfig"]["LogGroup"]) for each in functions}
    assert len(roles) == len(groups) == len(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_is_for_lambda_only_and_has_no_managed_policy(
    function: str, example: Synthesized
) -> None:
    role = example.one("AWS::IAM::Role", function)
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "ManagedPolicyArns" not in role


def test_all_functions_are_one_asset(example: Synthesized) -> None:
    assert len({str(each["Code"]) for each in example.of_type(FUNCTION).values()}) == 1


def test_logs_end_by_retention_and_outlive_the_stack(stack: cdk.Stack) -> None:
    checkout(stack, functions=FunctionSettings(log_retention=logs.RetentionDays.THREE_MONTHS))
    groups = [each for each in synthesize(stack).resources.values() if each["Type"] == LOG_GROUP]
    assert groups
    for group in groups:
        assert group["Properties"]["RetentionInDays"] == 90
        assert group["DeletionPolicy"] == "RetainExceptOnCreate"


def test_what_is_left_behind_or_for_tests_does_not_change_the_asset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "lambda"
    package = source / "checkout_runtime" / "domain"
    package.mkdir(parents=True)
    (package / "order.py").write_text("ORDER = 1\n")
    monkeypatch.setattr(runtime_function, "asset_directory", lambda: source)

    before = _asset_hash(tmp_path / "before")
    for left_behind in [
        source / "__pycache__" / "a.cpython-313.pyc",
        package / "__pycache__" / "order.cpython-313.pyc",
        package / "order.pyc",
        source / ".mypy_cache" / "3.13" / "order.json",
        package / ".pytest_cache" / "README.md",
        source / "checkout_runtime" / "conformance" / "promises.py",
    ]:
        left_behind.parent.mkdir(parents=True, exist_ok=True)
        left_behind.write_text("left behind")
    assert _asset_hash(tmp_path / "after") == before

    (package / "order.py").write_text("ORDER = 2\n")
    assert _asset_hash(tmp_path / "changed") != before


def test_the_conformance_kit_ships_beside_the_runtime_and_is_not_deployed(tmp_path: Path) -> None:
    assert (asset_directory() / CONFORMANCE_KIT / "promises.py").is_file()
    _asset_hash(tmp_path)
    (asset,) = tmp_path.glob("asset.*")
    assert (asset / "checkout_runtime" / "handlers").is_dir()
    assert not (asset / CONFORMANCE_KIT).exists()


def test_what_lies_beside_the_package_is_not_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed, the package has the whole of site-packages beside it."""
    source = tmp_path / "site-packages"
    for file in ("checkout_runtime/handlers/place_order.py", "boto3/session.py", "pyproject.toml"):
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).touch()
    monkeypatch.setattr(runtime_function, "asset_directory", lambda: source)
    _asset_hash(tmp_path / "cdk.out")
    (asset,) = (tmp_path / "cdk.out").glob("asset.*")
    deployed = {file.relative_to(asset) for file in asset.rglob("*") if file.is_file()}
    assert deployed == {Path("checkout_runtime/handlers/place_order.py")}


def test_the_asset_is_wherever_python_finds_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "checkout_runtime"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('imported')")
    monkeypatch.delitem(sys.modules, "checkout_runtime", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert asset_directory() == tmp_path


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_function, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match="install idempotent-checkout-runtime"):
        asset_directory()


def _asset_hash(outdir: Path) -> str:
    app = unchecked_app(outdir, post_cli_context=STAGED)
    stack = cdk.Stack(app, "Shop")
    RuntimeFunction(
        stack,
        "Function",
        handler="place_order",
        description="A function.",
        environment={},
        timeout=cdk.Duration.seconds(1),
        settings=FunctionSettings(log_retention=logs.RetentionDays.ONE_DAY),
    )
    key: str = synthesize(stack).one(FUNCTION, "Function")["Code"]["S3Key"]
    assert re.fullmatch(r"[0-9a-f]{64}\.zip", key)
    return key
