"""The wheel, installed where no checkout of the sources is, does what the sources do."""

from __future__ import annotations

import json
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checkout_stack.foundation.runtime_function import CONFORMANCE_KIT
from tests.package.wheel import CHECKOUT, build, copy_of_the_sources, install, run

# The app of somebody who has the README and the wheel.
APP = """
import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from checkout_stack import OPEN_ACCESS, CheckoutApi, IdempotentCheckout, PaymentService

app = cdk.App()
stack = cdk.Stack(app, "Shop")
secret = secretsmanager.Secret.from_secret_name_v2(stack, "PaymentKey", "shop/payment-key")
payments = PaymentService.http(
    url="https://payments.example.com/charges", secret=secret, key_retention=cdk.Duration.hours(24)
)
checkout = IdempotentCheckout(stack, "Checkout", payment_service=payments)
CheckoutApi(stack, "Api", checkout=checkout, authorizer=OPEN_ACCESS)
app.synth()
"""
MODULES = {"checkout_stack", "checkout_runtime"}


@dataclass(frozen=True)
class Distributions:
    """The files that were built."""

    sdist: Path
    wheel: Path

    def in_the_wheel(self) -> set[str]:
        """Names of the wheel's files, without its metadata."""
        names = zipfile.ZipFile(self.wheel).namelist()
        return {name for name in names if ".dist-info/" not in name}


@dataclass(frozen=True)
class Place:
    """An empty directory outside the checkout, with an interpreter that has the wheel."""

    python: Path
    directory: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Both distributions, built from a copy of the checkout."""
    directory = tmp_path_factory.mktemp("built")
    sources = copy_of_the_sources(directory / "sources")
    return Distributions(*build(sources, directory / "dist"))


@pytest.fixture(scope="module")
def elsewhere(built: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An environment of the wheel and its declared dependencies."""
    directory = tmp_path_factory.mktemp("elsewhere")
    return Place(install(built.wheel, directory / "environment"), directory)


@pytest.fixture(scope="module")
def from_the_wheel(elsewhere: Place) -> Path:
    """What the app synthesizes to, beside the wheel."""
    return synthesized(str(elsewhere.python), elsewhere.directory)


def sources_of(root: Path) -> set[str]:
    """Files of a package in the checkout, relative to what holds the package."""
    return {
        file.relative_to(root.parent).as_posix()
        for file in root.rglob("*")
        if file.is_file()
        and not any(part.startswith((".", "__pycache__")) for part in file.parts[-4:])
    }


def synthesized(python: str, directory: Path, **environment: str) -> Path:
    """Synthesize the app with an interpreter in a directory, and return the cloud assembly."""
    program, assembly = directory / "app.py", directory / "cdk.out"
    program.write_text(APP)
    settings = {"CDK_OUTDIR": str(assembly), "CDK_VALIDATION": "false", **environment}
    run([python, str(program)], cwd=directory, **settings)
    return assembly


def template(assembly: Path) -> dict[str, Any]:
    """The template of the app's one stack."""
    read: dict[str, Any] = json.loads((assembly / "Shop.template.json").read_text())
    return read


def test_the_wheel_holds_both_packages_the_lambda_code_once_more_and_nothing_else(
    built: Distributions,
) -> None:
    runtime = sources_of(CHECKOUT / "lambda" / "checkout_runtime")
    asset = {f"checkout_stack/_lambda/{name}" for name in runtime}
    assert built.in_the_wheel() == sources_of(CHECKOUT / "checkout_stack") | runtime | asset


@pytest.mark.parametrize("package", sorted(MODULES))
def test_the_wheel_says_that_a_package_is_typed(package: str, built: Distributions) -> None:
    assert f"{package}/py.typed" in built.in_the_wheel()


def test_the_sdist_holds_what_its_own_tests_and_examples_need(built: Distributions) -> None:
    with tarfile.open(built.sdist) as sdist:
        top = {name.split("/")[1] for name in sdist.getnames()}
    assert {"checkout_stack", "lambda", "tests", "tools", "examples", "docs", "Makefile"} <= top
    assert not {".local", ".venv", "node_modules", "cdk.out"} & top


def test_both_packages_come_from_the_wheel(elsewhere: Place) -> None:
    for module in MODULES:
        program = f"import {module}; print({module}.__file__)"
        file = run([str(elsewhere.python), "-c", program], cwd=elsewhere.directory)
        assert Path(file).is_relative_to(elsewhere.directory)


def test_an_app_beside_the_wheel_has_the_template_that_it_has_beside_the_sources(
    from_the_wheel: Path, tmp_path: Path
) -> None:
    """Asset hashes are part of the template: the Lambda code is the same to the byte."""
    from_sources = synthesized(sys.executable, tmp_path, PYTHONPATH=str(CHECKOUT))
    assert assets(template(from_the_wheel)) == assets(template(from_sources))
    assert template(from_the_wheel) == template(from_sources)


def assets(template: dict[str, Any]) -> set[str]:
    """The assets of all functions."""
    return {
        resource["Properties"]["Code"]["S3Key"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }


def test_the_staged_asset_has_the_code_and_no_bytecode_cache_or_test(from_the_wheel: Path) -> None:
    [asset] = from_the_wheel.glob("asset.*")
    staged = {file.relative_to(asset).as_posix() for file in asset.rglob("*") if file.is_file()}
    sources = sources_of(CHECKOUT / "lambda" / "checkout_runtime")
    assert staged == {name for name in sources if not name.startswith(CONFORMANCE_KIT)}


def test_the_command_runs_from_the_wheel(elsewhere: Place) -> None:
    command = elsewhere.python.with_name("checkout")
    assert "fifo-queue" in run([str(command), "policy", "rules"], cwd=elsewhere.directory)
