"""Options that every command about a deployed checkout has, and how it fails."""

from __future__ import annotations

import functools
import json
import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from rich.console import Console
from rich.table import Table

from checkout_stack.operations.deployed_checkout import (
    DeployedCheckout,
    OperationError,
    Target,
    find_checkout,
)

#: The command line, the credentials, or the stack cannot be used.
UNUSABLE = 2
EXIT_CODES = f"""\b
Exit codes:
  0  done, and nothing is left to do
  1  done, and something needs an operator
  {UNUSABLE}  the command line, credentials, Region or stack cannot be used"""

#: Without it a command that changes something is a dry run.
YES = click.option("--yes", is_flag=True, help="Do it; without, only say what would be done.")

_NOT_REPEATED = frozenset({"yes", "as_json"})
_Command = TypeVar("_Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option(
        "--stack",
        required=True,
        envvar="CHECKOUT_STACK",
        show_envvar=True,
        help="Name of the CloudFormation stack.",
    ),
    click.option(
        "--checkout",
        help="What the logical ids of the checkout begin with. Needed where the stack has several.",
    ),
    click.option(
        "--profile", help="Profile of your AWS configuration. Default: as in AWS's own command."
    ),
    # boto3 alone would not read the variable that AWS's own command, and our pages, name.
    click.option(
        "--region",
        envvar="AWS_REGION",
        show_envvar=True,
        help="AWS Region of the stack. Default: as in AWS's own command.",
    ),
    click.option(
        "--endpoint-url",
        envvar="AWS_ENDPOINT_URL",
        show_envvar=True,
        help="Another address than AWS's own, for the local stack.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs."),
)


def on_a_checkout(command: _Command) -> _Command:
    """Give a command the options, and in their place the checkout and ``as_json``."""

    @functools.wraps(command)
    def run(
        *,
        stack: str,
        checkout: str | None,
        profile: str | None,
        region: str | None,
        endpoint_url: str | None,
        **others: Any,
    ) -> None:
        target = Target(
            stack=stack,
            checkout=checkout,
            profile=profile,
            region=region,
            endpoint_url=endpoint_url,
        )
        try:
            command(find_checkout(target), **others)
        except OperationError as problem:
            click.echo(f"error: {problem}", err=True)
            raise SystemExit(UNUSABLE) from None

    wrapped: Any = run
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def by_option(who: str, *, kept_with: str) -> Callable[[_Command], _Command]:
    """Return the option ``--by``.

    :param who: What the person does, in words: ``Who asks``.
    :param kept_with: What the name is kept with: ``order``.
    """
    return click.option(
        "--by",
        metavar="NAME",
        help=f"{who}; kept with the {kept_with}. Default: the ARN of your AWS credentials, or else "
        "your user name.",
    )


def real_run(**made: str) -> str:
    """Return the command that does what this dry run said, with the options that it was given.

    ``made``: values of options that were not given, and that the real run has to take as well.
    """
    context = click.get_current_context()
    words = ["checkout", "orders", str(context.command.name)]
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not (given or name in made) or name in _NOT_REPEATED:
            continue
        value = context.params[name] if given else made[name]
        if isinstance(parameter, click.Argument):
            words.append(value)
        else:
            words.append(parameter.opts[0])
            words += [] if value is True else [str(value)]
    return shlex.join([*words, "--yes"])


def print_json(value: object) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, indent=2))


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table for people; with a line a row where the output is no terminal."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console(width=None if Console().is_terminal else 200).print(table)


__all__ = [
    "EXIT_CODES",
    "UNUSABLE",
    "YES",
    "DeployedCheckout",
    "by_option",
    "on_a_checkout",
    "print_json",
    "print_rows",
    "real_run",
]
