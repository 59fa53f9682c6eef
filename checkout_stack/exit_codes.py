"""Exit codes that every command of ``checkout`` has."""

from __future__ import annotations

#: Of what Ctrl-C stopped: 128 and the number of SIGINT, as shells have it.
STOPPED = 130
