"""The time of day, as the process really has it."""

import time

__all__ = ["SystemClock"]


class SystemClock:
    """Wall-clock time."""

    def now(self) -> int:
        """Return milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def pause(self, seconds: float) -> None:
        """Return after so long."""
        time.sleep(seconds)
