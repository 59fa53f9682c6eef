"""The real CDK CLI, pinned by ``package-lock.json``, against the local AWS."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from checkout_stack.local.aws import ACCOUNT, REGION, LocalAws
from checkout_stack.local.local_run import LocalRun, Paths
from checkout_stack.local.messages import LocalRunError

STAMP = ".made-from"


def install_cdk_cli(run: LocalRun) -> None:
    """Install the CDK CLI into ``node_modules`` unless what is there is whole and current."""
    paths = run.paths
    if not (paths.programs / "node").exists():
        raise LocalRunError(
            f"node is not in {paths.programs}: use the environment that `make run` makes "
            "(.venv/bin/checkout), which has it from requirements.txt"
        )
    wanted = hashlib.sha256((paths.root / "package-lock.json").read_bytes()).hexdigest()
    stamp = paths.root / "node_modules" / STAMP
    if stamp.exists() and stamp.read_text() == wanted and paths.cdk_cli.exists():
        return
    stamp.unlink(missing_ok=True)
    run.progress.say("installing the CDK CLI")
    run.processes.run(
        "npm ci",
        [str(paths.programs / "npm"), "ci", "--no-audit", "--no-fund"],
        environment=_own_environment(paths),
        directory=paths.root,
    )
    stamp.write_text(wanted)


class CdkCli:
    """The CDK CLI with the local AWS as its only account, for one app."""

    def __init__(self, run: LocalRun, app: str = "cdk") -> None:
        self._run = run
        self._app = app

    @property
    def assembly(self) -> Path:
        """The synthesized cloud assembly."""
        return self._run.directory / f"{self._app}.out"

    def synthesize(
        self, command: str, context: Mapping[str, str], *, directory: Path | None = None
    ) -> None:
        """Synthesize the app that a command runs, in a directory; needs no account.

        Without a directory, in the repository's root, whose cdk.json has the feature flags that
        production uses.
        """
        settings = [f"--context={name}={value}" for name, value in context.items()]
        arguments = ["synth", "--quiet", "--app", command, "--output", str(self.assembly)]
        self._cdk("cdk synth", *arguments, *settings, directory=directory)

    def bootstrap(self, aws: LocalAws) -> None:
        """Prepare the account, as an operator does once for a real one; needs no app."""
        output = self._run.directory / "bootstrap.out"
        arguments = ["bootstrap", f"aws://{ACCOUNT}/{REGION}", "--output", str(output)]
        self._cdk("cdk bootstrap", *arguments, aws=aws, directory=self._run.directory)

    def deploy(self, stacks: Sequence[str], aws: LocalAws) -> dict[str, dict[str, str]]:
        """Deploy stacks of what was synthesized, side by side; returns the outputs of each."""
        file = self._run.directory / f"{self._app}-outputs.json"
        arguments = ["deploy", *stacks, "--app", str(self.assembly)]
        arguments += ["--require-approval", "never", "--outputs-file", str(file)]
        arguments += ["--concurrency", str(len(stacks))]
        self._cdk("cdk deploy", *arguments, aws=aws)
        outputs = json.loads(file.read_text())
        return {stack: dict(outputs[stack]) for stack in stacks}

    def _cdk(
        self,
        name: str,
        *arguments: str,
        aws: LocalAws | None = None,
        directory: Path | None = None,
    ) -> None:
        paths = self._run.paths
        environment = _own_environment(paths) | (aws.environment() if aws else {})
        command = [str(paths.programs / "node"), str(paths.cdk_cli), *arguments]
        self._run.processes.run(
            name,
            [*command, "--ci", "--no-notices"],
            environment=environment,
            directory=directory or paths.root,
        )


def _own_environment(paths: Paths) -> dict[str, str]:
    """This environment, without AWS settings, and with our node first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "PATH": f"{paths.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CDK_HOME": str(paths.state / "cdk-home"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }
