"""The kit passes a good adapter, and catches each broken one by the promise that it breaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.checkout_runtime.conformance.adapters_to_judge import ADAPTERS

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
JUDGED = HERE / "adapters_to_judge.py"
LAMBDA = ROOT / "lambda"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments, "-p", "no:cacheprovider", "-q"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{LAMBDA}:{ROOT}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """By adapter and test: an empty text if it passed, else why not."""
    report = tmp_path_factory.mktemp("kit") / "report.xml"
    run("pytest", str(JUDGED), f"--junitxml={report}", "--noconftest")
    found: dict[str, dict[str, str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        reasons = [*case.findall("failure"), *case.findall("error"), *case.findall("skipped")]
        why = " ".join(f"{each.tag} {each.get('message')}" for each in reasons)
        adapter = str(case.get("classname")).rpartition(".Test")[2]
        found.setdefault(adapter, {})[str(case.get("name")).removeprefix("test_")] = why
    return found


def failed(verdicts: dict[str, dict[str, str]], adapter: str) -> set[str]:
    return {test for test, why in verdicts[adapter].items() if why.startswith("failure")}


def test_a_good_adapter_keeps_every_promise_and_none_is_skipped(
    verdicts: dict[str, dict[str, str]],
) -> None:
    assert len(verdicts["Good"]) > 25
    assert set(verdicts["Good"].values()) == {""}


BROKEN = {
    "FreshKeys": "the_same_key_twice_is_one_charge_and_the_same_answer "
    "the_same_key_at_the_same_time_is_one_charge another_amount_under_an_old_key_charges_nothing "
    "a_charge_whose_answer_was_lost_is_repeated_as_one_charge",
    "OneKey": "different_keys_are_different_charges",
    "SilenceIsNo": "a_lost_answer_is_unknown a_service_that_cannot_be_reached_is_unknown "
    "an_error_of_the_service_is_unknown an_answer_past_its_time_is_unknown",
    "SilenceIsNotFound": "a_look_up_that_is_not_answered_is_unknown",
    "DeclineIsError": "a_declined_method_is_a_decline_and_charges_nothing",
    "ActionIsDecline": "a_buyer_who_has_to_act_gets_an_https_page",
    "UnsafePage": "a_buyer_who_has_to_act_gets_an_https_page",
    "MajorUnits": "amounts_at_the_edges_are_charged_exactly",
    "CurrencySymbol": "a_charge_is_proved_by_its_id_amount_and_currency",
    "EchoesTheOrder": "another_amount_under_an_old_key_charges_nothing",
    "LookUpCharges": "a_look_up_charges_nothing_again a_part_of_a_hold_is_captured_exactly "
    "a_capture_whose_answer_was_lost_is_found_and_is_one_capture",
    "FindsAnything": "a_look_up_of_an_unknown_key_finds_nothing_and_charges_nothing",
    "SharedState": "orders_side_by_side_get_their_own_answers",
    "ShowsSecret": "nothing_confidential_is_shown",
    "WaitsForEver": "an_answer_past_its_time_is_unknown",
    "CancelsNothing": "a_charge_cannot_be_given_up a_captured_hold_cannot_be_given_up",
    "BadRequestIsNotCharged": "a_gateways_answer_to_a_charge_is_unknown",
    "PaymentRequiredIsDecline": "a_gateways_answer_to_a_charge_is_unknown",
    "MissingPageIsNotFound": "a_gateways_answer_to_a_look_up_is_unknown",
    "MissingPageIsCancelled": "a_gateways_answer_to_a_cancellation_is_unknown",
    "FreshKeyAfterError": "a_charge_that_was_answered_5xx_is_repeated_as_one_charge",
    "ErrorIsNotFound": "a_charge_that_was_answered_5xx_is_found",
    "ProcessingIsUnknown": "a_payment_that_settles_later_is_processing",
    "ProcessingIsNotFound": "a_payment_that_settles_later_is_processing",
    "ProcessingChargesAgain": "a_payment_that_settles_later_is_never_charged_again",
    "RefundsUnderFreshKeys": "the_same_refund_key_twice_is_one_refund",
    "RefundsByAmount": "two_equal_refunds_under_two_keys_are_two",
    "LostRefundIsNo": "a_refund_whose_answer_was_lost_is_found",
    "LostRefundIsNotFound": "a_refund_whose_answer_was_lost_is_found",
    "RefundsAnything": "no_more_goes_back_than_was_captured",
    "HoldIsCharge": "a_hold_is_proved_by_its_id_amount_and_currency_and_takes_nothing",
    "HoldsInThePast": "a_hold_is_proved_by_its_id_amount_and_currency_and_takes_nothing",
    "CapturesAll": "a_part_of_a_hold_is_captured_exactly no_more_is_captured_than_is_held",
    "CapturesAgain": "a_hold_that_is_captured_again_is_captured_once "
    "a_hold_that_is_captured_at_the_same_time_is_captured_once "
    "a_capture_whose_answer_was_lost_is_found_and_is_one_capture",
    "LostCaptureIsNo": "a_capture_whose_answer_was_lost_is_found_and_is_one_capture",
    "LostHoldIsNotFound": "a_hold_whose_answer_was_lost_is_found_and_is_one_hold",
    "GoneIsUnknown": "nothing_is_captured_of_a_hold_that_was_given_up "
    "nothing_is_captured_of_a_hold_that_lapsed",
    "GoneIsCaptured": "nothing_is_captured_of_a_hold_that_was_given_up "
    "nothing_is_captured_of_a_hold_that_lapsed",
    "VoidsWhatIsCaptured": "a_captured_hold_cannot_be_given_up",
    "MissingPageIsGone": "a_gateways_answer_to_a_capture_is_unknown",
}


@pytest.mark.parametrize(("adapter", "promises"), BROKEN.items())
def test_a_broken_adapter_fails_where_it_breaks_a_promise(
    adapter: str, promises: str, verdicts: dict[str, dict[str, str]]
) -> None:
    assert set(promises.split()) <= failed(verdicts, adapter)


BROKEN_IN_ONE_WAY = (
    "SilenceIsNotFound DeclineIsError UnsafePage EchoesTheOrder LookUpCharges FindsAnything "
    "SharedState ShowsSecret WaitsForEver CancelsNothing BadRequestIsNotCharged "
    "PaymentRequiredIsDecline MissingPageIsNotFound MissingPageIsCancelled FreshKeyAfterError "
    "ErrorIsNotFound ProcessingIsNotFound ProcessingChargesAgain LostCaptureIsNo "
    "LostHoldIsNotFound VoidsWhatIsCaptured MissingPageIsGone"
)


@pytest.mark.parametrize("adapter", BROKEN_IN_ONE_WAY.split())
def test_one_broken_promise_fails_no_other_test(
    adapter: str, verdicts: dict[str, dict[str, str]]
) -> None:
    assert failed(verdicts, adapter) == {*BROKEN[adapter].split()}


def test_every_broken_adapter_is_judged() -> None:
    assert {each.__name__ for each in ADAPTERS} == {"Good", *BROKEN}


def test_a_promise_that_cannot_be_tried_is_skipped_with_what_stays_unproved(
    verdicts: dict[str, dict[str, str]],
) -> None:
    unproved = {test: why for test, why in verdicts["Unable"].items() if why}
    assert len(unproved) > 12
    for why in unproved.values():
        assert why.startswith("skipped")
        assert "; unproved: " in why


@pytest.mark.thorough
def test_the_kit_runs_from_the_command_line() -> None:
    module = "tests.checkout_runtime.conformance.adapters_to_judge"
    good = run("checkout_runtime.conformance", f"{module}:good_sandbox")
    assert (good.returncode, "passed" in good.stdout) == (0, True), good.stdout
    broken = run("checkout_runtime.conformance", f"{module}:broken_sandbox")
    assert broken.returncode == 1
    assert "money may have moved" in broken.stdout
    assert run("checkout_runtime.conformance").returncode == 4


def test_a_subclass_without_a_sandbox_is_told_what_to_override(tmp_path: Path) -> None:
    file = tmp_path / "test_mine.py"
    file.write_text(
        "from checkout_runtime.conformance import PaymentServiceConformance\n"
        "class TestMine(PaymentServiceConformance): ...\n"
    )
    assert "override the fixture `sandbox`" in run("pytest", str(file)).stdout


def test_what_runs_in_lambda_never_imports_the_kit() -> None:
    for source in (LAMBDA / "checkout_runtime").rglob("*.py"):
        if "conformance" not in source.parent.name:
            assert "import pytest" not in source.read_text(), source
            assert "checkout_runtime.conformance import" not in source.read_text(), source
