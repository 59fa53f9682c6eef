"""Running rules over templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checkout_stack.policy.check import check, names_a_queue
from checkout_stack.policy.rules.rule import Judgement, Outcome
from checkout_stack.policy.workload.workload import Workload
from tests.checkout_stack.policy.small_rules import DEFECTIVE, FIFO, RETENTION, template

SHOP = """\
Resources:
  Payments:
    Type: AWS::SQS::Queue
    Metadata: {"aws:cdk:path": Shop/Payments/Resource}
    Properties:
      QueueName: pay
      FifoQueue: false
      MessageRetentionPeriod: "60"
"""


def test_a_finding_says_rule_place_and_construct() -> None:
    [checked] = check([template(SHOP)], [FIFO])
    [finding] = [each for each in checked.findings if each.outcome is Outcome.VIOLATED]
    assert (finding.rule_id, str(finding.location)) == ("fifo", "shop.yaml:7:7")
    assert finding.construct_path == "Shop/Payments/Resource"
    assert finding.message == "not FIFO; allowed: true; fix: set FifoQueue"


def test_a_rule_that_fails_hides_no_finding_of_its_own_or_of_others() -> None:
    [checked] = check([template(SHOP)], [DEFECTIVE, RETENTION])
    violated = [each.rule_id for each in checked.findings if each.outcome is Outcome.VIOLATED]
    assert violated == ["defective", "retention"]
    [defect] = checked.defects
    assert (defect.rule_id, defect.error) == ("defective", "RuntimeError: the rule is wrong")


def test_what_a_rule_fails_by_quotes_no_secret_of_the_template() -> None:
    def fail(_workload: Workload) -> Iterator[Judgement]:
        raise ValueError("invalid literal for int(): 'whsec_hunter2'")

    [checked] = check([template(SHOP)], [replace(DEFECTIVE, check=fail)])
    [defect] = checked.defects
    assert defect.error == "ValueError: invalid literal for int(): '***'"


def test_what_a_loop_will_make_is_never_a_pass() -> None:
    text = SHOP + '  "Fn::ForEach::Queues": [Name, [a, b], {}]\n'
    [checked] = check([template(text)], [])
    [finding] = checked.findings
    assert (finding.rule_id, finding.outcome) == ("unread-resources", Outcome.CANNOT_TELL)
    assert finding.location.line == 9


def test_a_queue_that_is_named_is_looked_for_in_every_template() -> None:
    checked = check([template("Resources: {}"), template(SHOP)], [], ["pay"])
    assert names_a_queue("pay", checked)
    assert names_a_queue("Payments", checked)
    assert not names_a_queue("Refunds", checked)
