"""Where an alarm's description says that its runbook is."""

from __future__ import annotations

from constructs import IConstruct

from checkout_stack.foundation.requirements import Requirement, enforce

__all__ = ["RUNBOOKS_CONTEXT", "runbook_address"]

#: Key of the CDK context that says where the people on call read runbooks: an address with
#: ``{name}`` in place of a runbook's name. In ``cdk.json``, of an app, or of one construct.
RUNBOOKS_CONTEXT = "idempotent-checkout:runbooks"
#: As the sources have them; ``checkout runbook NAME`` prints the same text.
_IN_THE_SOURCES = "docs/operate/runbooks/{name}.md"
_PLACE = "{name}"


def runbook_address(scope: IConstruct, name: str) -> str:
    """Return the address of a runbook, for a description.

    :param name: The name of its page, without its ending.
    :raises CheckoutMisconfiguredError: The context holds no address of runbooks.
    """
    given = scope.node.try_get_context(RUNBOOKS_CONTEXT)
    address = _IN_THE_SOURCES if given is None else given
    enforce(
        scope,
        [
            Requirement(
                holds=isinstance(address, str) and _PLACE in address,
                property=f"context {RUNBOOKS_CONTEXT!r}",
                given=repr(given),
                allowed=f"an address with {_PLACE} in place of a runbook's name",
                fix=f"give https://wiki.example.com/runbooks/{_PLACE}, or leave it out",
            )
        ],
    )
    return str(address).replace(_PLACE, name)
