"""A local AWS without a stack for the adapters' tests; and what the policy's tests measured.

The summary is printed from here, as the process that prints it collects no tests where others run
them, and so knows of no conftest further down.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import botocore.session
import pytest

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.ministack import make_ministack_environment, start_ministack
from checkout_stack.local.places import Places
from checkout_stack.local.ports import Ports
from checkout_stack.local.processes import Children
from checkout_stack.local.progress import Progress
from checkout_stack.local.run_directory import new_run_directory
from tests.checkout_stack.policy.measurement import print_measurements
from tests.hypothesis_profiles import register_profiles

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

register_profiles()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what deploys: of several workers one then has all of it, and deploys it once.

    What is last in a worker's list is taken over by a worker that has nothing left to do.
    """
    items.sort(key=lambda item: item.get_closest_marker("local") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the corpus and the mutations of the policy measured."""
    print_measurements(terminalreporter)


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """A running MiniStack."""
    places, progress = Places.of_this_clone(), Progress()
    with (
        new_run_directory(places.runs, progress.say) as directory,
        pytest.MonkeyPatch.context() as patched,
    ):
        # Each client otherwise reads the models of its service anew, in most of a test's time.
        patched.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        children = Children(directory)
        try:
            python = make_ministack_environment(places, progress)
            _, aws = start_ministack(python, directory, Ports.choose(), children)
            yield aws
        finally:
            children.stop_all()


@pytest.fixture(scope="session")
def dynamodb(local_aws: LocalAws) -> DynamoDBClient:
    """Its DynamoDB."""
    return local_aws.dynamodb()


@pytest.fixture(scope="session")
def order_table(dynamodb: DynamoDBClient) -> str:
    """A table with the keys and the index that ``checkout_stack.pipeline.order_table`` gives it."""
    dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "unsettled_shard", "AttributeType": "S"},
            {"AttributeName": "unsettled_since", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "unsettled",
                "KeySchema": [
                    {"AttributeName": "unsettled_shard", "KeyType": "HASH"},
                    {"AttributeName": "unsettled_since", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return "orders"
