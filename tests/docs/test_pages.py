"""Every page says who it is for and is in the menu, and every link of ours leads somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click import Command, Group

from checkout_runtime.events.order_events import KINDS, OrderEvent
from checkout_runtime.events.reading import annotations_of
from checkout_stack.cli import main
from tests.docs.pages import DOCS, OUTSIDE, ROOT, SITE, anchors, links, menu, name_of, pages

FILES = "https://github.com/idempotent-checkout/idempotent-checkout/blob/main/"
IMAGES = "https://raw.githubusercontent.com/idempotent-checkout/idempotent-checkout/main/"
PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_says_under_its_title_who_it_is_for(page: Path) -> None:
    title, empty, audience, after = page.read_text().split("\n")[:4]
    assert title.startswith("# ")
    assert (empty, after) == ("", "")
    assert re.fullmatch(r"\*For .+\.\*", audience), f"a line such as *For operators.*: {audience}"


def test_every_page_is_in_the_menu_once() -> None:
    assert sorted(menu()) == [page.relative_to(DOCS).as_posix() for page in PAGES]


@pytest.mark.parametrize("page", [*PAGES, *OUTSIDE], ids=name_of)
def test_links_lead_to_what_is_there(page: Path) -> None:
    broken = [link for link in links(page) if not leads_somewhere(page, link)]
    assert broken == []


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link of ours has a target; addresses of others are not asked."""
    for ours in (FILES, IMAGES):
        if link.startswith(ours):
            page, link = ROOT / "README.md", link.removeprefix(ours)
    if urlsplit(link).scheme:
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("docs/operate/cost.md", True),
        (
            "docs/operate/cost.md#the-goals-level-with-the-cheapest-peer-at-many-orders-cheap-for-a-small-shop",
            True,
        ),
        ("docs/operate/cost.md#no-such-heading", False),
        ("docs/no-such-page.md", False),
        (f"{FILES}docs/no-such-page.md", False),
        (f"{IMAGES}docs/images/flow.svg", True),
        ("https://example.com", True),
    ],
)
def test_a_link_is_judged_by_its_file_and_heading(link: str, found: bool) -> None:
    assert leads_somewhere(ROOT / "README.md", link) is found


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", "lambda/README.md"])
def test_what_pypi_and_forms_show_has_whole_addresses(page: str) -> None:
    assert all(urlsplit(link).scheme == "https" for link in links(ROOT / page))


def test_the_addresses_are_those_of_the_metadata() -> None:
    assert f"{SITE['repo_url']}/blob/main/" == FILES
    metadata = (ROOT / "pyproject.toml").read_text()
    assert f'Repository = "{SITE["repo_url"]}"' in metadata
    assert f'Documentation = "{SITE["site_url"]}"' in metadata


def test_the_page_of_commands_names_each_command() -> None:
    written = re.findall(
        r"^\| `(checkout [^`]+)` \|", (DOCS / "reference" / "cli.md").read_text(), re.MULTILINE
    )
    assert written == sorted(commands("checkout", main))


def test_the_first_order_is_deployed_by_the_command_that_fits() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    assert f"aws-cdk@{pinned}" in (DOCS / "guide" / "first-order.md").read_text()


def test_the_page_of_events_names_each_kind_with_its_own_fields() -> None:
    page = (DOCS / "guide" / "events.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", page, re.MULTILINE)
    named = {kind: set(re.findall(r"`(\w+)`", fields)) for kind, fields in rows}
    assert named.keys() == KINDS.keys()
    of_all = annotations_of(OrderEvent).keys()
    for name, kind in KINDS.items():
        assert annotations_of(kind).keys() - of_all <= named[name], name


def commands(name: str, command: Command) -> list[str]:
    """Return the names of a command's ends, such as ``checkout orders show``."""
    if not isinstance(command, Group):
        return [name]
    context = command.make_context(name, [], resilient_parsing=True)
    inner = ((each, command.get_command(context, each)) for each in command.list_commands(context))
    return [end for each, found in inner if found for end in commands(f"{name} {each}", found)]
