"""One name for two kinds of payment service is two services."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.service_name import is_claimed_for, name_of_kind

KINDS = ("http", "custom", "stripe", "stripe:live", "stripe:test")


def test_one_name_is_another_service_at_each_kind() -> None:
    names = {name_of_kind(kind, "acme") for kind in KINDS}
    assert len(names) == len(KINDS)
    for stored in names:
        claimed_for = {
            name
            for name in names
            for is_opened in (True, False)
            if is_claimed_for(stored, name, is_opened=is_opened)
        }
        assert claimed_for == {stored}


@pytest.mark.parametrize("default", ["http:old.example.com/charges", "stripe:live"])
def test_a_default_name_can_be_given_so_that_it_stays(default: str) -> None:
    kind = "http" if default.startswith("http") else default
    assert name_of_kind(kind, default) == default


@pytest.mark.parametrize(
    "stored",
    ["http:acme", "http:old.example.com/charges", "custom:acme", "stripe:live:acme", "http"],
)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_opened", [True, False])
def test_the_name_that_a_service_had_does_not_make_another_kind_that_service(
    stored: str, kind: str, is_opened: bool
) -> None:
    name = name_of_kind(kind, stored)
    assert is_claimed_for(stored, name, is_opened=is_opened) is (name == stored)


@pytest.mark.parametrize(
    ("service", "is_opened", "is_its"),
    [
        ("http:acme", False, True),
        ("custom:acme", False, True),
        ("stripe:live:acme", True, True),
        ("stripe:test:acme", True, True),
        ("stripe:acme", True, True),
        ("stripe:live:acme", False, False),
        ("http:acme", True, False),
        ("http:other", False, False),
        ("http:acme.example.com", False, False),
    ],
)
def test_a_name_stored_without_its_kind_is_the_deployed_services_by_its_reference(
    service: str, is_opened: bool, is_its: bool
) -> None:
    assert is_claimed_for("acme", service, is_opened=is_opened) is is_its
    assert is_claimed_for(None, service, is_opened=is_opened)
