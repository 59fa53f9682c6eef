"""Synthesize an app by the CDK CLI: the project's own, or one that is installed for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.own_app.assembly import MANIFEST

CDK_CLI_VERSION = "2.1148.1"
"""As in ``package-lock.json``. npm's ``latest`` is another program's line of versions."""


def assembly_of(run: LocalRun, app: str, context: Sequence[str]) -> Path:
    """The cloud assembly of an app, synthesized unless ``app`` is an assembly already.

    :param app: A folder that ``cdk synth`` has written, or the command that runs the app, as
        ``--app`` of the CDK CLI takes it. It is run in the current directory, so its ``cdk.json``
        counts.
    :param context: ``name=value`` each, as ``--context`` of the CDK CLI.
    :raises LocalRunError: if there is no CDK CLI, or the app does not synthesize.
    """
    folder = Path(app)
    if (folder / MANIFEST).exists():
        return folder.resolve()
    if folder.is_dir():
        raise LocalRunError(f"{app} has no {MANIFEST}: give --app a folder that `cdk synth` wrote")
    output = run.directory / "app.out"
    command = [*_cdk(run), "synth", "--quiet", "--app", app, "--output", str(output)]
    command += [f"--context={each}" for each in context]
    run.processes.run(
        "cdk synth",
        [*command, "--ci", "--no-notices"],
        environment=_environment(run),
        directory=Path.cwd(),
    )
    return output


def _cdk(run: LocalRun) -> list[str]:
    path = _environment(run)["PATH"]
    node = shutil.which("node", path=path)
    if node is None:
        raise LocalRunError(
            "the CDK needs Node.js 22 or 24, and there is no `node` on the PATH: install it, or "
            'pip install "idempotent-checkout[local]", which brings one'
        )
    own = Path.cwd() / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if own.exists():
        return [node, str(own)]
    if on_path := shutil.which("cdk", path=path):
        return [on_path]
    return [node, str(_installed(run, path))]


def _installed(run: LocalRun, path: str) -> Path:
    folder = run.paths.state / f"cdk-cli-{CDK_CLI_VERSION}"
    program = folder / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if program.exists():
        return program
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise LocalRunError(
            "there is no `cdk` and no `npm` on the PATH: install one of them, or synthesize "
            "elsewhere and give --app the folder"
        )
    run.progress.say(f"installing the CDK CLI {CDK_CLI_VERSION}")
    being_made = run.directory / "cdk-cli"
    wanted = f"aws-cdk@{CDK_CLI_VERSION}"
    arguments = ["install", "--prefix", str(being_made), "--no-audit", "--no-fund", wanted]
    run.processes.run(
        "npm install",
        [npm, *arguments],
        environment=_environment(run),
        directory=run.directory,
    )
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(being_made, folder)  # only a whole one is found by the next run
    return program


def _environment(run: LocalRun) -> dict[str, str]:
    """The caller's environment, with the programs beside this Python on the path."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), str(run.paths.programs)))
    return {**os.environ, "PATH": path, "CDK_DISABLE_CLI_TELEMETRY": "true", "NO_COLOR": "1"}
