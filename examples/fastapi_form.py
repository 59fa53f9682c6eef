"""A checkout page that works without scripts: a form, with its idempotency key in a hidden field.

The server makes the key when it renders the form. So whatever makes a browser send that form again
is the same purchase: a second press, a reload of the answer, or the back button and another press.
The form may be kept by the browser (no ``no-store``), or the back button would fetch another key.

The rest is the FastAPI shop beside this file, with its buyers and prices. Run it as that one::

    uvicorn examples.fastapi_form:shop
"""

from __future__ import annotations

from html import escape
from string import Template
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import uuid4

from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from checkout_runtime.intake import (
    CartTaken,
    Created,
    InvalidOrder,
    Mismatch,
    OrderIntake,
    Replayed,
    StoreUnavailable,
    TooManyOrders,
)
from examples.fastapi_shop import intake, shop, signed_in_buyer

__all__ = ["shop"]

FORM = Template("""<!doctype html><title>Pay</title>
<form method="post" action="/checkout">
  <input type="hidden" name="idempotency_key" value="$key">
  <label>Mugs <input name="quantity" value="1" inputmode="numeric"></label>
  <label>Card <select name="payment_method"><option value="pm_ok">ending 4242</select></label>
  <button>Pay</button>
</form>""")
ORDER = Template("""<!doctype html><title>Order</title>$refresh
<p>Order $order_id: $status""")
REFRESH = '<meta http-equiv="refresh" content="2">'
Buyer = Annotated[tuple[str, ...], Depends(signed_in_buyer)]
Intake = Annotated[OrderIntake, Depends(intake)]


async def submitted(request: Request) -> dict[str, str]:
    """Return the fields of the form. Yours may come from ``fastapi.Form``."""
    return dict(parse_qsl((await request.body()).decode(errors="replace")))


@shop.get("/checkout", response_class=HTMLResponse)
def show_form() -> str:
    """Show the form, with a key of its own."""
    return FORM.substitute(key=uuid4())


@shop.post("/checkout")
def submit(
    form: Annotated[dict[str, str], Depends(submitted)], buyer: Buyer, intake: Intake
) -> Response:
    """Place the order of a form, once, however often it comes, and lead to the order's page."""
    quantity = form.get("quantity", "")[:9]
    order = {
        "customer": buyer[-1],
        "lines": [{"sku": "mug", "quantity": int(quantity) if quantity.isdecimal() else 0}],
        "payment_method": form.get("payment_method", ""),
    }
    match intake.place(buyer, form.get("idempotency_key"), order):
        case Created(placed) | Replayed(placed):
            return RedirectResponse(f"/checkout/{placed.order_id}", status_code=303)
        case Mismatch() | CartTaken():
            raise HTTPException(422, "this form was sent before with other content; begin anew")
        case InvalidOrder(errors):
            raise HTTPException(422, [f"{each.field}: {each.detail}" for each in errors])
        case TooManyOrders(seconds):
            raise HTTPException(
                429, "send the same form again later", {"Retry-After": str(seconds)}
            )
        case StoreUnavailable():
            raise HTTPException(503, "send the same form again", {"Retry-After": "1"})


@shop.get("/checkout/{order_id}", response_class=HTMLResponse)
def show_order(order_id: str, buyer: Buyer, intake: Intake) -> str:
    """Show what became of an order, again and again until it is settled."""
    order = intake.read(buyer, order_id)
    if order is None or isinstance(order, StoreUnavailable):
        raise HTTPException(404 if order is None else 503)
    refresh = "" if order.is_settled else REFRESH
    return ORDER.substitute(order_id=escape(order_id), status=order.status.value, refresh=refresh)
