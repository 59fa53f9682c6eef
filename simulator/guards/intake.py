"""What makes one order of one intent (traps 1 to 4)."""

from simulator.guards.guard import Guard

__all__ = ["INTAKE"]

_RUNTIME = "lambda/checkout_runtime"
_ORDERS = f"{_RUNTIME}/adapters/dynamodb_orders.py"

INTAKE = (
    Guard(
        1,
        "no key, no order",
        f"{_RUNTIME}/handlers/http_api.py",
        "    if given is None:\n        raise IDEMPOTENCY_KEY_MISSING.error()",
        '    if given is None:\n        return "none-given"',
        "tests/checkout_runtime/handlers/test_bad_input.py",
    ),
    Guard(
        1,
        "the key is scoped by who asks",
        f"{_RUNTIME}/domain/identity.py",
        "_digest(namespace, principal, idempotency_key)",
        "_digest(namespace, idempotency_key)",
    ),
    Guard(
        2,
        "other content under the same key is refused",
        f"{_RUNTIME}/application/place_order.py",
        "    if not submission.matches(existing):",
        "    if existing is None:",
        "tests/checkout_runtime/application/test_place_order.py",
    ),
    Guard(
        2,
        "a price of the buyer's is refused where the shop prices",
        f"{_RUNTIME}/domain/submission.py",
        'if name not in ("amount", "currency")',
        'if name not in ("amounts", "currencies")',
        "tests/checkout_runtime/test_intake.py",
    ),
    Guard(
        2,
        "a cart is signed by the shop",
        f"{_RUNTIME}/domain/signed_cart.py",
        "        if hmac.compare_digest(signature, _signature(data, secret)):",
        "        if hmac.compare_digest(signature, signature):",
        "tests/checkout_runtime/domain/test_signed_cart.py",
    ),
    Guard(
        1,
        "a guest is who holds a cart that the shop signed",
        f"{_RUNTIME}/handlers/buyers.py",
        "    if isinstance(cart, CartRefused):",
        "    if isinstance(cart, str):",
        "tests/checkout_runtime/handlers/test_guests.py",
    ),
    Guard(
        4,
        "a cart is put only if no order has it",
        f"{_RUNTIME}/adapters/item_writes.py",
        '"ConditionExpression": "attribute_not_exists(pk)"',
        '"ConditionExpression": "attribute_not_exists(nothing)"',
        "tests/checkout_runtime/adapters/test_guarded_carts.py",
    ),
    Guard(
        3,
        "the order is put only if there is none",
        _ORDERS,
        '"ConditionExpression": "attribute_not_exists(pk)"',
        '"ConditionExpression": "attribute_not_exists(nothing)"',
    ),
)
