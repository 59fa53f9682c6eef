"""The ``checkout`` command."""

from __future__ import annotations

import click

from checkout_stack.local.commands import local


@click.group()
@click.version_option(package_name="idempotent-checkout")
def main() -> None:
    """Tools for a checkout that makes one order and one charge, however often it is resubmitted."""


main.add_command(local)
