"""A local AWS without a stack, a browser, and what the policy's tests measured.

The summary is printed from here, as the process that prints it collects no tests where others run
them, and so knows of no conftest further down.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import botocore.session
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_stack.local.aws import LocalAws
from checkout_stack.local.local_run import local_run
from checkout_stack.local.messages import Progress
from checkout_stack.local.ministack import make_ministack_environment, start_ministack
from checkout_stack.local.shop.chromium import (
    HOW_TO_GET_ONE,
    find_chromium,
    headless_chromium,
)
from tests.checkout_stack.policy.measurement import print_measurements
from tests.hypothesis_profiles import register_profiles
from tests.jsii_runtime import start_jsii_in_one_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser

register_profiles()
start_jsii_in_one_process()
gc.disable()
"""Until everything is collected: a fifth of that time."""


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a worker a whole file, so that what a file's tests share is made once.

    What deploys is one piece, as it shares a deployment, and the first, as it takes the longest.
    What CDK's own check judges is one piece, too.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if file in CHECKED_BY_CDK:
            return "checked by CDK"
        return "deployed" if file in DEPLOYING else file


OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Instead of Python's 700 (2,000 from 3.12 on): tests drop most of what they make at once."""

CHECKED_BY_CDK = {"tests/checkout_stack/test_app.py", "tests/examples/test_examples.py"}
"""The files whose synths have CDK's own check, which each process prepares for four seconds."""

DEPLOYING: set[str] = set()
"""The files whose tests deploy; they carry the mark ``local``."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Let workers take files, and not tests."""
    for file in (config.rootpath / "tests" / "local").rglob("test_*.py"):
        if "pytest.mark.local" in file.read_text():
            DEPLOYING.add(file.relative_to(config.rootpath).as_posix())
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what deploys."""
    items.sort(key=lambda item: item.get_closest_marker("local") is None)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was collected: thousands of tests, and all their modules."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the corpus and the mutations of the policy measured."""
    print_measurements(terminalreporter)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, one for the whole process: Playwright runs once in it."""
    program = find_chromium()
    if program is None:
        pytest.skip(HOW_TO_GET_ONE)
    with headless_chromium(program) as running:
        yield running


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """A running MiniStack."""
    with local_run(Progress()) as run, pytest.MonkeyPatch.context() as patched:
        # Each client otherwise reads the models of its service anew, in most of a test's time.
        patched.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield start_ministack(run, make_ministack_environment(run))


@pytest.fixture(scope="session")
def dynamodb(local_aws: LocalAws) -> BotocoreService:
    """Its DynamoDB."""
    return BotocoreService(local_aws.dynamodb())


@pytest.fixture(scope="session")
def order_table(dynamodb: BotocoreService) -> str:
    """A table with the keys and the index that ``checkout_stack.pipeline.order_table`` gives it."""
    dynamodb.client.create_table(
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
