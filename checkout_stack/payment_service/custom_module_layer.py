"""The user's payment module and what it depends on as a Lambda layer, without Docker."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from checkout_stack.foundation.runtime_function import RUNTIME
from checkout_stack.payment_service.pinned_requirements import normalised, pinned_names
from checkout_stack.payment_service.pip_bundling import NotInstalledError, pip_install

#: What an interpreter or an editor leaves next to the code; hidden files are left out as well.
_LEFT_BEHIND = re.compile(r"__pycache__|.*\.pyc|\..*")
#: Lambda's Python runs on Amazon Linux 2023 with glibc 2.34
#: (https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html).
_GLIBC_MINORS = range(17, 35)
#: pip takes the wheels of the functions' system, whatever this machine is.
FOR_THE_FUNCTIONS = (
    *("--implementation", "cp", "--python-version", RUNTIME.name.removeprefix("python")),
    *("--platform", "manylinux2014_aarch64"),
    *(
        option
        for minor in _GLIBC_MINORS
        for option in ("--platform", f"manylinux_2_{minor}_aarch64")
    ),
)


class ModuleNotBundledError(RuntimeError):
    """The requirements could not be installed exactly; the message says why and what to do."""


def custom_module_layer(
    scope: IConstruct, source: Path, requirements: Path | None
) -> lambda_.ILayerVersion:
    """Return the layer of the stack that ``scope`` is in; who deploys the same code shares one."""
    stack = cdk.Stack.of(scope)
    content = content_hash(source, requirements)
    layer_id = f"CheckoutPaymentModule{content[:8]}"
    found = stack.node.try_find_child(layer_id)
    if isinstance(found, lambda_.LayerVersion):
        return found
    return lambda_.LayerVersion(
        stack,
        layer_id,
        description="A payment module, for the functions of a checkout that charge by it.",
        code=lambda_.Code.from_asset(
            str(source),
            # The code and the pins name the content; when it was bundled does not matter.
            asset_hash=content,
            asset_hash_type=cdk.AssetHashType.CUSTOM,
            bundling=cdk.BundlingOptions(
                image=RUNTIME.bundling_image, local=_Copied(source, requirements)
            ),
        ),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[lambda_.Architecture.ARM_64],
    )


def module_files(source: Path) -> Iterator[Path]:
    """Yield what of a directory is deployed, relative to it and in order."""
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.is_file() and not any(_LEFT_BEHIND.fullmatch(part) for part in relative.parts):
            yield relative


def content_hash(source: Path, requirements: Path | None) -> str:
    """Return a hash that is the same on every machine and changes with the layer's content."""
    files = {
        path.as_posix(): hashlib.sha256((source / path).read_bytes()).hexdigest()
        for path in module_files(source)
    }
    pins = "" if requirements is None else requirements.read_text(encoding="utf-8")
    return hashlib.sha256(json.dumps([files, pins, FOR_THE_FUNCTIONS]).encode()).hexdigest()


@jsii.implements(cdk.ILocalBundling)
class _Copied:
    """Bundles on this machine; there is no way by Docker."""

    def __init__(self, source: Path, requirements: Path | None) -> None:
        self._source = source
        self._requirements = requirements

    def try_bundle(self, output_dir: str, _options: Any = None, **_more: Any) -> bool:
        fill_layer(Path(output_dir) / "python", self._source, self._requirements)
        return True


def fill_layer(target: Path, source: Path, requirements: Path | None) -> None:
    """Install the requirements into ``target``, then copy the module there.

    Raises:
        ModuleNotBundledError: pip failed, or installed what the file does not list.
    """
    target.mkdir(parents=True, exist_ok=True)
    if requirements is not None:
        _install(target, requirements)
    for path in module_files(source):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)


def _install(target: Path, requirements: Path) -> None:
    try:
        pip_install(target, requirements, *FOR_THE_FUNCTIONS)
    except NotInstalledError as problem:
        raise ModuleNotBundledError(
            f"{problem}\nThe functions run {RUNTIME.name} on arm64 Linux and take wheels only. Is "
            "there a wheel of each package for them, and is the package index reachable from here?"
        ) from problem
    pinned = pinned_names(requirements.read_text(encoding="utf-8"))
    installed = {
        normalised(directory.name.split("-")[0]): directory.name.removesuffix(".dist-info")
        for directory in target.glob("*.dist-info")
    }
    if loose := sorted(installed[name] for name in installed.keys() - pinned):
        raise ModuleNotBundledError(
            f"{requirements} does not pin {', '.join(loose)}, which its packages need: the next "
            "synth may install others. List every package; pip-compile writes such a file."
        )
