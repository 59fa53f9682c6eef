"""Leave checkouts up: addresses to use them by, and what becomes of them, until a signal comes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import NoReturn

from rich.console import Console

from checkout_stack.local.event_tail import EventTail
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.order_tail import OrderTail
from checkout_stack.local.report import print_addresses
from checkout_stack.local.shell_variables import FILE, shell_variables

SECONDS_BETWEEN_LOOKS = 0.5


def stay_up(
    checkouts: Mapping[str, LocalCheckout], console: Console, *, shop: str | None = None
) -> NoReturn:
    """Print addresses, then a line for each change of an order and each event.

    :param checkouts: By what they are called, on one local AWS.
    :param shop: The address of the shop's page, where there is one.
    :raises LocalRunError: if something that has to run does not.
    """

    def say(line: str) -> None:
        console.print(line, soft_wrap=True, markup=False, highlight=False)

    found = list(checkouts.values())
    buses = [each.outputs["EventBusName"] for each in found if "EventBusName" in each.outputs]
    # Before anybody knows the addresses, so that no event is missed.
    tails = (OrderTail(checkouts, say), EventTail(found[0].aws, buses, say))
    with ExitStack() as files:
        for number, (name, checkout) in enumerate(checkouts.items()):
            if len(checkouts) > 1:
                say(f"\n{name}")
            file = f"serve-{number + 1}.env" if number else FILE
            variables = files.enter_context(shell_variables(checkout, file))
            print_addresses(checkout, console, variables, shop)
        while True:
            for checkout in found:
                checkout.check_running()
            for tail in tails:
                tail.look()
            time.sleep(SECONDS_BETWEEN_LOOKS)
