"""A release in the middle of a run is a changed asset under another hash."""

from __future__ import annotations

from pathlib import Path

from checkout_stack.local.chaos.next_version import RUNTIME, make_next_version

HASH = "a" * 64


def assembly(place: Path) -> Path:
    code = place / f"asset.{HASH}" / RUNTIME
    code.parent.mkdir(parents=True)
    code.write_text('"""The code."""\n')
    (place / "asset.other").mkdir()
    (place / "Stack.assets.json").write_text(f'{{"files": {{"{HASH}": "asset.{HASH}"}}}}')
    (place / "Stack.template.json").write_text(f'{{"S3Key": "{HASH}.zip"}}')
    return place


def test_the_code_and_every_mention_of_its_hash_change(tmp_path: Path) -> None:
    assert make_next_version(assembly(tmp_path)) == 1
    [asset] = [each for each in tmp_path.glob("asset.*") if each.name != "asset.other"]
    assert asset.name != f"asset.{HASH}"
    assert "next version" in (asset / RUNTIME).read_text()
    for file in tmp_path.glob("*.json"):
        assert HASH not in file.read_text()
        assert asset.name.removeprefix("asset.") in file.read_text()


def test_an_assembly_without_the_code_is_left_alone(tmp_path: Path) -> None:
    assert make_next_version(tmp_path) == 0
