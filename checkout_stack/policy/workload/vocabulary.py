"""The words by which payments and orders are told from mails, reports and logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from checkout_stack.policy.template.values import Text, Unknown, Value

LONGEST_NAME = 1024
"""What is longer is cut: no name of AWS is."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SPLIT_NAME = re.compile(
    r"(?<![\w-])(?:authorize\.net|checkout\.com)(?![\w-]|\.\w)"
    r"|(?:(?<![A-Za-z])top|Top)[-_ ]?[Uu]p(?=s?(?![a-z]))"
    r"|(?:(?<![A-Za-z])(?:work|court)|Work|Court)[-_ ]?[Oo]rder(?=s?(?![a-z]))"
)
"""One word that is written as two."""

# fmt: off
PROVIDER_WORDS = frozenset((
    "adyen", "afterpay", "alipay", "authorizenet", "bluesnap", "braintree", "braintreegateway",
    "cardless", "chargebee", "checkoutcom", "cybersource", "flutterwave", "gocardless", "klarna",
    "mercadopago", "mollie", "paypal", "paystack", "payu", "razorpay", "squareup", "stripe",
    "sumup", "twint", "worldpay",
))
"""Payment services."""
PAYMENT_WORDS = frozenset((
    "billing", "capture", "charge", "chargeback", "charging", "checkout", "debit", "deposit",
    "disbursal", "disburse", "disbursement", "donate", "donation", "money", "pay", "payer",
    "paying", "payment", "payout", "payroll", "psp", "purchase", "purchasing", "refund",
    "refunding", "reimbursement", "remittance", "sepa", "settle", "settlement", "topup",
    "transfer", "withdrawal",
)) | PROVIDER_WORDS
"""Words that say that money is taken or given."""
ORDER_WORDS = frozenset(("booking", "invoice", "order", "ordering", "reservation"))
"""Words that say that something is bought."""
TELLING_WORDS = frozenset((
    "alert", "analytic", "archive", "archiver", "audit", "auditor", "backup", "cache",
    "confirmation", "dashboard", "email", "encode", "export", "exporter", "image", "index",
    "indexer", "log", "logger", "logging", "mail", "mailer", "metric", "newsletter",
    "notification", "notifier", "notify", "pdf", "photo", "reading", "receipt", "reminder",
    "report", "reporter", "reporting", "search", "slack", "sms", "stat", "statistic",
    "telemetry", "thumbnail", "tracking", "video", "webhook",
))
"""Words that say that something is told, shown, counted or kept, which may happen twice."""
_ABOUT_WORDS = frozenset((
    "backfill", "badge", "banner", "calendar", "cleanup", "crm", "experiment", "extract",
    "extraction", "extractor", "feature", "feedback", "forecast", "get", "history", "ical", "icon",
    "lake", "list", "logo", "migration", "page", "prediction", "preview", "projection", "projector",
    "query", "recommend", "recommendation", "recommender", "render", "renderer", "status", "survey",
    "template", "view",
))
"""Words beside which an order or payment is looked at, not made; a reader that pays says more."""
FAILURE_WORDS = frozenset((
    "dead", "dlq", "failed", "failure", "poison", "quarantine", "redrive", "undeliverable",
    "undelivered",
))
"""Words that say that a queue keeps what could not be processed."""
BRIEF_WORDS = frozenset((
    "cache", "cart", "click", "connection", "dedup", "deduplication", "draft", "idempotency",
    "idempotent", "lease", "limit", "limiter", "lock", "nonce", "otp", "quote", "ratelimit",
    "seen", "session", "throttle", "throttling", "token", "view",
))
"""Words that say that a table keeps what is meant to expire."""
_OTHER_THINGS = frozenset((
    "allowlist", "blocklist", "catalog", "catalogue", "config", "configuration", "currency",
    "denylist", "event", "exchange", "feature", "flag", "hold", "inbox", "login", "message",
    "model", "rate", "setting", "sort", "template", "tenant",
))
"""Words that say that a table keeps something else than orders, if nothing in its name does."""
_OF_CARS = frozenset((
    "battery", "charger", "connector", "ev", "level", "ocpp", "point", "session", "station",
    "vehicle",
))
_LOOK_ALIKES: Mapping[str, frozenset[str]] = {
    "billing": frozenset(("budget", "cost", "estimate")),
    "booking": frozenset(("hold", "slot")),
    "capture": frozenset((
        "audio", "camera", "carbon", "cdc", "change", "data", "exposure", "form", "frame", "image",
        "lead", "metadata", "motion", "network", "packet", "pcap", "photo", "scene", "screen",
        "screenshot", "snapshot", "sound", "text", "traffic", "video", "voice", "web", "webcam",
    )),
    "charge": _OF_CARS,
    "charging": _OF_CARS,
    "checkout": frozenset((
        "branch", "code", "commit", "git", "library", "repo", "repository", "sha", "source", "svn",
        "view",
    )),
    "deposit": frozenset(("bucket", "document", "file", "mineral", "upload")),
    "donation": frozenset(("blood", "organ")),
    "invoice": frozenset((
        "label", "ocr", "print", "printer", "scan", "scanner", "textract", "upload",
    )),
    "order": frozenset((
        "by", "column", "display", "label", "menu", "render", "rendering", "sort", "sorted",
        "sorting", "stacking", "tab",
    )),
    "ordering": frozenset(("column", "display", "menu", "sort", "sorted", "sorting", "tab")),
    "pay": frozenset(("grade", "load", "scale", "slip", "wall")),
    "payment": frozenset(("completed", "succeeded")),
    "refund": frozenset(("completed", "issued", "succeeded")),
    "reservation": frozenset((
        "address", "capacity", "concurrency", "dhcp", "instance", "ip", "lambda", "memory",
    )),
    "stripe": frozenset(("barcode", "fabric", "noise", "pattern", "texture", "zebra")),
    "transfer": frozenset((
        "bucket", "call", "data", "dns", "domain", "file", "ftp", "heat", "image", "inventory",
        "knowledge", "learning", "object", "patient", "session", "sftp", "state", "stock",
        "student", "style", "upload",
    )),
}
"""Words that mean something else beside one of these."""
_AROUND = (
    "api", "capture", "command", "consumer", "create", "event", "fifo", "function", "handler",
    "job", "lambda", "new", "place", "process", "processing", "processor", "queue", "request",
    "service", "submit", "svc", "table", "topic", "worker",
    *TELLING_WORDS, *FAILURE_WORDS, *sorted(PAYMENT_WORDS), *sorted(ORDER_WORDS),
)
"""Words that names in small letters are put together with."""
# fmt: on
_SHORTEST_INNER = min(map(len, PAYMENT_WORDS | ORDER_WORDS))


