"""``checkout api``: what there is to know of the HTTP API without a deployment."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import click


@click.group()
def api() -> None:
    """Describe the HTTP API of a checkout."""


@api.command()
@click.option(
    "--server", metavar="URL", help="Address of a deployed API, for tools that call it. Default: /."
)
def openapi(server: str | None) -> None:
    """Print the OpenAPI 3.1 description of the HTTP API, as JSON.

    Every path, body, header, status and problem type, each with an example. Clients can be
    generated from it.
    """
    document = openapi_document()
    if server is not None:
        document["servers"] = [{"url": server}]
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def openapi_document() -> dict[str, Any]:
    """Return the description that this version ships."""
    text = files("checkout_stack.api").joinpath("openapi.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
