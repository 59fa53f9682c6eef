"""Exit codes that every ``checkout`` command shares."""

__all__ = ["STOPPED"]

#: What Ctrl-C stopped: 128 and the number of SIGINT, as shells have it.
STOPPED = 130
