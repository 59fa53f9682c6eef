"""``checkout local serve`` that stays at one moment of its run, for a test that interrupts it.

Everything but the moment's own work is the real thing. It prints ``at MOMENT``, and the number of
each process that must not be left running.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# Starts a process of its own, as installers do, says which they are, and waits.
LONG_WORK = """
import os, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", sys.argv[1]])
open(sys.argv[2], "w").write(f"{os.getpid()} {other.pid}")
time.sleep(60)
"""


def stay(moment: str, *numbers: str) -> None:
    """Say where it is, and wait to be interrupted."""
    sys.stdout.write(f"{' '.join(['at', moment, *numbers])}\n")
    sys.stdout.flush()
    time.sleep(60)


class StaysAtImport:
    """An import of the commands that takes long."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "checkout_stack.local.commands":
            stay("import")


def module(name: str) -> Any:
    """A module of the local run, in which anything may be replaced."""
    return import_module(f"checkout_stack.local.{name}")


class Moments:
    """What is put in the place of the real work, so that the run stays at a moment."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.noted = directory / "noted"

    def work(self) -> list[str]:
        """A program that works long and notes itself and what it started."""
        return [sys.executable, "-c", LONG_WORK, str(self.directory), str(self.noted)]

    def wait_for_work(self, moment: str) -> None:
        while not (self.noted.exists() and self.noted.read_text().count(" ")):
            time.sleep(0.01)
        stay(moment, *self.noted.read_text().split())

    def ports(self) -> None:
        module("ports")._cannot_listen = lambda _port: stay("ports")

    def environment(self) -> None:
        """An installer at work; the interrupt comes while the run waits for it."""

        def make_environment(*_: object, starting: Any, **__: object) -> None:
            watch = threading.Thread(target=self.wait_for_work, args=["environment"], daemon=True)
            watch.start()
            module("environment").run_program(self.work(), starting=starting)

        module("ministack").make_environment = make_environment

    def synth(self) -> None:
        """Synthesis goes on beside the start of the local AWS, in another thread."""

        def synthesize(cdk: Any, *_: object) -> None:
            cdk._run.processes.run(
                "cdk synth", self.work(), environment=os.environ, directory=self.directory
            )

        self._nothing_to_make()
        module("local_checkout").CdkCli.synthesize = synthesize
        module("local_checkout").start_ministack = lambda *_: self.wait_for_work("synth")

    def deploy(self) -> None:
        def deploy(cdk: Any, *_: object) -> None:
            watch = threading.Thread(target=self.wait_for_work, args=["deploy"], daemon=True)
            watch.start()
            cdk._run.processes.run(
                "cdk deploy", self.work(), environment=os.environ, directory=self.directory
            )

        self._nothing_to_make()
        cdk = module("local_checkout").CdkCli
        cdk.synthesize, cdk.bootstrap, cdk.deploy = (lambda *_: None), (lambda *_: None), deploy
        module("local_checkout").start_ministack = lambda *_: None
        module("local_checkout").PaymentServiceProcess.start = lambda _: None

    def waiting(self) -> None:
        """Everything is up."""

        def bring_up(run: Any, _deployments: Any) -> Any:
            run.processes.start(
                "MiniStack", self.work(), environment=os.environ, directory=self.directory
            )
            checked = lambda: run.processes.check_running("MiniStack")  # noqa: E731
            return [SimpleNamespace(check_running=checked, outputs={}, aws=None)]

        @contextmanager
        def serving(*_: object) -> Iterator[Any]:
            yield SimpleNamespace(address="http://shop/")

        module("commands").bring_up = bring_up
        module("commands").Shop.of = lambda _: None
        module("commands").serving = module("staying_up").shell_variables = serving
        for tail in ("OrderTail", "EventTail"):
            setattr(module("staying_up"), tail, lambda *_: SimpleNamespace(look=lambda: None))
        module("staying_up").print_addresses = lambda *_: self.wait_for_work("waiting")

    def _nothing_to_make(self) -> None:
        module("local_checkout").make_ministack_environment = lambda *_: Path(sys.executable)
        module("local_checkout").install_cdk_cli = lambda *_: None


def main(moment: str, directory: str) -> None:
    """Run ``checkout local serve`` up to a moment."""
    if moment == "import":
        sys.meta_path.insert(0, StaysAtImport())
    else:
        getattr(Moments(Path(directory)), moment)()
        module("local_run").Paths.runs = property(lambda _: Path(directory) / "runs")
    from checkout_stack.cli import main as checkout

    checkout(["local", "serve", "--api-port", "1"] if moment == "ports" else ["local", "serve"])


if __name__ == "__main__":
    main(*sys.argv[1:])
