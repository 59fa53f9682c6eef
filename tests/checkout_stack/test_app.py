"""What the app acknowledges of both rule packs' findings has a reason, and is still needed.

``test_app_started_directly.py`` holds that nothing else is found.
"""

from typing import Any

import aws_cdk as cdk
import pytest

from app import example_app
from tests.checkout_stack.synthesized import findings_in

OF_OUR_POLICY = {"alarm-subscription"}


@pytest.fixture(scope="module")
def unacknowledged(
    tmp_path_factory: pytest.TempPathFactory, example_context: dict[str, Any]
) -> set[tuple[str, str]]:
    """What the packs find, as (rule, path), when nothing is acknowledged."""
    outdir = tmp_path_factory.mktemp("unacknowledged")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cdk.Validations, "acknowledge", lambda *_: None)
        app = example_app(context=example_context, outdir=str(outdir))
        with pytest.raises(RuntimeError, match="ValidationFailed"):
            app.synth()
    return findings_in(outdir)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, example_context: dict[str, Any]) -> cdk.App:
    return example_app(context=example_context, outdir=str(tmp_path_factory.mktemp("app")))


def test_the_packs_do_find_what_is_not_acknowledged_and_cdks_own_check_finds_nothing(
    unacknowledged: set[tuple[str, str]],
) -> None:
    packs = {rule.split("-")[0] for rule, _ in unacknowledged if rule not in OF_OUR_POLICY}
    assert packs == {"AwsSolutions", "PCI.DSS.321"}


def test_every_acknowledgement_has_a_reason(app: cdk.App) -> None:
    acknowledged = _acknowledged(app)
    assert acknowledged
    for path, rule, reason in acknowledged:
        assert len(reason.split()) >= 5, f"{path} {rule}: {reason!r}"


def test_every_acknowledgement_is_still_needed(
    app: cdk.App, unacknowledged: set[tuple[str, str]]
) -> None:
    for path, rule, _ in _acknowledged(app):
        name = rule.split("::", 1)[1].split("[")[0]
        needed = any(
            found.split("[")[0] == name and below.startswith(f"{path}/")
            for found, below in unacknowledged
        )
        assert needed, f"{path}: {rule}"


def test_nothing_is_acknowledged_for_a_whole_stack(app: cdk.App) -> None:
    assert all(path.count("/") >= 1 for path, _, _ in _acknowledged(app))


def _acknowledged(app: cdk.App) -> list[tuple[str, str, str]]:
    key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    return [
        (construct.node.path, rule, reason)
        for construct in app.node.find_all()
        for entry in construct.node.metadata
        if entry.type == key
        for rule, reason in entry.data.items()
    ]
