"""Open the shop in front of a checkout that is up, and tell how to use both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.shop.server import serving
from checkout_stack.local.shop.shop import Shop


@contextmanager
def shop_in_front_of(checkout: LocalCheckout, port: int) -> Iterator[str]:
    """Serve the shop on a port; yields the page's address."""
    with serving(Shop.of(checkout), port) as server:
        yield server.address


def print_addresses(checkout: LocalCheckout, console: Console, shop: str | None = None) -> None:
    """Print addresses, the shop's first where there is one, and commands to copy."""
    api = f"http://{checkout.client.host}"
    payments = checkout.payments
    cart = (
        '{"amount": 4200, "currency": "EUR", "customer": "cus_1", '
        '"lines": [{"sku": "mug", "quantity": 2}], "payment_method": "pm_ok"}'
    )
    lines = [
        *([f"shop               {shop}   open it in a browser"] if shop else []),
        f"HTTP API           {api}",
        f"AWS endpoint       {checkout.aws.endpoint}",
        f"payment service    {payments.charges_url}",
        f"logs               {checkout.directory / 'logs'}",
        "",
        "# for an AWS command line or SDK",
        *(f"export {name}={value}" for name, value in checkout.aws.environment().items()),
        "",
        "# a buyer's token, and a checkout; send it again and it stays one order",
        f"TOKEN={checkout.buyers['ada'].id_token}",
        f'curl -i {api}/orders -H "Authorization: Bearer $TOKEN" \\',
        "  -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-order' \\",
        f"  -d '{cart}'",
        "",
        "# every charge that was made",
        f"curl -s {payments.charges_url.removesuffix('/charges')}/_control/ledger \\",
        f"  -H 'Authorization: Bearer {payments.secret}'",
        "",
        "# the orders",
        f"aws dynamodb scan --table-name {checkout.outputs['OrderTableName']}",
        "",
        "Ctrl-C takes everything down.",
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)
