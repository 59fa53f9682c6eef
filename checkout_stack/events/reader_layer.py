"""A layer with the package that reads events, made without Docker or pip."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from checkout_stack.foundation.property_types import own, type_requirements
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from checkout_stack.foundation.runtime_function import (
    CONFORMANCE_KIT,
    RUNTIME_PACKAGE,
    asset_directory,
)

_LAYER_ID = "CheckoutEventReader"
#: As in a .gitignore, and as of the functions' own asset.
_LEFT_OUT = ["__pycache__", "*.pyc", ".*_cache", ".DS_Store", Path(CONFORMANCE_KIT).name]


def reader_layer(scope: Construct) -> lambda_.LayerVersion:
    """Return the layer of the stack that ``scope`` is in; its functions share one.

    :raises CheckoutMisconfiguredError: ``scope`` is no construct.
    """
    types = type_requirements({"scope": own(Construct)}, {"scope": scope})
    wrong = tuple(each for each in types if not each.holds)
    if wrong:
        raise CheckoutMisconfiguredError("OrderEvents.reader_layer", wrong)
    stack = cdk.Stack.of(scope)
    found = stack.node.try_find_child(_LAYER_ID)
    if isinstance(found, lambda_.LayerVersion):
        return found
    runtimes = [
        lambda_.Runtime.PYTHON_3_11,
        lambda_.Runtime.PYTHON_3_12,
        lambda_.Runtime.PYTHON_3_13,
    ]
    return lambda_.LayerVersion(
        stack,
        _LAYER_ID,
        description="checkout_runtime.events, for functions that consume a checkout's events.",
        code=lambda_.Code.from_asset(
            str(asset_directory() / RUNTIME_PACKAGE),
            exclude=_LEFT_OUT,
            ignore_mode=cdk.IgnoreMode.GIT,
            bundling=cdk.BundlingOptions(image=runtimes[-1].bundling_image, local=_Copied()),
        ),
        compatible_runtimes=runtimes,
    )


@jsii.implements(cdk.ILocalBundling)
class _Copied:
    """Puts the package where Python looks for it in a layer; there is no way by Docker."""

    def try_bundle(self, output_dir: str, _options: Any = None, **_more: Any) -> bool:
        shutil.copytree(
            asset_directory() / RUNTIME_PACKAGE,
            Path(output_dir) / "python" / RUNTIME_PACKAGE,
            ignore=shutil.ignore_patterns(*_LEFT_OUT),
        )
        return True
