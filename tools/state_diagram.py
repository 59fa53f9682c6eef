"""The picture in docs/reference/states.md: ``python -m tools.state_diagram`` draws it anew.

It is drawn from ``checkout_runtime.domain.transitions``, which the conditions of the order table
are built from, so it cannot show a way that the code does not have.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from checkout_runtime.domain import transitions
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.transitions import Transition

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "states.md"
BEGIN, END = "```mermaid\nstateDiagram-v2\n", "```\n"
#: What the table of transitions leaves to the update itself, or to no state before it.
_BESIDE_THE_TABLE = {
    ("[*]", "PENDING"): ["accept"],
    ("CHARGING", "CHARGING"): ["claim, once the lease is over"],
}


def diagram() -> str:
    """Return the diagram as Mermaid, in its fences.

    >>> diagram().startswith(BEGIN + "    [*] --> PENDING: accept")
    True
    """
    edges: dict[tuple[str, str], list[str]] = defaultdict(list)
    edges |= {edge: list(labels) for edge, labels in _BESIDE_THE_TABLE.items()}
    for label, transition in _named_transitions():
        for state in transition.from_states:
            edges[state.value, transition.to_state.value].append(label)
    for final in (OrderStatus.PAID, OrderStatus.CANCELLED):
        edges[final.value, "[*]"] = []
    lines = [
        f"    {before} --> {after}{': ' if labels else ''}{' / '.join(labels)}\n"
        for (before, after), labels in sorted(edges.items(), key=_in_order_of_states)
    ]
    return "".join([BEGIN, *lines, END])


def page_with(picture: str, page: str) -> str:
    """Return the page with this picture in place of the one that it has.

    Raises:
        ValueError: The page has none.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page has no state diagram")
    return before + picture + after


def _named_transitions() -> Iterator[tuple[str, Transition]]:
    for name, value in vars(transitions).items():
        if isinstance(value, Transition):
            yield name.lower().replace("_", " "), value


def _in_order_of_states(edge: tuple[tuple[str, str], list[str]]) -> tuple[int, int]:
    states = ["[*]", *(each.value for each in OrderStatus)]
    (before, after), _ = edge
    return states.index(before), states.index(after)


if __name__ == "__main__":
    PAGE.write_text(page_with(diagram(), PAGE.read_text()))
    sys.stdout.write(f"{PAGE.name} is up to date\n")
