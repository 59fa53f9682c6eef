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
        from checkout_stack.local import ports

        ports._cannot_listen = lambda _port: stay("ports")  # type: ignore[assignment]

    def environment(self) -> None:
        """An installer at work; the interrupt comes while the run waits for it."""
        from checkout_stack.local import environment, ministack

        def make_environment(*_: object, starting: Any, **__: object) -> None:
            watch = threading.Thread(target=self.wait_for_work, args=["environment"], daemon=True)
            watch.start()
            environment._run(self.work(), starting, hint="none")

        ministack.make_environment = make_environment  # type: ignore[assignment]

    def synth(self) -> None:
        """Synthesis goes on beside the start of the local AWS, in another thread."""
        from checkout_stack.local import local_checkout

        def synthesize(cdk: Any, *_: object) -> None:
            cdk._children.run(
                "cdk synth", self.work(), environment=os.environ, directory=self.directory
            )

        self._nothing_to_make()
        local_checkout.CdkCli.synthesize = synthesize  # type: ignore[assignment, method-assign]
        local_checkout.start_ministack = lambda *_: self.wait_for_work("synth")  # type: ignore[assignment]

    def deploy(self) -> None:
        from checkout_stack.local import local_checkout

        def deploy(cdk: Any, *_: object) -> None:
            watch = threading.Thread(target=self.wait_for_work, args=["deploy"], daemon=True)
            watch.start()
            cdk._children.run(
                "cdk deploy", self.work(), environment=os.environ, directory=self.directory
            )

        self._nothing_to_make()
        cdk: Any = local_checkout.CdkCli
        cdk.synthesize, cdk.bootstrap, cdk.deploy = (lambda *_: None), (lambda *_: None), deploy
        local_checkout.start_ministack = lambda *_: (None, None)  # type: ignore[assignment, return-value]
        local_checkout.PaymentServiceProcess.start = lambda _: None  # type: ignore[method-assign]

    def waiting(self) -> None:
        """Everything is up."""
        from checkout_stack.local import commands, local_checkout

        def bring_up(_places: Any, directory: Path, _ports: Any, children: Any, *_: Any) -> Any:
            children.start(
                "MiniStack", self.work(), environment=os.environ, directory=self.directory
            )
            checked = lambda: children.check_running("MiniStack")  # noqa: E731
            return [SimpleNamespace(check_running=checked)]

        @contextmanager
        def shop(*_: object) -> Iterator[str]:
            yield "http://shop/"

        local_checkout._bring_up = bring_up  # type: ignore[assignment]
        commands.shop_in_front_of = shop  # type: ignore[assignment]
        commands.print_addresses = lambda *_: self.wait_for_work("waiting")  # type: ignore[assignment]

    def _nothing_to_make(self) -> None:
        from checkout_stack.local import local_checkout

        local_checkout.make_ministack_environment = lambda *_: Path(sys.executable)  # type: ignore[assignment]
        local_checkout.install_cdk_cli = lambda *_: None  # type: ignore[assignment]


def main(moment: str, directory: str) -> None:
    """Run ``checkout local serve`` up to a moment."""
    if moment == "import":
        sys.meta_path.insert(0, StaysAtImport())  # type: ignore[arg-type]
    else:
        from checkout_stack.local.places import Places

        getattr(Moments(Path(directory)), moment)()
        Places.runs = property(lambda _: Path(directory) / "runs")  # type: ignore[assignment, method-assign]
    from checkout_stack.cli import main as checkout

    checkout(["local", "serve", "--api-port", "1"] if moment == "ports" else ["local", "serve"])


if __name__ == "__main__":
    main(*sys.argv[1:])
