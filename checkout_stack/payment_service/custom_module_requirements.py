"""What has to hold of a payment module of the user's own, so that it works once it is deployed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.secret_names import holds_a_secret, names_a_secret
from checkout_stack.payment_service.module_functions import NoSuchFunction, find_function
from checkout_stack.payment_service.pinned_requirements import unpinned_lines
from checkout_stack.payment_service.pip_bundling import pip_is_here

if TYPE_CHECKING:
    from checkout_stack.payment_service.custom_module import CustomModule

#: Names of variables that the constructs, Lambda or Python give a meaning.
_TAKEN_PREFIXES = ("PAYMENT_", "AWS_", "LAMBDA_", "_", "PYTHON")
TAKEN_NAMES = frozenset(
    {
        *("ACTION_SECONDS", "AUDIT_PATIENCE_SECONDS", "CART_SECRET_ARN", "CHECKOUT_NAMESPACE"),
        "FIRST_RETRY_SECONDS",
        *("GUARDS_CARTS", "LD_LIBRARY_PATH", "LEASE_SECONDS", "LONGEST_RETRY_SECONDS"),
        *("MAX_PAYMENT_ATTEMPTS", "ORDER_TABLE_NAME", "PATH", "PROCESSING_PATIENCE_SECONDS"),
        "QUARANTINE_BEFORE_MS",
        *("RECONCILE_AFTER_SECONDS", "SCOPE_FROM", "UNSETTLED_SHARDS"),
    }
)
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # as Lambda wants it
_SECRET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def module_requirements(module: CustomModule) -> list[Requirement]:
    """Return every requirement on a module."""
    return [
        *_is_there(module),
        *_is_pinned(module.requirements),
        *(_secret_name(name) for name in module.secrets),
        *(_variable(name, value) for name, value in module.environment.items()),
    ]


def _is_there(module: CustomModule) -> list[Requirement]:
    is_directory = module.source.is_dir()
    source = Requirement(
        holds=is_directory,
        property="payment_service.source",
        given=repr(str(module.source)),
        allowed="a directory, relative to where synth runs",
        fix="give the directory that holds the module, for example "
        "Path(__file__).parent / 'payments'",
    )
    if not is_directory:
        return [source]
    found = find_function(module.source, module.factory)
    problem = found if isinstance(found, NoSuchFunction) else None
    return [
        source,
        Requirement(
            holds=problem is None,
            property="payment_service.factory",
            given=repr(module.factory),
            allowed="module:function, a function of that module in payment_service.source"
            + (f"; {problem.why}" if problem else ""),
            fix="write it as in 'acme_payments:make_payment_service' for def "
            "make_payment_service(setup) in acme_payments.py",
        ),
        *_shadows_nothing(module.source),
    ]


def _shadows_nothing(source: Path) -> list[Requirement]:
    taken = sys.stdlib_module_names | {"boto3", "botocore", "checkout_runtime"}
    names = sorted({each.name.removesuffix(".py") for each in source.iterdir()} & taken)
    return [
        Requirement(
            holds=not names,
            property="payment_service.source",
            given=f"a directory with {', '.join(names)}",
            allowed="modules that are named as nothing in Python's library, boto3, botocore or "
            "checkout_runtime is: the first on the path is what everybody imports",
            fix="rename them, for example with the payment service's name in front",
        )
    ]


def _is_pinned(requirements: Path | None) -> list[Requirement]:
    if requirements is None:
        return []
    rows = [
        Requirement(
            holds=requirements.is_file(),
            property="payment_service.requirements",
            given=repr(str(requirements)),
            allowed="a requirements file of pip, relative to where synth runs",
            fix="give the file, or leave requirements out where the module needs nothing",
        ),
        Requirement(
            holds=pip_is_here(),
            property="payment_service.requirements",
            given=f"{str(requirements)!r}, and this environment has no pip",
            allowed="an environment with pip to install them",
            fix="run `python -m ensurepip` in the environment that synthesizes",
        ),
    ]
    if not requirements.is_file():
        return rows
    loose = unpinned_lines(requirements.read_text(encoding="utf-8"))
    pinned = Requirement(
        holds=not loose,
        property="payment_service.requirements",
        given=f"{str(requirements)!r} with {', '.join(map(repr, loose[:3]))}",
        allowed="name==version in every line, hashes welcome: or the same code could be deployed "
        "with other packages tomorrow",
        fix="write the file by `pip-compile --generate-hashes`",
    )
    return [*rows, pinned]


def _secret_name(name: str) -> Requirement:
    return Requirement(
        holds=_SECRET_NAME.fullmatch(name) is not None,
        property="payment_service.secrets",
        given=f"one named {name!r}",
        allowed="names of up to 64 letters, digits, dots, dashes and underscores, a letter first",
        fix='name it as the module asks for it: secrets={"acme": secret}, setup.secrets["acme"]',
    )


def _variable(name: str, value: str) -> Requirement:
    is_known = not cdk.Token.is_unresolved(value)
    secret = names_a_secret(name) or (is_known and holds_a_secret(name, value))
    taken = name in TAKEN_NAMES or name.startswith(_TAKEN_PREFIXES)
    fits = _VARIABLE.fullmatch(name) is not None
    if secret:
        allowed = "no secret: whoever may read a function's configuration reads its environment"
        fix = "put it into Secrets Manager and give it as payment_service.secrets"
    else:
        allowed = (
            "names of letters, digits and underscores, a letter first, that mean nothing to the "
            f"checkout, Lambda or Python: not {'..., '.join(_TAKEN_PREFIXES)}..., nor "
            f"{', '.join(sorted(TAKEN_NAMES))}"
        )
        fix = f"rename it, for example to ACME_{name.lstrip('_')}"
    return Requirement(
        holds=fits and not secret and not taken,
        property="payment_service.environment",
        given=f"a variable named {name!r}",
        allowed=allowed,
        fix=fix,
    )
