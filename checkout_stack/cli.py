"""The ``checkout`` command."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from checkout_stack.exit_codes import STOPPED

_MODULE_OF = {
    "api": "checkout_stack.api.commands",
    "charges": "checkout_stack.operations.charges_commands",
    "dlq": "checkout_stack.operations.dlq_commands",
    "doctor": "checkout_stack.doctor",
    "local": "checkout_stack.local.commands",
    "orders": "checkout_stack.operations.orders_commands",
    "policy": "checkout_stack.policy.commands",
    "reconcile": "checkout_stack.operations.reconcile_command",
    "runbook": "checkout_stack.operations.runbook_command",
}


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for.

    The policy checks must start quickly, and know nothing of the local stack's servers.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; also an interrupt while it is imported ends with ``STOPPED``."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            ctx.exit(STOPPED)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands without importing them."""
        return sorted(_MODULE_OF)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import one command; ``None`` if there is none of this name."""
        if cmd_name not in _MODULE_OF:
            return None
        command = getattr(import_module(_MODULE_OF[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="idempotent-checkout")
def main() -> None:
    """Tools for a checkout that makes one order and one charge, however often it is resubmitted."""
