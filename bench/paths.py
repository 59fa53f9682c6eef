"""Where things of the bench are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The clone of the repository."""
STATE = ROOT / ".local"
"""What may be left behind between runs; not in version control."""