def words(*texts: Value) -> frozenset[str]:
    """The words of names in camel, kebab or snake case: lower case, a final ``s`` dropped.

    What a template does not say is called as it is written: by its parameter or its export.

    >>> sorted(words("chargeOrders", "paymentqueue"))
    ['charge', 'order', 'payment', 'queue']
    """
    found: set[str] = set()
    for text in texts:
        if isinstance(text, str | Text | Unknown):
            for word in _WORD.findall(_SPLIT_NAME.sub(_joined, str(text)[:LONGEST_NAME])):
                found.update(_taken_apart(_singular(word.lower())))
    return frozenset(found)


def _joined(split: re.Match[str]) -> str:
    return "".join(filter(str.isalpha, split.group())).capitalize()


def _singular(word: str) -> str:
    return word if word.endswith(("ss", "us")) else word.removesuffix("s")


@lru_cache(maxsize=4096)
def _taken_apart(word: str) -> tuple[str, ...]:
    """``payment`` and ``queue`` of ``paymentqueue``; a word that is not put together so, alone."""
    known = PAYMENT_WORDS | ORDER_WORDS
    if word in known:
        return (word,)
    for around in _AROUND:
        for inner in (word.removesuffix(around), word.removeprefix(around)):
            inner = _singular(inner)
            if inner != word and len(inner) >= _SHORTEST_INNER:
                parts = _taken_apart(inner)
                if known.intersection(parts):
                    return (*parts, around)
    return (word,)


def tells(found: frozenset[str]) -> bool:
    """Whether words say that something is told, shown, counted or kept."""
    return bool(found & TELLING_WORDS)


def keeps_failures(found: frozenset[str]) -> bool:
    """Whether words say that a queue keeps what could not be processed."""
    return bool(found & FAILURE_WORDS)


def speaks_of_payment(found: frozenset[str]) -> bool:
    """Whether words say that money is taken or given, and not merely looked at or told about."""
    return bool(payment_words(found)) and not found & (TELLING_WORDS | _ABOUT_WORDS)


def speaks_of_orders(found: frozenset[str]) -> bool:
    """Whether words say that orders or payments are processed, not merely looked at or told."""
    return keeps_orders(found) and not found & _ABOUT_WORDS


def keeps_orders(found: frozenset[str]) -> bool:
    """Whether words of a table say that it keeps orders or payments."""
    named = found & (PAYMENT_WORDS | ORDER_WORDS)
    return bool(named - other_meanings(found)) and not tells(found)


def keeps_other_things(found: frozenset[str]) -> bool:
    """Whether words of a table say that it keeps something else than orders or payments."""
    return tells(found) or bool(found & _OTHER_THINGS)


def payment_words(found: frozenset[str]) -> frozenset[str]:
    """The words that say that money is taken or given, and mean what they seem to mean."""
    return (found & PAYMENT_WORDS) - other_meanings(found)


def other_meanings(found: frozenset[str]) -> frozenset[str]:
    """The words to which the others give another meaning: ``capture`` beside ``screen``.

    >>> sorted(other_meanings(words("ScreenCaptureOrders")))
    ['capture']
    """
    return frozenset(word for word in found if found & _LOOK_ALIKES.get(word, frozenset()))
