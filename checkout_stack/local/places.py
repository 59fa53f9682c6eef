"""Where the local run keeps its things: under ``.local``, which is not in version control."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from checkout_stack.local.problem import LocalRunProblem


@dataclass(frozen=True)
class Places:
    """The paths of one clone of the repository."""

    root: Path

    @classmethod
    def of_this_clone(cls) -> Places:
        """The clone that this package is installed from."""
        root = Path(__file__).resolve().parents[2]
        if not (root / "package-lock.json").exists():
            raise LocalRunProblem(
                "the local run needs a clone of the repository (package-lock.json is not beside "
                f"the package in {root}): clone it and use `make run` there"
            )
        return cls(root)

    @property
    def state(self) -> Path:
        """What the local run may leave behind between runs."""
        return self.root / ".local"

    @property
    def runs(self) -> Path:
        """One directory per run."""
        return self.state / "runs"

    def ministack_environment(self, python_version: str) -> Path:
        """MiniStack's own virtual environment, as it pins another botocore."""
        return self.state / f"ministack-venv-{python_version}"

    @property
    def programs(self) -> Path:
        """Where node and npm of this environment are."""
        return Path(sys.prefix) / "bin"

    @property
    def cdk_cli(self) -> Path:
        """The CDK CLI's program, for node."""
        return self.root / "node_modules" / "aws-cdk" / "bin" / "cdk"
