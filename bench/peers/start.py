"""Get ready to handle the first event, and print how long that took, in milliseconds.

Run by path in a fresh isolated process: ``start.py SUBJECT ASSET SERVICE...``. The runtime's own
modules are imported before the clock starts, as in Lambda.
"""

import sys
import time

import awslambdaric.bootstrap  # type: ignore[import-untyped]  # noqa: F401

FACTORIES = {
    "audit_charges": "_audit_charges",
    "cancel_order": "_cancel_order",
    "capture_order": "_capture_order",
    "find_order": "_read_order",
    "get_order": "_read_order",
    "place_order": "_place_order",
    "process_payments": "_process_payments",
    "receive_webhook": "_follow_hint",
    "reconcile_orders": "_reconcile_orders",
    "refunds": "_place_refund",
    "relay_orders": "_relay_orders",
    "resume_payment": "_resume_payment",
    "start_payment_attempt": "_start_payment_attempt",
}
"""What our handlers build at their first event; no call is made in it."""


def ours(handler: str) -> None:
    """One of our handlers, with everything that its first event would build."""
    import importlib

    module = importlib.import_module(f"checkout_runtime.handlers.{handler}")
    getattr(module, FACTORIES[handler])()


def boto3_clients(services: list[str]) -> None:
    """Bare boto3 clients, and nothing that uses them."""
    import boto3

    for service in services:
        boto3.client(service)  # type: ignore[call-overload]


def botocore_clients(services: list[str]) -> None:
    """The same without boto3, all of one session."""
    import botocore.session

    session = botocore.session.get_session()
    for service in services:
        session.create_client(service)


def powertools(services: list[str]) -> None:
    """Powertools: idempotency, and batches where messages are consumed; one client a service."""
    import boto3
    from aws_lambda_powertools.utilities.idempotency import (  # type: ignore[import-not-found]
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        idempotent,
    )

    clients = {
        service: boto3.client(service)  # type: ignore[call-overload]
        for service in dict.fromkeys(["dynamodb", *services])
    }
    layer = DynamoDBPersistenceLayer("idempotency", boto3_client=clients["dynamodb"])
    idempotent(lambda event, _: event, config=IdempotencyConfig(), persistence_store=layer)
    if "sqs" in services:
        from aws_lambda_powertools.utilities.batch import (  # type: ignore[import-not-found]
            SqsFifoPartialProcessor,
        )

        SqsFifoPartialProcessor()


def powertools_and_tracer(services: list[str]) -> None:
    """The same, traced: X-Ray's SDK patches what it finds."""
    from aws_lambda_powertools import Tracer  # type: ignore[import-not-found]

    Tracer()
    powertools(services)


def durable_execution(services: list[str]) -> None:
    """A durable function: the SDK's own client, and those of the services but the queue."""
    import boto3
    from aws_durable_execution_sdk_python import (  # type: ignore[import-not-found]
        durable_execution as durable,
    )
    from aws_durable_execution_sdk_python.lambda_service import (  # type: ignore[import-not-found]
        LambdaClient,
    )

    durable(lambda event, _: event)
    LambdaClient.initialize_client()
    for service in services:
        if service != "sqs":
            boto3.client(service)  # type: ignore[call-overload]


if __name__ == "__main__":
    subject, asset, *wanted = sys.argv[1:]
    begun, begun_cpu = time.perf_counter_ns(), time.process_time_ns()
    if subject in FACTORIES:
        sys.path.insert(0, asset)
        ours(subject)
    else:
        globals()[subject](wanted)
    wall, cpu = time.perf_counter_ns() - begun, time.process_time_ns() - begun_cpu
    sys.stdout.write(f"{wall / 1e6} {cpu / 1e6}\n")
