"""A payment module of one's own: what may be given, what its callers are told, have and may do."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks

from checkout_stack import CheckoutTiming, PaymentService
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from checkout_stack.payment_service.custom_module_layer import (
    ModuleNotBundledError,
    content_hash,
    fill_layer,
)
from checkout_stack.payment_service.custom_module_requirements import TAKEN_NAMES
from checkout_stack.policy import CheckoutPolicy
from tests.checkout_stack.synthesized import FUNCTION, Synthesized, checkout, synthesize
from tests.slices import sliced
from tests.test_architecture import names_read

seconds = cdk.Duration.seconds
LAYER = "AWS::Lambda::LayerVersion"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:acme-AbCdEf"
MODULE = "def make(setup):\n    return setup\n"
CALLERS = ("CheckoutConsumer", "CheckoutReconciler")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A directory with a module."""
    directory = tmp_path / "payments"
    directory.mkdir()
    (directory / "acme.py").write_text(MODULE)
    return directory


@pytest.fixture
def secret(stack: cdk.Stack) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_complete_arn(stack, "Acme", SECRET)


def custom(source: Path, **changes: Any) -> PaymentService:
    given = {"source": source, "factory": "acme:make", "key_retention": cdk.Duration.days(1)}
    return PaymentService.custom(**{**given, **changes})


def violated(source: Path, **changes: Any) -> list[str]:
    rows = custom(source, **changes).requirements(CheckoutTiming())
    return [each.property for each in rows if not each.holds]


def charging(stack: cdk.Stack, source: Path, **changes: Any) -> Synthesized:
    checkout(stack, payment_service=custom(source, **changes))
    return synthesize(stack)


@pytest.mark.parametrize("caller", CALLERS)
def test_those_who_charge_are_told_what_makes_the_service(
    caller: str, stack: cdk.Stack, source: Path, secret: secretsmanager.ISecret
) -> None:
    environment = {"ACME_ACCOUNT": "shop-1", "ACME_SECRET_ARN": secret.secret_arn}
    template = charging(
        stack, source, timeout=seconds(7), secrets={"acme": secret}, environment=environment
    )
    told = template.environment(caller)
    assert {each: told[each] for each in told if each.startswith(("PAYMENT_", "ACME_"))} == {
        "PAYMENT_QUEUE_URL": told["PAYMENT_QUEUE_URL"],
        "PAYMENT_SERVICE_KIND": "custom",
        "PAYMENT_SERVICE_FACTORY": "acme:make",
        "PAYMENT_SERVICE_CAN_LOOK_UP": "true",
        "PAYMENT_SERVICE_CAN_CANCEL": "false",
        "PAYMENT_SERVICE_SECRET_ARN_BY_NAME": f'{{"acme":"{SECRET}"}}',
        "PAYMENT_SERVICE_TIMEOUT_SECONDS": "7",
        "PAYMENT_KEY_RETENTION_SECONDS": "86400",
        **environment,
    }


def test_it_may_have_a_name(stack: cdk.Stack, source: Path) -> None:
    told = charging(stack, source, name="acme-live").environment("CheckoutReconciler")
    assert told["PAYMENT_SERVICE_NAME"] == "acme-live"
    assert violated(source, name="two words") == ["payment_service.name"]


def test_an_outage_longer_than_keys_are_kept_is_refused(source: Path) -> None:
    assert violated(source, key_retention=cdk.Duration.minutes(30)) == ["timing.tolerated_outage"]


def test_what_it_cannot_do_is_told_too(stack: cdk.Stack, source: Path) -> None:
    told = charging(
        stack, source, can_look_up=False, can_cancel=True, key_retention=None
    ).environment("CheckoutConsumer")
    assert told["PAYMENT_SERVICE_CAN_LOOK_UP"] == "false"
    assert told["PAYMENT_SERVICE_CAN_CANCEL"] == "true"
    assert told["PAYMENT_KEY_RETENTION_SECONDS"] == "0"


@pytest.mark.parametrize("caller", CALLERS)
def test_those_who_charge_may_read_its_secrets_and_no_other(
    caller: str, stack: cdk.Stack, source: Path, secret: secretsmanager.ISecret
) -> None:
    permissions = charging(stack, source, secrets={"acme": secret}).permissions(caller)
    assert {each for each in permissions if each[0].startswith("secrets")} == {
        ("secretsmanager:GetSecretValue", SECRET)
    }


def test_only_those_who_charge_have_the_module_and_share_one_layer(
    stack: cdk.Stack, source: Path
) -> None:
    template = charging(stack, source)
    (layer,) = template.of_type(LAYER)
    assert template.one(FUNCTION, "CheckoutRelay").get("Layers") is None
    for caller in CALLERS:
        function = template.one(FUNCTION, caller)
        assert function["Layers"] == [{"Ref": layer}]
        assert template.of_type(LAYER)[layer]["CompatibleRuntimes"] == [function["Runtime"]]
        assert template.of_type(LAYER)[layer]["CompatibleArchitectures"] == ["arm64"]


