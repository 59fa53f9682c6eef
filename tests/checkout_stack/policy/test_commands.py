"""``checkout policy``: what it prints and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checkout_stack.cli import main

NAKED = "Resources:\n  Payments:\n    Type: AWS::SQS::Queue\n"
UNRELATED = "Resources: {Mails: {Type: AWS::SQS::Queue}}"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shop.yaml"
    file.write_text(NAKED)
    return file


def policy(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["policy", *arguments], input=text, catch_exceptions=False)


def test_findings_end_in_exit_1_with_their_lines(shop: Path) -> None:
    done = policy("check", "shop.yaml")
    assert done.exit_code == 1
    assert "shop.yaml:2:3: error fifo-queue Payments.FifoQueue" in done.stdout


def test_a_template_without_findings_ends_in_exit_0() -> None:
    done = policy("check", "-", text=UNRELATED)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "<stdin>: queues with work to be done once: none" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("absent.yaml",), "absent.yaml:1:1: No such file or directory"),
        (("broken.json",), "broken.json:2:1: not JSON: Expecting value"),
        (("shop.yaml", "--queue", "Refunds"), "--queue Refunds: no template has a queue"),
        (("shop.yaml", "--baseline", "absent"), "absent:1:1: No such file or directory"),
        (("shop.yaml", "--output", "absent/report"), "absent/report: No such file or directory"),
        (("empty",), "empty/manifest.json:1:1: No such file or directory"),
        (("a\0b",), "a?b:1:1: invalid file name"),
    ],
)
def test_unusable_input_ends_in_exit_2_and_one_line(
    arguments: tuple[str, ...], line: str, shop: Path
) -> None:
    (shop.parent / "broken.json").write_text('{"Resources":\n}')
    (shop.parent / "empty").mkdir()
    done = policy("check", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1


def test_a_queue_that_is_named_is_judged() -> None:
    done = policy("check", "-", "--queue", "Mails", text=UNRELATED)
    assert done.exit_code == 1
    assert "Mails (by --queue)" in done.stdout


def test_the_level_decides_what_fails() -> None:
    text = UNRELATED.replace("Type", "Metadata: {CheckoutPolicy: {work-once: true}}, Type")
    acknowledged = json.loads(policy("check", "-", "--format", "json", text=text).stdout)
    errors = [each["rule"] for each in acknowledged["findings"] if each["severity"] == "error"]
    reasons = ", ".join(f"{{id: {rule}, reason: known}}" for rule in errors)
    text += f"\nMetadata: {{CheckoutPolicy: {{acknowledge: [{reasons}]}}}}"
    assert policy("check", "-", "--fail-on", "error", text=text).exit_code == 0
    assert policy("check", "-", text=text).exit_code == 1


def test_a_baseline_forgives_old_findings_and_no_new_ones(shop: Path) -> None:
    assert policy("check", "shop.yaml", "--write-baseline", "known.json").exit_code == 0
    forgiven = policy("check", "shop.yaml", "--baseline", "known.json")
    assert forgiven.exit_code == 0
    assert "in the baseline" in forgiven.stdout
    shop.write_text(NAKED + "  Charges: {Type: AWS::SQS::Queue}\n")
    assert policy("check", "shop.yaml", "--baseline", "known.json").exit_code == 1


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_a_report_is_written_to_the_file_that_is_named(form: str, shop: Path) -> None:
    done = policy("check", "shop.yaml", "--format", form, "--output", "report")
    assert (done.exit_code, done.stdout) == (1, "")
    assert json.loads(Path("report").read_text())


def test_several_templates_are_one_report_and_each_is_read_once(shop: Path) -> None:
    (shop.parent / "mails.yaml").write_text(UNRELATED)
    done = policy("check", "shop.yaml", "mails.yaml", "shop.yaml", "--format", "json")
    files = [each["file"] for each in json.loads(done.stdout)["templates"]]
    assert files == ["shop.yaml", "mails.yaml"]


def test_rules_are_listed_and_each_is_explained() -> None:
    listed = [line.split()[1] for line in policy("rules").stdout.splitlines()]
    assert {each["id"] for each in json.loads(policy("rules", "--json").stdout)} == set(listed)
    for rule_id in listed:
        assert policy("explain", rule_id).stdout.startswith(f"{rule_id} (")
    assert policy("explain", f"CheckoutPolicy::{listed[0]}").exit_code == 0


def test_a_rule_that_is_not_known_is_asked_back() -> None:
    done = policy("explain", "fifo-quue")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "no rule is called fifo-quue; did you mean fifo-queue?\n"


def test_checking_needs_neither_cdk_nor_node_nor_aws(shop: Path) -> None:
    program = """
import sys
from checkout_stack.cli import main
try:
    main(["policy", "check", sys.argv[1]])
except SystemExit as end:
    heavy = {"aws_cdk", "jsii", "boto3", "botocore", "rich", "checkout_stack.local"}
    print(end.code, sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(shop)],
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "1 []"


def test_strict_fails_on_what_cannot_be_told() -> None:
    text = "Resources: {Inner: {Type: AWS::CloudFormation::Stack}}"
    assert policy("check", "-", text=text).exit_code == 0
    assert policy("check", "--strict", "-", text=text).exit_code == 1


def test_templates_that_are_given_together_are_one_workload(shop: Path) -> None:
    consumer = """
Resources:
  Charge: {Type: AWS::Lambda::Function, Properties: {Timeout: 300}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !ImportValue payments-arn, FunctionName: !Ref Charge}
"""
    (shop.parent / "consumer.yaml").write_text(consumer)
    export = "Outputs: {A: {Value: !GetAtt Payments.Arn, Export: {Name: payments-arn}}}"
    shop.write_text(NAKED + export)
    assert "cannot tell visibility-timeout Payments" in policy("check", "shop.yaml").stdout
    both = policy("check", "shop.yaml", "consumer.yaml").stdout
    assert "shop.yaml:2:3: error visibility-timeout Payments" in both
