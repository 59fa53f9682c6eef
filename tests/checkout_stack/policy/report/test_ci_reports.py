"""The reports for GitHub's workflows and for CI servers."""

from __future__ import annotations

from xml.etree import ElementTree

from checkout_stack.policy.check import check
from checkout_stack.policy.report.github_report import as_github
from checkout_stack.policy.report.junit_report import as_junit
from checkout_stack.policy.report.results import FailOn, Results
from tests.checkout_stack.policy.small_rules import DEFECTIVE, FIFO, RETENTION, template

SHOP = """\
Resources:
  Payments:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 60}
  Charges:
    Type: AWS::SQS::Queue
    Metadata: {CheckoutPolicy: {acknowledge: [{id: fifo, reason: known}]}}
  Refunds:
    Type: AWS::SQS::Queue
    Properties: {FifoQueue: !ImportValue Fifo}
"""


def results(text: str = SHOP, file: str = "shop.yaml") -> Results:
    return Results(check([template(text, file)], [FIFO, RETENTION]))


def test_annotations_stand_on_the_line_of_the_finding() -> None:
    lines = as_github(results()).splitlines()
    assert lines[0] == (
        "::error file=shop.yaml,line=4,col=5,title=fifo Payments::"
        "not FIFO; allowed: true; fix: set FifoQueue"
    )
    assert lines[1].startswith("::warning file=shop.yaml,line=4,col=18,title=retention Payments::")
    assert lines[2].startswith("::notice file=shop.yaml,line=10,")
    assert lines[-1] == "1 error, 1 warning, 0 advice, 1 cannot tell, 1 acknowledged"


def test_annotations_escape_what_github_would_read_as_more() -> None:
    [first, *_] = as_github(results(file="100%,a:b\n::error::.yaml")).splitlines()
    assert "file=100%25%2Ca%3Ab?%3A%3Aerror%3A%3A.yaml,line=4" in first


def test_a_defect_is_annotated() -> None:
    text = as_github(Results(check([template(SHOP)], [DEFECTIVE])))
    assert "::error file=shop.yaml::rule defective: RuntimeError: the rule is wrong" in text


def test_junit_has_a_case_for_each_finding_and_each_rule_that_holds() -> None:
    root = ElementTree.fromstring(as_junit(results()))
    [suite] = root
    assert suite.attrib == {
        "name": "shop.yaml", "tests": "5", "failures": "2", "errors": "0", "skipped": "2",
    }  # fmt: skip
    cases = {case.attrib["name"]: case for case in suite}
    assert list(cases) == [
        "fifo Payments",
        "retention Payments",
        "fifo Charges",
        "fifo Refunds",
        "unread-resources",
    ]
    failure = cases["fifo Payments"].find("failure")
    assert failure is not None
    assert (failure.attrib["type"], cases["fifo Payments"].attrib["line"]) == ("error", "4")
    skipped = [cases[name].find("skipped") for name in ("fifo Charges", "fifo Refunds")]
    assert [each is not None and each.attrib["message"] for each in skipped] == [
        "known",
        "cannot tell: Fn::ImportValue is only known once it is deployed",
    ]
    assert list(cases["unread-resources"]) == []


def test_junit_fails_what_fails_the_run() -> None:
    checked = results().checked
    counts = {}
    for level in (FailOn.ERROR, FailOn.CANNOT_TELL):
        [suite] = ElementTree.fromstring(as_junit(Results(checked, level)))
        counts[level] = (suite.attrib["failures"], suite.attrib["skipped"])
    assert counts == {FailOn.ERROR: ("1", "3"), FailOn.CANNOT_TELL: ("3", "1")}


def test_junit_says_what_is_in_the_baseline_and_which_rule_failed() -> None:
    checked = check([template(SHOP)], [FIFO, RETENTION, DEFECTIVE])
    known = frozenset(each.fingerprint for each in Results(checked).all)
    [suite] = ElementTree.fromstring(as_junit(Results(checked, baseline=known)))
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "1")
    assert 'message="in the baseline"' in as_junit(Results(checked, baseline=known))


def test_junit_is_well_formed_whatever_a_template_calls_its_resources() -> None:
    text = 'Resources: {"Pay\\e]]>&<ment\\0": {Type: AWS::SQS::Queue}}'
    assert ElementTree.fromstring(as_junit(results(text)))