def test_two_checkouts_of_one_stack_may_have_different_modules(
    stack: cdk.Stack, source: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "acme.py").write_text(f"# another\n{MODULE}")
    checkout(stack, "One", payment_service=custom(source))
    checkout(stack, "Other", payment_service=custom(other))
    assert len(synthesize(stack).of_type(LAYER)) == 2


def test_the_rule_packs_find_nothing(
    stack: cdk.Stack, source: Path, secret: secretsmanager.ISecret
) -> None:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    cdk.Validations.of(app).add_plugins(
        CheckoutPolicy(), AwsSolutionsChecks(app), PCIDSS321Checks(app)
    )
    charging(stack, source, secrets={"acme": secret})


def test_all_violations_are_told_at_once(
    stack: cdk.Stack, source: Path, secret: secretsmanager.ISecret, tmp_path: Path
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("requests>=2\n")
    service = custom(
        source,
        factory="acme:made",
        requirements=requirements,
        secrets={"": secret},
        environment={"ACME_API_KEY": "x", "LEASE_SECONDS": "1"},
        timeout=cdk.Duration.millis(1500),
        key_retention=seconds(1),
    )
    with pytest.raises(CheckoutMisconfiguredError, match=r"acme\.py defines no made") as problem:
        checkout(stack, payment_service=service)
    assert [each.property for each in problem.value.violations] == [
        "payment_service.factory",
        "payment_service.requirements",
        "payment_service.secrets",
        "payment_service.environment",
        "payment_service.environment",
        "payment_service.timeout",
        "payment_service.key_retention",
    ]


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert violated(tmp_path / "nowhere") == ["payment_service.source"]


@pytest.mark.parametrize("factory", ["acme", "acme.make", "acme:", "x:make", ":make", "a b:make"])
def test_a_factory_that_is_not_there_is_refused(factory: str, source: Path) -> None:
    assert violated(source, factory=factory) == ["payment_service.factory"]


@pytest.mark.parametrize(
    "code",
    ["", "def made(setup): ...", "async def make(setup): ...", "def make(:", "'\0'"],
)
def test_a_module_that_does_not_define_it_is_refused(code: str, source: Path) -> None:
    (source / "acme.py").write_text(code)
    assert violated(source) == ["payment_service.factory"]


@pytest.mark.parametrize(
    "code",
    [
        "class make: ...",
        "make = lambda setup: setup",
        "from inside import build as make",
        "from inside import *",
        "if True:\n  def make(setup): ...",
    ],
)
def test_however_a_module_defines_it_it_is_accepted(code: str, source: Path) -> None:
    (source / "acme.py").write_text(code)
    assert violated(source) == []


def test_a_module_of_a_package_is_accepted(source: Path) -> None:
    (source / "shop" / "pay").mkdir(parents=True)
    (source / "shop" / "pay" / "__init__.py").write_text(MODULE)
    assert violated(source, factory="shop.pay:make") == []


@pytest.mark.parametrize("name", ["http.py", "botocore", "checkout_runtime", "logging.py"])
def test_a_module_that_everybody_would_import_instead_is_refused(name: str, source: Path) -> None:
    (source / name).mkdir()
    assert violated(source) == ["payment_service.source"]


@pytest.mark.parametrize("name", ["ACME_API_KEY", "ACME_TOKEN", "ACME_PASSWORD", "API_SECRET"])
def test_a_variable_that_looks_like_a_secret_is_refused(name: str, source: Path) -> None:
    for value in ("x", "/a/path", cdk.SecretValue.secrets_manager("acme").unsafe_unwrap()):
        assert violated(source, environment={name: value}) == ["payment_service.environment"]


def test_a_value_that_looks_like_a_secret_is_refused(source: Path) -> None:
    environment = {"ACME_ACCOUNT": "sk_" + "live_123"}
    assert violated(source, environment=environment) == ["payment_service.environment"]


def test_no_variable_of_the_checkouts_own_can_be_replaced(source: Path) -> None:
    needed, optional = names_read()
    for name in needed | optional | {"AWS_REGION", "LAMBDA_TASK_ROOT", "_HANDLER", "PYTHONPATH"}:
        assert violated(source, environment={name: "1"}) == ["payment_service.environment"], name


def test_no_name_is_taken_that_nobody_reads() -> None:
    needed, optional = names_read()
    assert needed | optional >= {each for each in TAKEN_NAMES if not each.endswith("PATH")}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "Ä"])
def test_a_variable_that_lambda_would_refuse_is_refused(name: str, source: Path) -> None:
    assert violated(source, environment={name: "1"}) == ["payment_service.environment"]


def test_what_is_known_only_at_deployment_is_let_through(stack: cdk.Stack, source: Path) -> None:
    account = cdk.CfnParameter(stack, "Account").value_as_string
    template = charging(stack, source, environment={"ACME_ACCOUNT": account})
    assert template.environment("CheckoutConsumer")["ACME_ACCOUNT"] == {"Ref": "Account"}


