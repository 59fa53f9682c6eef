"""Deploy the stacks of an app to the local AWS by CloudFormation, without what it cannot do."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from checkout_stack.local.aws import ACCOUNT, REGION, LocalAws
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.own_app.assembly import AppStack, FileAsset, Template
from checkout_stack.local.own_app.left_out import cannot_do, needed_by_checkouts, without
from checkout_stack.local.own_app.local_template import LocalPlaces, local_template

SECONDS_TO_DEPLOY = 300.0
TRIES = 30
"""Resources that one stack may lose because the local AWS refuses them, before it is an error."""
POLL_SECONDS = 0.2
LONGEST_REASON = 500
"""Characters: some refusals repeat the whole template."""
TEMPLATES = "checkout-local-templates"
"""A bucket."""


@dataclass
class AppDeployment:
    """Deploys stacks one after the other, and tells what is left out of each."""

    run: LocalRun
    aws: LocalAws
    places: LocalPlaces
    supported: Collection[str]
    """Resource types that the local AWS knows."""

    _published: set[tuple[str, str]] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)

    def deploy(self, stacks: list[AppStack]) -> None:
        """Deploy stacks in the order given.

        :raises LocalRunError: if one cannot be deployed even without what is left out.
        """
        exported = {
            _in_the_account(name, stack.environment)
            for stack in stacks
            for name in _exports(stack.template)
        }
        for stack in stacks:
            with self.run.progress.step(f"stack {stack.name}"):
                self._deploy(stack, exported)

    def _deploy(self, stack: AppStack, exported: Collection[str]) -> None:
        say = partial(self._say, stack.name)
        localize = partial(local_template, places=self.places, environment=stack.environment)
        template = localize(stack.template, say=say)
        left_out = cannot_do(template, self.supported)
        for line in _left_out_lines(template, left_out):
            say(line)
        nested = {
            source: without(each, cannot_do(each, self.supported), exported)
            for source, each in (
                (source, localize(template, say=say)) for source, template in stack.nested.items()
            )
        }
        for asset in stack.assets:
            self._publish(asset, nested, stack.environment)
        needed = needed_by_checkouts(template)
        gone = set(left_out)
        for number in range(TRIES):
            refusal = self._create(stack.name, number, without(template, gone, exported))
            if refusal is None:
                return
            if refusal.logical_id not in template["Resources"] or refusal.logical_id in needed:
                break
            gone.add(refusal.logical_id)
            say(f"{refusal.logical_id} is left out: {refusal.reason}")
        assert refusal is not None
        raise LocalRunError(
            f"stack {stack.name} cannot be deployed to the local AWS: "
            f"{refusal.logical_id}: {refusal.reason}"
        )

    def _say(self, stack: str, line: str) -> None:
        said = f"{stack}: {line}"
        if said not in self._said:  # what several functions have in common is said once
            self._said.add(said)
            self.run.progress.say(said)

    def _publish(self, asset: FileAsset, nested: Mapping[Path, Template], environment: str) -> None:
        places = (asset.bucket, asset.key)
        bucket, key = (_in_the_account(each, environment) for each in places)
        if (bucket, key) in self._published or asset.source.name.endswith(".template.json") != (
            asset.source in nested
        ):
            return
        if asset.source in nested:
            content = json.dumps(nested[asset.source]).encode()
        else:
            content = _zipped(asset.source) if asset.is_zipped else asset.source.read_bytes()
        self._put(bucket, key, content)

    def _put(self, bucket: str, key: str, content: bytes) -> None:
        s3 = self.aws.client("s3")
        if bucket not in {each for each, _ in self._published}:
            s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=key, Body=content)
        self._published.add((bucket, key))

    def _uploaded(self, name: str, template: Template) -> str:
        """The address of a template, which may be longer than a call may carry."""
        key = f"{name}.template.json"
        self._put(TEMPLATES, key, json.dumps(template).encode())
        return f"{self.aws.endpoint}/{TEMPLATES}/{key}"

    def _create(self, name: str, number: int, template: Template) -> _Refusal | None:
        cloudformation = self.aws.client("cloudformation")
        if number > 0:
            cloudformation.delete_stack(StackName=name)
            self._wait(name, while_in="DELETE_IN_PROGRESS")
        try:
            cloudformation.create_stack(
                StackName=name,
                TemplateURL=self._uploaded(name, template),
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
                OnFailure="DO_NOTHING",
            )
        except ClientError as problem:
            told = str(problem.response["Error"].get("Message"))
            return _Refusal("its template", told[:LONGEST_REASON])
        status = self._wait(name, while_in="CREATE_IN_PROGRESS")
        if status == "CREATE_COMPLETE":
            return None
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return _first_refusal(name, events, status)

    def _wait(self, name: str, while_in: str) -> str:
        cloudformation = self.aws.client("cloudformation")
        deadline = time.monotonic() + SECONDS_TO_DEPLOY
        while time.monotonic() < deadline:
            try:
                [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
            except (ClientError, ValueError):
                return "gone"
            status = str(stack["StackStatus"])
            if status not in (while_in, "ROLLBACK_IN_PROGRESS"):
                return status
            time.sleep(POLL_SECONDS)
        raise LocalRunError(f"stack {name} is {while_in} for {SECONDS_TO_DEPLOY:.0f} s")


@dataclass(frozen=True)
class _Refusal:
    logical_id: str
    reason: str


def _left_out_lines(template: Template, left_out: Mapping[str, str]) -> Iterator[str]:
    """A line for each reason, with the resources: by name, or by number where they are many."""
    named: dict[str, dict[str, list[str]]] = {}
    for logical_id, reason in left_out.items():
        if reason:
            kind = template["Resources"][logical_id]["Type"]
            named.setdefault(reason, {}).setdefault(kind, []).append(logical_id)
    for reason, kinds in named.items():
        told = (
            f"{ids[0] if len(ids) == 1 else len(ids)} ({kind})"
            for kind, ids in sorted(kinds.items())
        )
        yield f"left out, as {reason}: {', '.join(told)}"


def _first_refusal(name: str, events: list[dict[str, Any]], status: str) -> _Refusal:
    failed = [
        each
        for each in events
        if each.get("ResourceStatus", "").endswith("_FAILED")
        and each["LogicalResourceId"] != name
        and "cancelled" not in each.get("ResourceStatusReason", "").lower()
    ]
    failed.sort(key=lambda each: each["Timestamp"])
    for each in failed:
        return _Refusal(each["LogicalResourceId"], each.get("ResourceStatusReason", status))
    reasons = [each["ResourceStatusReason"] for each in events if each.get("ResourceStatusReason")]
    return _Refusal("the stack", reasons[0] if reasons else status)


def _exports(template: Template) -> Iterator[str]:
    for output in template.get("Outputs", {}).values():
        name = output.get("Export", {}).get("Name")
        if isinstance(name, str):
            yield name


def _in_the_account(text: str, environment: str) -> str:
    account, _, region = environment.removeprefix("aws://").partition("/")
    for given, local in ((account, ACCOUNT), (region, REGION)):
        if given and not given.startswith("unknown-"):
            text = text.replace(given, local)
    for given, local in (("AccountId", ACCOUNT), ("Region", REGION), ("Partition", "aws")):
        text = text.replace(f"${{AWS::{given}}}", local)
    return text


def _zipped(folder: Path) -> bytes:
    if folder.is_file():
        return folder.read_bytes()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return content.getvalue()
