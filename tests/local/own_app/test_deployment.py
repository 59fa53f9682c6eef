"""What the local AWS refuses is left out unless a checkout needs it; then the reason is told."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.own_app.assembly import AppStack, FileAsset
from checkout_stack.local.own_app.deployment import AppDeployment
from tests.local.own_app.templates import PLACES, template

SUPPORTED = {
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::GlobalTable",
    "AWS::IAM::Role",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::SQS::Queue",
}


class FakeAws:
    """CloudFormation that refuses some resources, one a try, and S3 that keeps what it gets."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.objects: dict[tuple[str, str], bytes] = {}
        self.endpoint = "https://127.0.0.1:1"
        self.deployed: dict[str, Any] = {}
        self.deleted = 0

    def client(self, _service: str) -> FakeAws:
        return self

    def create_bucket(self, Bucket: str) -> None:  # noqa: N803
        pass

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self.objects[Bucket, Key] = Body

    def create_stack(self, StackName: str, TemplateURL: str, **_rest: object) -> None:  # noqa: N803
        bucket, key = TemplateURL.removeprefix(f"{self.endpoint}/").split("/")
        assert key.startswith(StackName)
        self.deployed = json.loads(self.objects[bucket, key])

    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        self.deployed = {}
        self.deleted += 1

    def _failing(self) -> list[str]:
        return [each for each in self.refused if each in self.deployed.get("Resources", {})]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        if not self.deployed:
            return {"Stacks": []}
        status = "CREATE_FAILED" if self._failing() else "CREATE_COMPLETE"
        return {"Stacks": [{"StackStatus": status}]}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        events = [
            {
                "LogicalResourceId": each,
                "ResourceStatus": "CREATE_FAILED",
                "ResourceStatusReason": f"no {each} here",
                "Timestamp": number,
            }
            for number, each in enumerate(self._failing())
        ]
        whole = {"LogicalResourceId": StackName, "ResourceStatus": "CREATE_FAILED", "Timestamp": 0}
        return {"StackEvents": [whole, *reversed(events)]}


class Said:
    """Progress that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def step(self, _name: str) -> Any:
        from contextlib import nullcontext

        return nullcontext()


def deploy(aws: FakeAws, *assets: FileAsset, environment: str = "aws://u/u") -> list[str]:
    """Deploy a checkout with an alarm and an archive; returns what was said."""
    said, shop = Said(), template()
    shop["Resources"]["Alarm"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}
    shop["Resources"]["GetOrder"] = copy.deepcopy(shop["Resources"]["PlaceOrder"])
    shop["Resources"]["Archive"] = {"Type": "AWS::Events::Archive", "Properties": {}}
    stack = AppStack(
        name="Shop", template=shop, nested={}, environment=environment, assets=tuple(assets)
    )
    run = cast("LocalRun", SimpleNamespace(progress=said))
    AppDeployment(run, cast("LocalAws", aws), PLACES, SUPPORTED).deploy([stack])
    return said.lines


UNKNOWN = "aws://unknown-account/unknown-region"


def test_what_it_does_not_know_is_never_sent_and_a_line_says_so() -> None:
    aws = FakeAws()

    said = deploy(aws, environment=UNKNOWN)

    assert "Archive" not in aws.deployed["Resources"]
    assert "Consumer" in aws.deployed["Resources"]
    assert [line for line in said if "Archive (AWS::Events::Archive)" in line]


def test_what_it_refuses_is_left_out_with_its_reason_and_the_stack_is_tried_again() -> None:
    aws = FakeAws("Alarm")

    said = deploy(aws, environment=UNKNOWN)

    assert "Alarm" not in aws.deployed["Resources"]
    assert aws.deleted == 1
    assert "Shop: Alarm is left out: no Alarm here" in said


def test_what_functions_have_in_common_is_said_once() -> None:
    said = deploy(FakeAws(), environment=UNKNOWN)

    assert len([line for line in said if "shop_id" in line]) == 1


def test_a_stack_without_what_its_checkout_needs_is_an_error_with_the_reason() -> None:
    with pytest.raises(LocalRunError, match=r"stack Shop cannot be deployed .* no Queue here"):
        deploy(FakeAws("Queue"), environment=UNKNOWN)


def test_code_is_where_the_template_looks_for_it_in_the_local_account(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("print()")
    asset = FileAsset(
        source=tmp_path, is_zipped=True, bucket="assets-111122223333-eu-west-1", key="1.zip"
    )
    aws = FakeAws()

    deploy(aws, asset, environment="aws://111122223333/eu-west-1")

    assert aws.objects["assets-000000000000-us-east-1", "1.zip"][:2] == b"PK"