@pytest.mark.parametrize(
    "line", ["acme", "acme>=1", "acme==1.*", "-e .", "./acme", "-r more.txt", "acme @ https://a/b"]
)
def test_a_requirement_that_may_be_another_package_tomorrow_is_refused(
    line: str, source: Path, tmp_path: Path
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"good==1.0\n{line}\n")
    assert violated(source, requirements=requirements) == ["payment_service.requirements"]


def test_what_pip_compile_writes_is_accepted(source: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        "# made by pip-compile\n--index-url https://pypi.example.com/simple\n\n"
        'acme-pay[http]==1.2.3 ; python_version < "4" \\\n    --hash=sha256:ab \\\n'
        "    --hash=sha256:cd\n    # via -r requirements.in\nidna==3.1  # why\n"
    )
    assert violated(source, requirements=requirements) == []


def test_requirements_that_are_not_there_are_refused(source: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.txt"
    assert violated(source, requirements=nowhere) == ["payment_service.requirements"]


def test_without_pip_requirements_are_refused_and_a_module_alone_is_not(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkout_stack.payment_service.pip_bundling.find_spec", lambda name: None)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("acme==1\n")
    assert violated(source, requirements=requirements) == ["payment_service.requirements"]
    assert violated(source) == []


def wheel(directory: Path, name: str, tag: str, needs: str = "") -> None:
    """A package of one module, built for one kind of machine; the module says which."""
    info = f"{name}-1.0.dist-info"
    needed = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(directory / f"{name}-1.0-{tag}.whl", "w") as file:
        file.writestr(f"{name}.py", f"TAG = {tag!r}\n")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needed}"
        file.writestr(f"{info}/METADATA", metadata)
        file.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        file.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip finds packages, and nowhere else."""
    directory = tmp_path / "index"
    directory.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return directory


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("acme_sdk==1.0\n")
    return file


@pytest.mark.parametrize(
    "tag",
    sliced(
        3,
        ["cp313-cp313-manylinux_2_28_aarch64", "py3-none-any", "cp39-abi3-manylinux2014_aarch64"],
    ),
)
def test_packages_are_those_of_the_functions_whatever_machine_synthesizes(
    tag: str, source: Path, index: Path, requirements: Path, tmp_path: Path
) -> None:
    wheel(index, "acme_sdk", tag)
    fill_layer(tmp_path / "layer", source, requirements)
    assert (tmp_path / "layer" / "acme_sdk.py").read_text() == f"TAG = {tag!r}\n"
    assert (tmp_path / "layer" / "acme.py").read_text() == MODULE


def test_a_package_for_other_machines_only_fails_with_the_reason(
    source: Path, index: Path, requirements: Path, tmp_path: Path
) -> None:
    wheel(index, "acme_sdk", "cp313-cp313-manylinux_2_28_x86_64")
    with pytest.raises(
        ModuleNotBundledError, match=r"python3\.13 on arm64 Linux and take wheels only"
    ):
        fill_layer(tmp_path / "layer", source, requirements)


def test_a_package_that_nobody_pinned_fails_with_its_name(
    source: Path, index: Path, requirements: Path, tmp_path: Path
) -> None:
    wheel(index, "acme_sdk", "py3-none-any", needs="acme_http")
    wheel(index, "acme_http", "py3-none-any")
    with pytest.raises(ModuleNotBundledError, match=r"does not pin acme_http-1\.0"):
        fill_layer(tmp_path / "layer", source, requirements)


def test_what_an_interpreter_leaves_behind_is_not_deployed(source: Path, tmp_path: Path) -> None:
    before = content_hash(source, None)
    for left in ("__pycache__/acme.pyc", ".git/HEAD", ".env", "acme.pyc"):
        (source / left).parent.mkdir(exist_ok=True)
        (source / left).write_text("left behind")
    assert content_hash(source, None) == before
    fill_layer(tmp_path / "layer", source, None)
    assert [each.name for each in (tmp_path / "layer").rglob("*")] == ["acme.py"]


def test_the_layer_changes_with_the_code_and_with_the_pins(
    source: Path, requirements: Path
) -> None:
    first = content_hash(source, requirements)
    requirements.write_text("acme_sdk==2.0\n")
    second = content_hash(source, requirements)
    (source / "acme.py").write_text(f"{MODULE}\n")
    assert len({first, second, content_hash(source, requirements)}) == 3


def test_the_module_is_in_the_layer_that_is_deployed(
    stack: cdk.Stack, source: Path, index: Path, requirements: Path, tmp_path: Path
) -> None:
    wheel(index, "acme_sdk", "py3-none-any")
    template = charging(stack, source, requirements=requirements)
    (layer,) = template.of_type(LAYER).values()
    asset = tmp_path / "cdk.out" / f"asset.{layer['Content']['S3Key'].removesuffix('.zip')}"
    assert (asset / "python" / "acme.py").is_file()
    assert (asset / "python" / "acme_sdk.py").is_file()
