"""The report for people and the report for programs."""

from __future__ import annotations

import json

from checkout_stack.policy.check import check
from checkout_stack.policy.report.json_report import as_json
from checkout_stack.policy.report.results import Results
from checkout_stack.policy.report.rules_page import as_list, as_markdown, explanation, rules_as_json
from checkout_stack.policy.report.text_report import as_text
from tests.checkout_stack.policy.small_rules import (
    ADVICE,
    DEFECTIVE,
    FIFO,
    RETENTION,
    template,
)

SHOP = """\
Resources:
  Payments:
    Type: AWS::SQS::Queue
    Metadata: {"aws:cdk:path": Shop/Payments}
    Properties: {MessageRetentionPeriod: 60}
  Charges:
    Type: AWS::SQS::Queue
    Metadata: {CheckoutPolicy: {acknowledge: [{id: fifo, reason: known}]}}
"""


def results(text: str = SHOP) -> Results:
    return Results(check([template(text)], [FIFO, RETENTION]))


def test_a_line_says_place_level_rule_property_message_and_construct() -> None:
    lines = as_text(results()).splitlines()
    assert lines[0] == (
        "shop.yaml:5:5: \x1b[31merror\x1b[0m fifo Payments.FifoQueue: "
        "not FIFO; allowed: true; fix: set FifoQueue [Shop/Payments]"
    )
    assert lines[-1] == "1 error, 1 warning, 0 advice, 0 cannot tell, 1 acknowledged"


def test_the_text_says_which_queues_were_judged_and_why() -> None:
    assert "shop.yaml: queues with work to be done once: Payments (by its name)" in as_text(
        results()
    )
    assert "none, and no queue" in as_text(results("Resources: {}"))
    mails = "Resources: {Mails: {Type: AWS::SQS::Queue}}"
    assert "none of Mails; name one with --queue" in as_text(results(mails))


def test_the_text_names_fifo_queues_that_nothing_recognised() -> None:
    jobs = """
  Jobs: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Worker: {Type: AWS::Lambda::Function}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
"""
    assert "not Jobs, FIFO with a consumer: if one" in as_text(results(SHOP + jobs))
    assert "none of Jobs; name one with --queue" in as_text(results(f"Resources:{jobs}"))


def test_the_text_names_a_rule_that_failed() -> None:
    text = as_text(Results(check([template(SHOP)], [DEFECTIVE])))
    assert "internal error in rule defective: RuntimeError: the rule is wrong" in text


def test_control_characters_of_a_template_do_not_reach_the_terminal() -> None:
    text = 'Resources: {"Pay\\e[2J": {Type: AWS::SQS::Queue}}'
    assert "\x1b[2J" not in as_text(results(text))


def test_the_json_holds_every_finding_also_those_that_are_acknowledged() -> None:
    report = json.loads(as_json(results()))
    assert report["failed"] is True
    assert report["templates"] == [
        {
            "file": "shop.yaml",
            "stack": None,
            "queues": {"Payments": "its name", "Charges": "its name"},
            "unrecognised": [],
        }
    ]
    first, second, third = report["findings"]
    assert (first["rule"], first["line"], first["property"]) == ("fifo", 5, ["FifoQueue"])
    assert (first["constructPath"], first["acknowledged"]) == ("Shop/Payments", None)
    assert (second["rule"], second["severity"]) == ("retention", "warning")
    assert (third["resource"], third["acknowledged"]) == ("Charges", "known")


def test_rules_are_listed_one_a_line() -> None:
    assert as_list([FIFO, RETENTION]).splitlines() == [
        "error    fifo       The promise of fifo",
        "warning  retention  The promise of retention",
    ]


def test_a_rule_is_explained_with_why_source_fixes_and_how_to_accept_it() -> None:
    text = explanation(FIFO)
    for part in (FIFO.why, FIFO.source, FIFO.fix_cdk, FIFO.fix_cloudformation):
        assert part in text
    assert 'id="CheckoutPolicy::fifo"' in text


def test_the_page_has_every_rule_under_its_severity() -> None:
    page = as_markdown([ADVICE, RETENTION, FIFO])
    assert page.index("### fifo") < page.index("### retention") < page.index("### advised")


def test_rules_as_json_have_all_their_fields() -> None:
    [rule] = json.loads(rules_as_json([FIFO]))
    assert rule["id"] == "fifo"
    assert {"title", "severity", "why", "source", "fixCdk", "fixCloudFormation"} < set(rule)
