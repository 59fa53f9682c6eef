"""Another version of the functions' code: another asset under another hash, as in a release."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

RUNTIME = Path("checkout_runtime") / "__init__.py"


def make_next_version(assembly: Path) -> int:
    """Change the code asset of a cloud assembly; returns how many assets were changed."""
    changed = 0
    for asset in sorted(assembly.glob("asset.*")):
        source = asset / RUNTIME
        if not source.exists():
            continue
        before = asset.name.removeprefix("asset.")
        after = hashlib.sha256(before.encode()).hexdigest()
        source.write_text(source.read_text() + "\n# The next version.\n")
        asset.rename(assembly / f"asset.{after}")
        for file in assembly.glob("*.json"):
            text = file.read_text()
            if before in text:
                file.write_text(text.replace(before, after))
                json.loads(file.read_text())
        changed += 1
    return changed
