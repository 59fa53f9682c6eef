"""The npm package in ``clients/browser``: its size, version and types, and its tests under Node."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from checkout_stack.local.shop.page_files import page_files

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "browser"
MODULE = (PACKAGE / "checkout.js").read_text()
TYPES = (PACKAGE / "checkout.d.ts").read_text()
LARGEST_GZIPPED_BYTES = 4096


def node() -> str:
    """Node of this environment, as make puts it on the path, or another one."""
    own = Path(sys.executable).with_name("node")
    found = str(own) if own.exists() else shutil.which("node")
    assert found is not None, "there is no node: `make environment` installs it"
    return found


def test_what_needs_no_browser_works_under_node() -> None:
    options = ["--test", "--test-timeout=20000", "--test-reporter=tap"]
    command = [node(), *options, str(Path(__file__).with_name("checkout.test.mjs"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert int(re.search(r"^# pass (\d+)", done.stdout, re.MULTILINE)[1]) > 20  # type: ignore[index]


def test_it_is_under_four_kilobytes_gzipped_as_it_is_published() -> None:
    assert len(gzip.compress(MODULE.encode(), 9)) < LARGEST_GZIPPED_BYTES


def test_it_needs_nothing_else() -> None:
    package = json.loads((PACKAGE / "package.json").read_text())

    assert not {"dependencies", "peerDependencies"} & package.keys()
    assert not re.findall(r"^import|import\(|require\(", MODULE, re.MULTILINE)


def test_it_has_the_version_of_the_python_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    package = json.loads((PACKAGE / "package.json").read_text())

    assert (package["name"], package["version"]) == (project["name"], project["version"])


def test_the_package_exports_files_that_it_holds() -> None:
    package = json.loads((PACKAGE / "package.json").read_text())

    assert sorted(package["files"]) == sorted(
        path.removeprefix("./") for path in package["exports"]["."].values()
    )
    assert all((PACKAGE / name).is_file() for name in package["files"])


def test_the_types_declare_what_the_module_has() -> None:
    def exported(text: str) -> list[str]:
        return re.findall(r"^export (?:async )?(?:function|class) (\w+)", text, re.MULTILINE)

    assert sorted(exported(MODULE)) == sorted(exported(TYPES))
    [options] = re.findall(r"createCheckout\(\{(.*?)\n\}\)", MODULE, re.DOTALL)
    taken = re.findall(r"^  (\w+)(?: = .*)?,$", options, re.MULTILINE)
    assert taken == members("CheckoutOptions")
    [methods] = re.findall(r"return \{ (pay.*?) \};", MODULE)
    assert methods.split(", ") == members("Checkout")


def members(interface: str) -> list[str]:
    """Names in an interface of the types, in turn."""
    [body] = re.findall(
        rf"^export interface {interface} \{{(.*?)^\}}", TYPES, re.DOTALL | re.MULTILINE
    )
    return re.findall(r"^  (\w+)\??[:(]", body, re.MULTILINE)


def test_every_default_is_documented_as_it_is() -> None:
    assert 'name = "idempotent-checkout"' in MODULE
    assert "Default: `idempotent-checkout`." in TYPES
    for option, milliseconds, said in [
        ("patience", 60_000, "60 s"),
        ("pause", 1_000, "1 s"),
        ("timeout", 20_000, "20 s"),
    ]:
        assert f"{option} = {milliseconds:_}," in MODULE
        assert re.search(rf"Default: {said}\. \*/\n  {option}\?", TYPES)


def test_the_shop_serves_it_as_it_is() -> None:
    assert page_files()["/checkout.js"].content == MODULE.encode()
