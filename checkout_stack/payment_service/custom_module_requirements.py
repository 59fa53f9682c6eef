"""What has to hold of a payment module of the user's own, so that it works once it is deployed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import aws_cdk as cdk

from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.secret_names import holds_a_secret, names_a_secret
from checkout_stack.payment_service.module_functions import NoSuchFunction, find_function
from checkout_stack.payment_service.pinned_requirements import unpinned_lines
from checkout_stack.payment_service.pip_bundling import pip_is_here

#: Names of variables that the constructs, Lambda or Python give a meaning.
_TAKEN_PREFIXES = ("PAYMENT_", "AWS_", "LAMBDA_", "_", "PYTHON")
TAKEN_NAMES = frozenset(
    {
        *("ACTION_SECONDS", "ATTEMPTS_PER_BUYER", "ATTEMPTS_PER_CHECKOUT"),
        *("ATTEMPTS_WINDOW_SECONDS", "AUDIT_PATIENCE_SECONDS", "CAPTURE"),
        *("CAPTURE_REMINDER_SECONDS", "CART_SECRET_ARN"),
        *("CHECKOUT_AWS_CLIENT", "CHECKOUT_NAMESPACE"),
        *("EVENT_BUS_NAME", "EXPIRES_AFTER_SECONDS", "FIRST_RETRY_SECONDS"),
        *("GUARDS_CARTS", "GUESTS", "LD_LIBRARY_PATH", "LEASE_SECONDS", "LONGEST_RETRY_SECONDS"),
        *("MAX_PAYMENT_ATTEMPTS", "ORDERS_PER_BUYER", "ORDER_TABLE_NAME", "PATH"),
        "PROCESSING_PATIENCE_SECONDS",
        "QUARANTINE_BEFORE_MS",
        *("RECONCILE_AFTER_SECONDS", "SCOPE_FROM", "UNSETTLED_SHARDS"),
        *("WEBHOOK_BY_MODULE", "WEBHOOK_SECRET_ARN"),
    }
)
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # as Lambda wants it
_SECRET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def custom_module_requirements(
    source: Path, factory: str, requirements: Path | None
) -> list[Requirement]:
    """Return what has to hold of the module's files.

    :param source: Directory with the module.
    :param factory: ``module:function``.
    :param requirements: The requirements file of pip, if there is one.
    """
    return [*_is_there(source, factory), *_is_pinned(requirements)]


def _is_there(source: Path, factory: str) -> list[Requirement]:
    is_directory = source.is_dir()
    directory = Requirement(
        holds=is_directory,
        property="payment_service.source",
        given=repr(str(source)),
        allowed="a directory, relative to where synth runs",
        fix="give the directory that holds the module, for example "
        "Path(__file__).parent / 'payments'",
    )
    if not is_directory:
        return [directory]
    found = find_function(source, factory)
    problem = found if isinstance(found, NoSuchFunction) else None
    return [
        directory,
        Requirement(
            holds=problem is None,
            property="payment_service.factory",
            given=repr(factory),
            allowed="module:function, a function of that module in payment_service.source"
            + (f"; {problem.why}" if problem else ""),
            fix="write it as in 'acme_payments:make_payment_service' for def "
            "make_payment_service(setup) in acme_payments.py",
        ),
        *_shadows_nothing(source),
    ]


def _shadows_nothing(source: Path) -> list[Requirement]:
    taken = sys.stdlib_module_names | {"boto3", "botocore", "checkout_runtime"}
    names = sorted({each.name.removesuffix(".py") for each in source.iterdir()} & taken)
    return [
        Requirement(
            holds=not names,
            property="payment_service.source",
            given=f"a directory with {', '.join(names)}",
            allowed="modules whose names are not those of Python's library, boto3, botocore or "
            "checkout_runtime: every import takes the first module on the path",
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


def secret_name_requirement(name: str) -> Requirement:
    """Return that a secret has a name that fits ``setup.secrets[name]``."""
    return Requirement(
        holds=_SECRET_NAME.fullmatch(name) is not None,
        property="payment_service.secrets",
        given=f"one named {name!r}",
        allowed="names of up to 64 letters, digits, dots, dashes and underscores, a letter first",
        fix='name it as the module asks for it: secrets={"acme": secret}, setup.secrets["acme"]',
    )


def variable_requirement(name: str, value: str) -> Requirement:
    """Return that an environment variable is free, and holds no secret."""
    is_known = not cdk.Token.is_unresolved(value)
    secret = names_a_secret(name) or (is_known and holds_a_secret(name, value))
    taken = name in TAKEN_NAMES or name.startswith(_TAKEN_PREFIXES)
    fits = _VARIABLE.fullmatch(name) is not None
    if secret:
        allowed = (
            "no secret: everyone who may read a function's configuration reads its environment"
        )
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
