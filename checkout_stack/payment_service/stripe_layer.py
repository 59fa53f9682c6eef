"""Stripe's SDK as a Lambda layer, bundled by pip at synth: no Docker, and nothing in the asset.

The functions that answer buyers do not carry it, and the asset keeps its hash whether a checkout
charges at Stripe or elsewhere.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.runtime_function import RUNTIME
from checkout_stack.payment_service.pip_bundling import NotInstalledError, pip_install, pip_is_here

#: What goes into the layer: versions and the hashes of their wheels, all of them pure Python. The
#: SDK's own dependency on ``requests`` is left out: its requests go over ``http_exchange``.
REQUIREMENTS = Path(__file__).parent / "stripe_sdk" / "requirements.txt"
_LAYER_ID = "CheckoutStripeSdk"
_EXACTLY = ("--no-deps", "--require-hashes")


class StripeSdkNotBundledError(RuntimeError):
    """pip could not install the SDK; the message holds its last lines and what to do."""


def stripe_layer(scope: IConstruct) -> lambda_.ILayerVersion:
    """Return the layer of the stack that ``scope`` is in; all its checkouts share one."""
    stack = cdk.Stack.of(scope)
    found = stack.node.try_find_child(_LAYER_ID)
    if isinstance(found, lambda_.LayerVersion):
        return found
    return lambda_.LayerVersion(
        stack,
        _LAYER_ID,
        description="Stripe's SDK, for the functions of a checkout that charge there.",
        code=lambda_.Code.from_asset(
            str(REQUIREMENTS.parent),
            # The pinned wheels' hashes name the content; when it was bundled does not matter.
            asset_hash=hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest(),
            asset_hash_type=cdk.AssetHashType.CUSTOM,
            bundling=cdk.BundlingOptions(image=RUNTIME.bundling_image, local=_ByPip()),
        ),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[lambda_.Architecture.ARM_64],
    )


def can_be_bundled() -> Requirement:
    """Require pip, which environments made by some tools are without."""
    return Requirement(
        holds=pip_is_here(),
        property="payment_service.sdk_layer",
        given="None, and this environment has no pip",
        allowed="a layer with Stripe's SDK, or an environment with pip to make one",
        fix=(
            f"run `{Path(sys.executable).name} -m ensurepip`, or give the ARN of a layer that "
            f"holds what {REQUIREMENTS.name} in checkout_stack/payment_service/stripe_sdk lists"
        ),
    )


@jsii.implements(cdk.ILocalBundling)
class _ByPip:
    """Bundles on this machine; there is no way by Docker."""

    def try_bundle(self, output_dir: str, _options: Any = None, **_more: Any) -> bool:
        install_sdk(Path(output_dir) / "python")
        return True


def install_sdk(target: Path) -> None:
    """Install exactly the pinned wheels into ``target``.

    Raises:
        StripeSdkNotBundledError: pip is not there, reached no index, or was given something else.
    """
    try:
        pip_install(target, REQUIREMENTS, *_EXACTLY)
    except NotInstalledError as problem:
        raise StripeSdkNotBundledError(
            f"{problem}\n"
            "Is the package index reachable from here? If it never is, make the layer elsewhere "
            "and give it as PaymentService.stripe(sdk_layer=...)."
        ) from problem
