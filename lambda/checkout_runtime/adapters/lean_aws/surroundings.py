"""What a function's environment asks for that only botocore does, and what a snapshot needs."""

from collections.abc import Callable, Mapping
from importlib import import_module
from os.path import expanduser, expandvars
from typing import Any

from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError

__all__ = ["call_after_restore", "check_environment"]

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def check_environment(environ: Mapping[str, str]) -> None:
    """Check that nothing is configured that this client does not do.

    A configuration file may say anything, from endpoints to proxies, so there may be none.

    Raises:
        NotUnderstoodError: Something is.
    """
    if any(environ.get(name) or environ.get(name.upper()) for name in _PROXIES):
        raise NotUnderstoodError("proxy")
    if environ.get("AWS_ACCOUNT_ID_ENDPOINT_MODE", "").lower() == "required":
        raise NotUnderstoodError("account_id_endpoint_mode")
    home = environ.get("HOME")
    file = environ.get("AWS_CONFIG_FILE") or (f"{home}/.aws/config" if home else None)
    if file is not None and _holds_something(file):
        raise NotUnderstoodError("config_file")


def call_after_restore(environ: Mapping[str, str], act: Callable[[], None]) -> None:
    """Have Lambda call ``act`` in each environment that begins as a copy of a snapshot.

    The module is the runtime's own, and no part of the standard library:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html. Without it the
    age of connections and the end of credentials, by the wall clock, still tell.
    """
    if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    try:
        hooks: Any = import_module("snapshot_restore_py")
    except ModuleNotFoundError:
        return
    hooks.register_after_restore(act)


def _holds_something(file: str) -> bool:
    try:
        with open(expanduser(expandvars(file)), "rb") as opened:  # as botocore does
            return bool(opened.read(1))
    except OSError:
        return False
