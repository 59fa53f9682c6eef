"""What a checkout accepts as its own properties, beside its timing and its payment service."""

from __future__ import annotations

from datetime import datetime

import aws_cdk as cdk

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.pipeline.payment_consumer import (
    BATCH_SIZE,
    FEWEST_CONCURRENT_CHARGES,
    MOST_CONCURRENT_CHARGES,
)

#: A reconciler's run queries each shard at least once; more shards than this spread no load.
MOST_UNSETTLED_INDEX_SHARDS = 1000


def checkout_requirements(
    *,
    namespace: str | None,
    concurrent_charges: int,
    max_payment_attempts: int,
    unsettled_index_shards: int,
    quarantine_before: datetime | None,
    functions: FunctionSettings | None,
    payment_consumer_settings: FunctionSettings | None,
) -> list[Requirement]:
    """Return what has to hold of the properties of a checkout that are its own."""
    token = cdk.Token.is_unresolved
    return [
        Requirement(
            holds=namespace is None or token(namespace) or bool(namespace.strip()),
            property="namespace",
            given=repr(namespace),
            allowed="text that no other checkout on the same payment account has",
            fix="leave namespace out for the default, or name the checkout",
        ),
        Requirement(
            holds=not token(concurrent_charges)
            and FEWEST_CONCURRENT_CHARGES <= concurrent_charges <= MOST_CONCURRENT_CHARGES
            and concurrent_charges % BATCH_SIZE == 0,
            property="concurrent_charges",
            given="a token" if token(concurrent_charges) else concurrent_charges,
            allowed=(
                f"a multiple of {BATCH_SIZE} from {FEWEST_CONCURRENT_CHARGES} to "
                f"{MOST_CONCURRENT_CHARGES}, known at synth: each invocation charges {BATCH_SIZE}"
            ),
            fix=f"round to a multiple of {BATCH_SIZE} in that range",
        ),
        *_settings(concurrent_charges, functions, payment_consumer_settings),
        Requirement(
            holds=token(max_payment_attempts) or max_payment_attempts >= 1,
            property="max_payment_attempts",
            given=max_payment_attempts,
            allowed="1 or more; the first attempt counts",
            fix="leave it at 5, or give 1 for no second attempt",
        ),
        Requirement(
            holds=token(unsettled_index_shards)
            or 1 <= unsettled_index_shards <= MOST_UNSETTLED_INDEX_SHARDS,
            property="unsettled_index_shards",
            given=unsettled_index_shards,
            allowed=f"1 to {MOST_UNSETTLED_INDEX_SHARDS}",
            fix="leave it at 16; raise it for more than some thousand orders a second",
        ),
        Requirement(
            holds=quarantine_before is None or quarantine_before.tzinfo is not None,
            property="quarantine_before",
            given=quarantine_before,
            allowed="a time with a time zone, or None",
            fix="give datetime(..., tzinfo=UTC)",
        ),
    ]


def _settings(
    concurrent_charges: int,
    functions: FunctionSettings | None,
    of_consumer: FunctionSettings | None,
) -> list[Requirement]:
    """Return what has to hold of the settings, each said of the property that it was given as."""
    rows = [] if functions is None else functions.requirements("functions")
    if of_consumer is not None:
        rows += of_consumer.requirements("payment_consumer_settings")
    name = "functions" if of_consumer is None else "payment_consumer_settings"
    settings = of_consumer or functions
    reserved = None if settings is None else settings.reserved_concurrency
    token = cdk.Token.is_unresolved
    needed = 0 if token(concurrent_charges) else concurrent_charges // BATCH_SIZE
    rows.append(
        Requirement(
            # Less than one is reported with the settings themselves.
            holds=reserved is None or token(reserved) or reserved < 1 or reserved >= needed,
            property=f"{name}.reserved_concurrency",
            given=reserved,
            allowed=(
                f"at least {needed}, concurrent_charges / {BATCH_SIZE}: what the mapping hands to "
                "a throttled function uses up the receives of its messages"
            ),
            fix="lower concurrent_charges, or reserve more",
        )
    )
    return rows
