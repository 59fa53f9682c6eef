"""The words by which payments and orders are told from mails, reports and logs."""

from __future__ import annotations

import re

from checkout_stack.policy.template.values import Text, Value

LONGEST_NAME = 1024
"""What is longer is cut: no name of AWS is."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# fmt: off
PAYMENT_WORDS = frozenset((
    "billing", "capture", "charge", "charging", "checkout", "pay", "payer", "paying", "payment",
    "purchase", "purchasing", "settle", "settlement",
))
"""Words that say that money is taken."""
ORDER_WORDS = frozenset(("cart", "invoice", "order", "ordering"))
"""Words that say that something is bought."""
TELLING_WORDS = frozenset((
    "analytic", "archive", "archiver", "audit", "auditor", "backup", "cache", "confirmation",
    "dashboard", "email", "encode", "export", "exporter", "image", "index", "indexer", "log",
    "logger", "logging", "mail", "mailer", "metric", "newsletter", "notification", "notifier",
    "notify", "photo", "reading", "receipt", "report", "reporting", "search", "sms", "stat",
    "statistic", "telemetry", "thumbnail", "tracking", "video", "webhook",
))
"""Words that say that something is told, shown, counted or kept, which may happen twice."""
FAILURE_WORDS = frozenset((
    "dead", "dlq", "failed", "failure", "poison", "quarantine", "undelivered",
))
"""Words that say that a queue keeps what could not be processed."""
# fmt: on


def words(*texts: Value) -> frozenset[str]:
    """The words of names in camel, kebab or snake case: lower case, a final ``s`` dropped."""
    found: set[str] = set()
    for text in texts:
        if isinstance(text, str | Text):
            for word in _WORD.findall(str(text)[:LONGEST_NAME]):
                found.add(word.lower().removesuffix("s"))
    return frozenset(found)


def tells(found: frozenset[str]) -> bool:
    """Whether words say that something is told, shown, counted or kept."""
    return bool(found & TELLING_WORDS)


def keeps_failures(found: frozenset[str]) -> bool:
    """Whether words say that a queue keeps what could not be processed."""
    return bool(found & FAILURE_WORDS)


def speaks_of_payment(found: frozenset[str]) -> bool:
    """Whether words say that money is taken, and not merely told about."""
    return bool(found & PAYMENT_WORDS) and not tells(found)


def speaks_of_orders(found: frozenset[str]) -> bool:
    """Whether words say that orders or payments are processed, and not merely told about."""
    return bool(found & (PAYMENT_WORDS | ORDER_WORDS)) and not tells(found)
