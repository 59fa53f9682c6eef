"""One lock, of public addresses; what is made from it is what it says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checkout_stack.local.environment import run_uv

ROOT = Path(__file__).parents[2]
EXPORT = (
    *("export", "--frozen", "--quiet", "--no-header", "--no-annotate"),
    "--no-emit-workspace",
)


def read(file: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / file).read_text())


def test_the_lock_is_that_of_the_metadata() -> None:
    run_uv(["lock", "--check", "--offline", "--quiet"])


def test_requirements_txt_is_the_lock() -> None:
    exported = (ROOT / "requirements.txt").read_text().partition("\n")[2]
    assert exported == run_uv(EXPORT), "run `make lock`"


def test_every_requirement_has_a_hash() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()[1:]
    pins = [line for line in lines if not line.startswith(" ")]
    hashes = [line for line in lines if line.startswith(" ")]
    assert pins
    assert all(re.match(r"[\w.-]+==\S+( ;.*)? \\$", line) for line in pins)
    assert all(re.match(r"    --hash=sha256:[0-9a-f]{64}( \\)?$", line) for line in hashes)


def test_the_lock_names_only_the_public_index() -> None:
    lock = (ROOT / "uv.lock").read_text()
    hosts = {urlsplit(url).hostname for url in re.findall(r'https?://[^"]+', lock)}
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_both_distributions_are_of_one_version() -> None:
    stack, runtime = read("pyproject.toml")["project"], read("lambda/pyproject.toml")["project"]
    assert stack["version"] == runtime["version"]
    assert f"{runtime['name']}=={runtime['version']}" in stack["dependencies"]


def test_make_lock_exports_with_these_options() -> None:
    assert f"EXPORT := .venv/bin/uv {' '.join(EXPORT)}" in (ROOT / "Makefile").read_text()
