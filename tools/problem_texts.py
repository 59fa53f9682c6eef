"""What each problem type means, and whether to send the request again: for people."""

from __future__ import annotations

from typing import NamedTuple


class ProblemText(NamedTuple):
    """Words about a problem type."""

    meaning: str
    again: str
    """Whether, and how, the request may be sent again."""


TEXTS = {
    "idempotency-key-missing": ProblemText(
        "The request has no `Idempotency-Key` header. The key names the purchase, or the refund: "
        "without it a repeated request would be a second one.",
        "With a key: one for each purchase, kept until the purchase is paid, or for each refund.",
    ),
    "idempotency-key-malformed": ProblemText(
        "The header holds no usable key, or more than one. `detail` says what is wrong.",
        "With one key of 1 to 255 printable ASCII characters, such as a UUID.",
    ),
    "malformed-json": ProblemText(
        "The body is not JSON in UTF-8, has a name twice, or holds U+FFFD. API Gateway puts that "
        "character where bytes are no UTF-8, and two different texts would be one order.",
        "Once corrected, with the same key.",
    ),
    "unidentified-principal": ProblemText(
        "The credentials are valid and do not say who asks: a claim that the checkout is told to "
        "take is missing or empty.",
        "After signing in.",
    ),
    "order-not-found": ProblemText(
        "There is no such order, or it is another principal's. The two look alike.",
        "No. Ask with the credentials under which the order was placed.",
    ),
    "attempt-not-current": ProblemText(
        "Another payment attempt is the current one, so there is nothing to resume. "
        "`current_attempt` and `order_status` say where the payment is.",
        "No: look at the order first.",
    ),
    "attempt-not-replaceable": ProblemText(
        "The named attempt is not the current one, or is not `DECLINED`, or no attempt is left. "
        "`detail` says which.",
        "No: look at the order first. `next` says what the buyer can do.",
    ),
    "cart-already-ordered": ProblemText(
        "The cart is an order under another key or of another principal. Only with `guards_carts`.",
        "No: it is bought. A new purchase needs a new cart.",
    ),
    "content-too-large": ProblemText(
        "The body has more than 64 KiB.",
        "Once it is smaller. An order has 100 lines at most.",
    ),
    "unsupported-media-type": ProblemText(
        "The `Content-Type` is not `application/json`.",
        "With `Content-Type: application/json` and the same key.",
    ),
    "invalid-fields": ProblemText(
        "`errors` names each wrong, missing or unknown field, 50 at most.",
        "Once corrected, with the same key.",
    ),
    "idempotency-key-reused": ProblemText(
        "The key is an order's with another amount, currency, customer or other lines, or a "
        "refund's of another amount or charge. The payment method makes no difference.",
        "With a new key, if it is a new purchase or refund.",
    ),
    "cannot-cancel": ProblemText(
        "The order is paid, or an operator has to decide about it first. `order_status` says "
        "which, and `detail` what there is to do.",
        "No, unless there is a `Retry-After`: a paid order is refunded.",
    ),
    "capture-refused": ProblemText(
        "The order does not allow this capture; `why` says what is in the way: its money is not "
        "held, less is held than asked for, or another amount was asked for before. Nothing was "
        "stored.",
        "Yes, where `Retry-After` says so: it may be held yet.",
    ),
    "refund-refused": ProblemText(
        "The order does not allow this refund; `why` says what is in the way, and `refundable` "
        "how much is left. Nothing was stored.",
        "Yes, with the same key, where `Retry-After` says so: the order may yet be paid.",
    ),
    "too-many-attempts": ProblemText(
        "This buyer, or all buyers together, tried declined payments again more often than the "
        "checkout's `attempt_limits` allow; or this buyer placed more orders. Only another attempt "
        "after a decline is counted, and an order that was stored: never a resubmission.",
        "Yes, after `Retry-After`; an order with the same key.",
    ),
    "misconfigured": ProblemText(
        "The deployment is at fault: a permission, the table or the secret is missing, or a "
        "variable of the function is missing or malformed.",
        "No, until the operator has repaired it.",
    ),
    "try-again": ProblemText(
        "DynamoDB or Secrets Manager did not answer. The order may be stored.",
        "Yes, with the same key, after `Retry-After`.",
    ),
}
