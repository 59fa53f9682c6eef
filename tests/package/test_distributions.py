"""The wheels, installed where no checkout of the sources is, do what the sources do."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from checkout_stack.foundation.runtime_function import CONFORMANCE_KIT
from tests.docs.pages import README_PROGRAM
from tests.package.distributions import CHECKOUT, RUNTIME, STACK, Distributions, build, run
from tests.package.table_double import TableDouble

pytestmark = pytest.mark.package

# The application of somebody who has the construct deployed elsewhere.
APPLICATION = """
from checkout_runtime.intake import Created, OrderIntake

order = {
    "customer": "ada", "lines": [{"sku": "tea", "quantity": 1}], "payment_method": "card",
    "amount": 500, "currency": "EUR",
}
placed = OrderIntake.from_environment().place(["https://issuer", "ada"], "key-1", order)
assert isinstance(placed, Created), placed
print(placed.order.order_id)
"""
PACKAGES = {STACK: "checkout_stack", RUNTIME: "checkout_runtime"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Both distributions, built from a copy of the checkout, or those that a release publishes."""
    released = os.environ.get("CHECKOUT_DISTRIBUTIONS")
    return Distributions(Path(released)) if released else build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def stack_python(built: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment for the construct."""
    return built.install(STACK, tmp_path_factory.mktemp("stack") / "environment")


@pytest.fixture(scope="module")
def runtime_python(built: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment for an application that only places orders."""
    return built.install(RUNTIME, tmp_path_factory.mktemp("runtime") / "environment")


@pytest.fixture(scope="module")
def from_the_wheels(stack_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the app synthesizes to in that environment."""
    return synthesized(str(stack_python), tmp_path_factory.mktemp("synthesized"))


def sources_of(package: Path) -> set[str]:
    """Files of a package in the checkout, relative to what holds the package."""
    return {
        file.relative_to(package.parent).as_posix()
        for file in package.rglob("*")
        if file.is_file()
        and not any(part.startswith((".", "__pycache__")) for part in file.parts[-4:])
    }


def synthesized(python: str, directory: Path, **environment: str) -> Path:
    """Synthesize the app with an interpreter in a directory, and return the cloud assembly."""
    program, assembly = directory / "app.py", directory / "cdk.out"
    # The app of somebody who has the README and the wheel.
    program.write_text(README_PROGRAM)
    settings = {"CDK_OUTDIR": str(assembly), "CDK_VALIDATION": "false", **environment}
    run([python, str(program)], cwd=directory, **settings)
    return assembly


def template(assembly: Path) -> dict[str, Any]:
    """The template of the app's one stack."""
    read: dict[str, Any] = json.loads((assembly / "Shop.template.json").read_text())
    return read


def modules(python: Path, *names: str) -> list[bool]:
    """Which of these modules an environment has."""
    program = f"from importlib.util import find_spec; print([bool(find_spec(n)) for n in {names}])"
    found: list[bool] = json.loads(run([str(python), "-c", program], cwd=python.parent).lower())
    return found


def test_each_wheel_holds_its_package_once_and_nothing_else(built: Distributions) -> None:
    runbooks = {
        f"checkout_stack/{name}" for name in sources_of(CHECKOUT / "docs" / "operate" / "runbooks")
    }
    assert built.in_the_wheel(STACK) == sources_of(CHECKOUT / "checkout_stack") | runbooks
    assert built.in_the_wheel(RUNTIME) == sources_of(CHECKOUT / "lambda" / "checkout_runtime")


def test_the_shop_of_the_wheel_has_the_browsers_module(built: Distributions) -> None:
    source = (CHECKOUT / "clients" / "browser" / "checkout.js").read_bytes()
    assert built.read(STACK, "checkout_stack/local/shop/page/checkout.js") == source


@pytest.mark.parametrize(("name", "package"), PACKAGES.items())
def test_a_wheel_says_that_its_package_is_typed(
    name: str, package: str, built: Distributions
) -> None:
    assert f"{package}/py.typed" in built.in_the_wheel(name)


def test_the_sdists_hold_what_their_builds_tests_and_examples_need(built: Distributions) -> None:
    top = {name.partition("/")[0] for name in built.in_the_sdist(STACK)}
    needed = {"checkout_stack", "clients", "lambda", "tests", "tools", "examples", "docs"}
    assert needed | {"uv.lock"} <= top
    assert not {".local", ".venv", ".uv", "node_modules", "cdk.out"} & top
    assert {"LICENSE", "README.md", "checkout_runtime/py.typed"} <= built.in_the_sdist(RUNTIME)


def test_an_application_needs_no_cdk_to_place_an_order(runtime_python: Path) -> None:
    assert modules(runtime_python, "checkout_runtime", "boto3") == [True, True]
    assert modules(runtime_python, "checkout_stack", "aws_cdk", "jsii", "click") == [False] * 4
    with TableDouble() as table:
        command = [str(runtime_python), "-c", APPLICATION]
        order_id = run(command, cwd=runtime_python.parent, **table.environment()).strip()
    [put] = table.written
    assert {"S": order_id} in put["Item"].values()
    assert "attribute_not_exists" in put["ConditionExpression"]


def test_both_packages_of_the_construct_come_from_wheels(stack_python: Path) -> None:
    for module in PACKAGES.values():
        program = f"import {module}; print({module}.__file__)"
        file = run([str(stack_python), "-c", program], cwd=stack_python.parent)
        assert Path(file).is_relative_to(stack_python.parents[1])


def test_an_app_beside_the_wheels_has_the_template_that_it_has_beside_the_sources(
    from_the_wheels: Path, tmp_path: Path
) -> None:
    """Asset hashes are part of the template: the Lambda code is the same to the byte."""
    paths = f"{CHECKOUT}:{CHECKOUT / 'lambda'}"
    from_sources = synthesized(sys.executable, tmp_path, PYTHONPATH=paths)
    assert assets(template(from_the_wheels)) == assets(template(from_sources))
    assert template(from_the_wheels) == template(from_sources)


def assets(template: dict[str, Any]) -> set[str]:
    """The assets of all functions."""
    return {
        resource["Properties"]["Code"]["S3Key"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }


def test_the_staged_asset_has_the_code_and_no_bytecode_cache_or_test(
    from_the_wheels: Path,
) -> None:
    [asset] = from_the_wheels.glob("asset.*")
    staged = {file.relative_to(asset).as_posix() for file in asset.rglob("*") if file.is_file()}
    sources = sources_of(CHECKOUT / "lambda" / "checkout_runtime")
    assert staged == {name for name in sources if not name.startswith(CONFORMANCE_KIT)}


def test_the_command_runs_from_the_wheel(stack_python: Path) -> None:
    command = stack_python.with_name("checkout")
    assert "fifo-queue" in run([str(command), "policy", "rules"], cwd=stack_python.parent)
    printed = run([str(command), "runbook", "stream-lag"], cwd=stack_python.parent)
    assert printed == (CHECKOUT / "docs" / "operate" / "runbooks" / "stream-lag.md").read_text()
    assert '"openapi": "3.1.0"' in run([str(command), "api", "openapi"], cwd=stack_python.parent)
