"""Why no figure can be given."""

__all__ = ["BenchProblem"]


class BenchProblem(Exception):
    """Something broke; the message says what, and what to do. A missed goal is none of these."""
