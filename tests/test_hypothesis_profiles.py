"""A short run takes a tenth of the examples, and the same ones each time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.hypothesis_profiles import examples


@pytest.fixture(params=["long", "short"])
def profile(request: pytest.FixtureRequest) -> Iterator[str]:
    before = settings.get_current_profile_name()
    settings.load_profile(request.param)
    yield request.param
    settings.load_profile(before)


def test_the_short_profile_takes_a_tenth_and_never_none(profile: str) -> None:
    expected = {"long": (300, 1), "short": (30, 1)}
    assert (examples(300), examples(1)) == expected[profile]


def test_the_short_profile_is_the_same_each_time(profile: str) -> None:
    if profile == "short":
        assert settings().derandomize
    assert settings().database is None
