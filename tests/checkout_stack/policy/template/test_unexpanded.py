"""Parts that only a deployment expands are reported, and never taken for absent."""

from __future__ import annotations

import pytest

from checkout_stack.policy.template.template import joined
from checkout_stack.policy.template.values import Unknown
from tests.checkout_stack.policy.small_rules import template

QUEUE = "Q: {Type: AWS::SQS::Queue, Properties: {QueueName: a}}"
INCLUDE = '"Fn::Transform": {Name: AWS::Include, Parameters: {Location: s3://b/a.yaml}}'


def unexpanded(text: str) -> list[str]:
    """The last step of the path to each part that cannot be read."""
    return [str(part.path[-1]) for part in joined([template(text)])[0].unexpanded_parts]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"Transform: [Prices, AWS::Serverless-2016-10-31]\nResources: {{{QUEUE}}}", "Transform"),
        (f"Transform: {{Name: AWS::Include}}\nResources: {{{QUEUE}}}", "Transform"),
        (f"Modules: {{Pay: {{Source: ./pay.yaml}}}}\nResources: {{{QUEUE}}}", "Modules"),
        (f"{INCLUDE}\nResources: {{{QUEUE}}}", "Fn::Transform"),
        (f"Resources: {{{INCLUDE}}}", "Fn::Transform"),
        ("Resources: {Pay: !Rain::Module ./pay.yaml}", "Pay"),
        ("Resources: {Pay: {Type: !Rain::Module ./pay.yaml}}", "Pay"),
        ("Resources: {S: {Type: AWS::CloudFormation::StackSet}}", "S"),
        (
            "Resources: {S: {Type: AWS::ServiceCatalog::CloudFormationProvisionedProduct}}",
            "S",
        ),
        ("Resources: {S: {Type: My::Queue::Paid::MODULE}}", "S"),
        ("Resources: {S: {Type: AWS::Serverless::Application}}", "S"),
        (
            "Resources: {S: {Type: AWS::CloudFormation::Stack, "
            "Properties: {TemplateURL: https://b/x.yaml}}}",
            "S",
        ),
        (
            f"Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{T: [{{{INCLUDE}}}]}}}}}}",
            "Fn::Transform",
        ),
        (
            'Resources: {A: {Type: AWS::SNS::Topic, Properties: {"Fn::ForEach::P": [K, [a], {}]}}}',
            "Fn::ForEach::P",
        ),
    ],
)
def test_a_part_that_is_not_written_out_is_named(text: str, path: str) -> None:
    assert unexpanded(text) == [path]


@pytest.mark.parametrize("transform", ["AWS::Serverless-2016-10-31", "[AWS::LanguageExtensions]"])
def test_a_transform_that_is_followed_is_no_such_part(transform: str) -> None:
    assert unexpanded(f"Transform: {transform}\nResources: {{{QUEUE}}}") == []


@pytest.mark.parametrize("name", ["Code", "Tags"])
def test_what_is_added_to_code_or_tags_is_no_such_part(name: str) -> None:
    properties = f"Properties: {{{name}: {{{INCLUDE}}}}}"
    assert unexpanded(f"Resources: {{F: {{Type: AWS::Lambda::Function, {properties}}}}}") == []


@pytest.mark.parametrize("added", [INCLUDE, '"Fn::ForEach::P": [K, [FifoQueue], {}]'])
def test_a_property_that_may_be_added_is_unknown_and_one_that_is_written_is_known(
    added: str,
) -> None:
    text = f"Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: a, {added}}}}}}}"
    queue = template(text).resources["Q"]
    assert isinstance(queue.prop("FifoQueue"), Unknown)
    assert queue.prop("QueueName") == "a"
