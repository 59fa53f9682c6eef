"""What a person does on the shop's page, and what they see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checkout_stack.local.checkout_inspector import CheckoutInspector

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

PATIENCE_MS = 30_000.0


@dataclass
class Visitor:
    """A person with one browser profile, and a page of the shop in it."""

    context: BrowserContext
    page: Page
    inspector: CheckoutInspector
    errors: list[str] = field(default_factory=list)
    """What any of the pages wrote to its console as an error, and what was not caught."""

    @classmethod
    def arrive(cls, context: BrowserContext, address: str, inspector: CheckoutInspector) -> Visitor:
        """Open the shop."""
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        visitor = cls(context, page, inspector)
        visitor.watch(page)
        page.goto(address)
        page.wait_for_function("document.getElementById('cart-id').textContent !== ''")
        return visitor

    def watch(self, page: Page) -> None:
        """Note the errors of a page."""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda said: self.errors.append(said.text) if said.type == "error" else None,
        )

    @property
    def cart(self) -> str:
        """The cart's id."""
        return str(self.page.locator("#cart-id").text_content())

    @property
    def pay(self) -> Locator:
        """The pay button."""
        return self.page.get_by_role("button", name="Pay €42.00")

    def switch(self, name: str) -> Locator:
        """A switch of what goes wrong."""
        return self.page.get_by_role("switch", name=name)

    def shown_charges(self, shop: str) -> Locator:
        """The large number."""
        return self.page.locator(f"#{shop} [data-value=charges]")

    def told(self, shop: str) -> Locator:
        """What the buyer sees."""
        return self.page.locator(f"#{shop} [data-value=told]")

    def verdict(self, shop: str) -> Locator:
        """The number of charges in words."""
        return self.page.locator(f"#{shop} [data-value=verdict]")

    def step(self, shop: str, place: str) -> Locator:
        """The words of one step of a flow."""
        return self.page.locator(f"#{shop} .flow [data-place={place}] span")

    def log(self, shop: str) -> Locator:
        """What happened."""
        return self.page.locator(f"#{shop} .log")

    def charges(self, shop: str) -> int:
        """The charges in the payment service's ledger, without the page."""
        return len(self.inspector.charges(f"{shop}-{self.cart}"))

    def orders(self) -> list[str]:
        """The states of the cart's orders in the table, without the page."""
        return [order.status for order in self.inspector.orders(f"ours-{self.cart}")]
