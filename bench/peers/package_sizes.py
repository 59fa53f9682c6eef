"""Print, as JSON, the bytes of installed distributions without bytecode, by name."""

import json
import sys
from importlib.metadata import files


def installed_bytes(distribution: str) -> int:
    """Bytes of the files that a package brings into a deployment."""
    return sum(
        file.locate().stat().st_size  # type: ignore[attr-defined]
        for file in files(distribution) or ()
        if file.suffix != ".pyc" and "bin" not in file.parts
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: installed_bytes(name) for name in sys.argv[1:]}) + "\n")
