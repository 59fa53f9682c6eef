"""A page of a shop in a real browser, with the module of ``clients/browser`` and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

MODULE = Path(__file__).parents[2] / "clients" / "browser" / "checkout.js"
CART: dict[str, Any] = {
    "amount": 4200,
    "currency": "EUR",
    "customer": "cus_1",
    "lines": [{"sku": "mug", "quantity": 2}, {"sku": "tea", "quantity": 1}],
}
NAMED_CART = {"id": "cart-1", **CART}
QUICK = {"pause": 20, "patience": 3000, "timeout": 1000}
PAGE = """<!doctype html><meta charset="utf-8"><title>Pay</title>
<script type="module">
  import { createCheckout } from "/checkout.js";
  window.begin = (options) => {
    const own = { token: () => window.token, headers: () => window.headers };
    window.checkout = createCheckout({ ...own, ...options });
  };
  window.told = async (promise) => {
    try {
      const result = await promise;
      return result && {
        outcome: result.outcome,
        order: result.order,
        error: result.error?.type || result.error?.message,
      };
    } catch (error) {
      return { threw: error.type || error.name, message: error.message, status: error.status };
    }
  };
  window.actions = [];
  window.onAction = window.withAction ?? ((action) => { window.actions.push(action.url); });
  window.isReady = true;
</script>"""
FILES = {
    "/": ("text/html; charset=utf-8", PAGE),
    "/other": ("text/html; charset=utf-8", "<!doctype html><title>Another page</title>"),
    "/checkout.js": ("text/javascript; charset=utf-8", MODULE.read_text()),
}


@dataclass
class Tab:
    """One tab; ``pay`` and the others give what the module told, also where it threw."""

    page: Page
    shop: str
    api: str
    options: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """What it wrote to the console."""

    @classmethod
    def opened(cls, context: BrowserContext, shop: str, api: str, **options: Any) -> Tab:
        """Open the shop's page in a new tab."""
        tab = cls(context.new_page(), shop, api, options)
        tab.page.on("console", lambda said: tab.said.append(said.text))
        tab.page.goto(shop)
        tab.begin()
        return tab

    def begin(self, **options: Any) -> None:
        """Make the module's object, as a page does each time that it is loaded."""
        self.options |= options
        self.page.wait_for_function("window.isReady")
        self.page.evaluate("(o) => begin(o)", {"url": self.api, **QUICK, **self.options})

    def reload(self) -> None:
        """Load the page anew."""
        self.page.reload()
        self.begin()

    def pay(self, cart: dict[str, Any] = CART, method: str = "pm_ok", **options: Any) -> Any:
        """Pay, and wait for what comes of it."""
        self.press(cart, method, **options)
        return self.outcome()

    def press(self, cart: dict[str, Any] = CART, method: str = "pm_ok", **options: Any) -> None:
        """Pay, and wait for nothing; ``acts`` hands actions over."""
        self.page.evaluate(
            """([cart, options]) => {
              if (options.acts) options.onAction = window.onAction;
              window.paying = told(checkout.pay(cart, options));
            }""",
            [cart, {"paymentMethod": method, **options}],
        )

    def outcome(self) -> Any:
        """What the last press came to."""
        return self.page.evaluate("() => window.paying")

    def resume(self, **options: Any) -> Any:
        """Go on with what was begun."""
        return self.page.evaluate(
            """(options) => {
              if (options.acts) options.onAction = window.onAction;
              return told(checkout.resume(options));
            }""",
            options,
        )

    def forget(self) -> None:
        """Begin a new purchase."""
        self.page.evaluate("() => checkout.forget()")
