"""``checkout runbook``: what to do when an alarm rings, from the package, without a network."""

from __future__ import annotations

import difflib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

__all__ = ["runbook"]

_ENDING = ".md"
#: Beside the package in a checkout of the sources; the wheel has them in the package.
_IN_THE_SOURCES = Path(__file__).parents[2] / "docs" / "operate" / "runbooks"


@click.command()
@click.argument("name", default="")
@click.option("--list", "listed", is_flag=True, help="Print every name and what has happened.")
def runbook(name: str, *, listed: bool) -> None:
    """Print the runbook NAME: what an alarm means, what to look at, what to do.

    An alarm's description ends with the name of its runbook. No AWS account is needed.
    """
    pages = _pages()
    if listed or not name:
        width = max(map(len, pages))
        for each, page in pages.items():
            click.echo(f"{each:{width}}  {_title(page)}")
    elif name in pages:
        click.echo(pages[name].read_text(encoding="utf-8"), nl=False)
    else:
        near = difflib.get_close_matches(name, pages) or pages
        raise click.BadParameter(
            f"no runbook is called {name!r}; is it one of {', '.join(near)}?", param_hint="NAME"
        )


def _pages() -> dict[str, Traversable]:
    packaged = files("checkout_stack") / "runbooks"
    folder = packaged if packaged.is_dir() else _IN_THE_SOURCES
    pages = {page.name.removesuffix(_ENDING): page for page in folder.iterdir()}
    return dict(sorted(pages.items()))


def _title(page: Traversable) -> str:
    return page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
