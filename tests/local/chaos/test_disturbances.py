"""A release in the middle of a run is a changed asset under another hash."""

from __future__ import annotations

from pathlib import Path

from checkout_stack.local.chaos.disturbances import make_next_version

HASH = "a" * 64


def test_the_code_and_every_mention_of_its_hash_change(tmp_path: Path) -> None:
    code = tmp_path / f"asset.{HASH}"
    for folder in (code, tmp_path / "asset.other"):
        folder.mkdir()
        (folder / "handler.py").write_text('"""The code."""\n')
    (tmp_path / "Stack.assets.json").write_text(f'{{"files": {{"{HASH}": "asset.{HASH}"}}}}')
    (tmp_path / "Stack.template.json").write_text(f'{{"S3Key": "{HASH}.zip"}}')

    make_next_version(tmp_path, code)

    [asset] = [each for each in tmp_path.glob("asset.*") if each.name != "asset.other"]
    assert asset.name != f"asset.{HASH}"
    assert sorted(each.name for each in asset.iterdir()) == ["handler.py", "next_version.txt"]
    for file in tmp_path.glob("*.json"):
        assert HASH not in file.read_text()
        assert asset.name.removeprefix("asset.") in file.read_text()
