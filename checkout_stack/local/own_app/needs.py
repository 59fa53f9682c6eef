"""What an own app's local run needs of this machine beyond the wheel."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec

from checkout_stack.local.messages import LocalRunError

INSTALL = 'pip install "idempotent-checkout[local]"'


def check_needs() -> None:
    """Make sure that everything is here.

    :raises LocalRunError: if something is not; the message says in one line what to install.
    """
    if os.name != "posix":
        raise LocalRunError(
            "checkout local needs Linux or macOS, as it ends processes by their group: on Windows "
            "use it in WSL"
        )
    missing = [name for name in ("psutil",) if find_spec(name) is None]
    if shutil.which("uv", path=f"{sys.prefix}/bin") is None:
        missing.append("uv")
    if missing:
        raise LocalRunError(f"checkout local needs {' and '.join(missing)}: {INSTALL}")
