"""Loading the user's payment module: a service that can be asked, or an error that says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout_runtime.adapters.payment_module import (
    PaymentModuleError,
    PaymentServiceSetup,
    load_payment_service,
)

SETUP = PaymentServiceSetup(timeout_seconds=5, secrets={})


@pytest.fixture(autouse=True)
def on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))


def written(tmp_path: Path, name: str, code: str) -> str:
    (tmp_path / f"{name}.py").write_text(code)
    return f"{name}:make"


def test_the_function_makes_the_service_of_what_the_construct_was_given(tmp_path: Path) -> None:
    code = "class S:\n  charge = None\ndef make(setup):\n  S.charge = lambda o: setup\n  return S"
    service = load_payment_service(written(tmp_path, "pay_good", code), SETUP)
    assert service.charge("order") is SETUP


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pay_syntax", "def make(:"),
        ("pay_import", "import no_such_module_anywhere"),
        ("pay_nothing", ""),
        ("pay_no_function", "make = 1"),
        ("pay_raises", "def make(setup): raise KeyError('x')"),
        ("pay_exits", "import sys\nsys.exit(0)"),
        ("pay_exits_later", "def make(setup): raise SystemExit"),
    ],
)
def test_a_module_that_makes_no_service_is_named(name: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(PaymentModuleError, match=f"{name}:make made no payment service"):
        load_payment_service(written(tmp_path, name, code), SETUP)


def test_a_service_that_lacks_what_was_declared_is_refused(tmp_path: Path) -> None:
    factory = written(
        tmp_path, "pay_less", "class S:\n  def charge(self, o): ...\nmake = lambda s: S()"
    )
    load_payment_service(factory, SETUP, ["charge"])
    with pytest.raises(PaymentModuleError, match=r"without look_up, cancel.*can_look_up=False"):
        load_payment_service(factory, SETUP, ["charge", "look_up", "cancel"])
