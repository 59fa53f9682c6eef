"""``python -m bench.stubs [CERTIFICATE]``: serve until standard input ends, as with the parent."""

import asyncio
import os
import sys
import threading
from pathlib import Path

from bench.stubs.server import Stubs, serve


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(serve(Stubs(), *map(Path, sys.argv[1:])))
