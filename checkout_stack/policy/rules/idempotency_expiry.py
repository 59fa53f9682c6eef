"""What recognises a repeated message is kept as long as the message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from checkout_stack.policy.rules.judging import Verdict, agreed, judge_each, judged, number, shown
from checkout_stack.policy.rules.queues import DEFAULT_RETENTION_SECONDS
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, possibilities, whole_number
from checkout_stack.policy.workload.recognition import variables_of
from checkout_stack.policy.workload.workload import Workload

_NAME = re.compile(r"IDEMPOTEN|DEDUP", re.I)
_TIME = re.compile(r"TTL|EXPIR|RETENTION|SECONDS|MINUTES|HOURS|DAYS", re.I)
_OTHER_TIME = re.compile(r"LOCK|LEASE|PROGRESS|CACHE|LOCAL|MEMORY|ATTR|FIELD|COLUMN|NAME", re.I)
"""How long one try may take, what is kept in memory, or how an attribute is called."""
_RECORD_TIME = re.compile(r"(RECORD_?)?(TTL|EXPIR[A-Z]*)(_|$)", re.I)
"""A time without a noun of its own is that of the records, if anything else speaks of them."""
_UNITS = {"MINUTE": 60, "HOUR": 3600, "DAY": 86_400}
Expiry = tuple[Resource, Resource, str, Value]
"""A queue, its consumer, the variable, and what it is worth."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each variable that tells a consumer how long it recognises what it did before."""
    return judge_each(
        _expiries(workload), _judge, otherwise="no consumer is told when to forget what it did"
    )


def _expiries(workload: Workload) -> Iterator[Expiry]:
    for queue in workload.queues:
        for reader in workload.readers_of.get(queue, ()):
            variables = variables_of(reader)
            remembers = any(map(_NAME.search, variables))
            for name, value in variables.items():
                if _OTHER_TIME.search(name):
                    continue
                is_named = _NAME.search(name) and _TIME.search(name)
                if is_named or (remembers and _RECORD_TIME.match(name)):
                    yield queue, reader, name, value


def _judge(found: Expiry) -> Judgement:
    queue, reader, name, value = found
    kept = queue.prop("MessageRetentionPeriod")
    unit = next((seconds for word, seconds in _UNITS.items() if word in name.upper()), 1)
    pairs = product(possibilities(value), possibilities(kept))
    return judged(
        agreed(
            f"{shown(value)}, against {shown(kept)}", [_outlasts(*each, unit) for each in pairs]
        ),
        reader,
        "Environment",
        "Variables",
        name,
        given=f"{name} is {shown(value)}",
        allowed=f"at least the {shown(DEFAULT_RETENTION_SECONDS if kept is None else kept)} "
        f"seconds for which {queue} keeps a message",
        fix="keep the records for longer, or messages for less",
    )


def _outlasts(expiry: Value, kept: Value, unit: int) -> Verdict:
    remembered, waits = whole_number(expiry), number(kept, DEFAULT_RETENTION_SECONDS)
    if isinstance(waits, Unknown):
        return waits
    if not isinstance(remembered, int):
        return remembered or Unknown("the time is only known once it is deployed")
    return remembered * unit >= waits


RULE = Rule(
    id="idempotency-expiry",
    title="What recognises a repeated message is kept as long as the message",
    severity=Severity.ERROR,
    why=(
        "A table of what was done tells a repeated message from a new one only as long as its "
        "record is there. A message that waits or is retried for longer than the record lives "
        "is taken for a new order, and charged again. One hour is a usual default, four days "
        "are how long SQS keeps a message."
    ),
    source="https://docs.aws.amazon.com/wellarchitected/latest/framework/rel04-bp04.html",
    fix_cdk='charge.add_environment("IDEMPOTENCY_TTL_SECONDS", str(14 * 24 * 3600))',
    fix_cloudformation='Environment:\n  Variables:\n    IDEMPOTENCY_TTL_SECONDS: "1209600"',
    check=check,
)
