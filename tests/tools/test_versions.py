"""What is claimed to work is what is tested, and what the metadata lets in."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tools.versions import NEWEST_CDK, OLDEST_CDK, PYTHONS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_oldest_cdk_that_is_tested_is_the_oldest_that_installs() -> None:
    assert f"aws-cdk-lib>={OLDEST_CDK},<3" in PROJECT["dependencies"]


def test_the_newest_cdk_that_is_tested_is_the_one_that_all_other_tests_use() -> None:
    pinned = (ROOT / "requirements.txt").read_text().splitlines()
    assert f"aws-cdk-lib=={NEWEST_CDK} \\" in pinned


def test_every_python_of_the_metadata_is_tested() -> None:
    prefix = "Programming Language :: Python :: 3."
    named = [each[-4:] for each in PROJECT["classifiers"] if each.startswith(prefix)]
    assert tuple(named) == PYTHONS


def test_the_page_claims_these_versions() -> None:
    page = (ROOT / "docs" / "operate" / "compatibility.md").read_text()
    assert f"| aws-cdk-lib | {OLDEST_CDK} | {NEWEST_CDK} |" in page
    assert f"| Python of the app | {PYTHONS[0]} | {PYTHONS[-1]} |" in page
