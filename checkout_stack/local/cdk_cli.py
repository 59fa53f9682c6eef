"""The real CDK CLI, pinned by ``package-lock.json``, against the local AWS."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from checkout_stack.local.aws import ACCOUNT, REGION, LocalAws
from checkout_stack.local.messages import Progress
from checkout_stack.local.places import Places
from checkout_stack.local.problem import LocalRunProblem
from checkout_stack.local.processes import Children

STAMP = ".made-from"


def install_cdk_cli(places: Places, children: Children, progress: Progress) -> None:
    """Install the CDK CLI into ``node_modules`` unless what is there is whole and current."""
    _check_node(places)
    wanted = hashlib.sha256((places.root / "package-lock.json").read_bytes()).hexdigest()
    stamp = places.root / "node_modules" / STAMP
    if stamp.exists() and stamp.read_text() == wanted and places.cdk_cli.exists():
        return
    stamp.unlink(missing_ok=True)
    progress.say("installing the CDK CLI")
    children.run(
        "npm ci",
        [str(places.programs / "npm"), "ci", "--no-audit", "--no-fund"],
        environment=_own_environment(places),
        directory=places.root,
    )
    stamp.write_text(wanted)


class CdkCli:
    """The CDK CLI with the local AWS as its only account."""

    def __init__(self, places: Places, run_directory: Path, children: Children) -> None:
        self._places = places
        self._run_directory = run_directory
        self._children = children

    @property
    def assembly(self) -> Path:
        """The synthesized cloud assembly."""
        return self._run_directory / "cdk.out"

    def synthesize(
        self, app: str, context: Mapping[str, str], *, directory: Path | None = None
    ) -> None:
        """Synthesize the app that a command runs, in a directory; needs no account.

        Without a directory, in the repository's root, whose cdk.json has the feature flags that
        production uses.
        """
        settings = [f"--context={name}={value}" for name, value in context.items()]
        arguments = ["synth", "--quiet", "--app", app, "--output", str(self.assembly)]
        self._run("cdk synth", *arguments, *settings, directory=directory)

    def bootstrap(self, aws: LocalAws) -> None:
        """Prepare the account, as a person does once for a real one; needs no app."""
        output = self._run_directory / "bootstrap.out"
        arguments = ["bootstrap", f"aws://{ACCOUNT}/{REGION}", "--output", str(output)]
        self._run("cdk bootstrap", *arguments, aws=aws, directory=self._run_directory)

    def deploy(self, stacks: Sequence[str], aws: LocalAws) -> dict[str, dict[str, str]]:
        """Deploy stacks of what was synthesized, side by side; returns the outputs of each."""
        outputs = self._run_directory / "outputs.json"
        arguments = ["deploy", *stacks, "--app", str(self.assembly)]
        arguments += ["--require-approval", "never", "--outputs-file", str(outputs)]
        arguments += ["--concurrency", str(len(stacks))]
        self._run("cdk deploy", *arguments, aws=aws)
        told = json.loads(outputs.read_text())
        return {stack: dict(told[stack]) for stack in stacks}

    def _run(
        self,
        name: str,
        *arguments: str,
        aws: LocalAws | None = None,
        directory: Path | None = None,
    ) -> None:
        environment = _own_environment(self._places)
        environment |= aws.environment() if aws else {}
        command = [str(self._places.programs / "node"), str(self._places.cdk_cli), *arguments]
        self._children.run(
            name,
            [*command, "--ci", "--no-notices"],
            environment=environment,
            directory=directory or self._places.root,
        )


def _own_environment(places: Places) -> dict[str, str]:
    """This environment, without AWS settings, and with our node first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "PATH": f"{places.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CDK_HOME": str(places.state / "cdk-home"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }


def _check_node(places: Places) -> None:
    if not (places.programs / "node").exists():
        raise LocalRunProblem(
            f"node is not in {places.programs}: use the environment that `make run` makes "
            "(.venv/bin/checkout), which has it from requirements.txt"
        )
