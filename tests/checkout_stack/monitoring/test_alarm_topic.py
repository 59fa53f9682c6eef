"""The topic takes notices from this account's alarms, and CloudWatch can publish to it."""

from tests.checkout_stack.synthesized import Properties, Synthesized

CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_topic_is_under_its_own_key_because_cloudwatch_cannot_use_the_aws_managed_one(
    example: Synthesized,
) -> None:
    topic = example.one("AWS::SNS::Topic", "CheckoutAlarm")
    assert topic["KmsMasterKeyId"] == example.arn("AWS::KMS::Key", "CheckoutAlarm")


def test_the_key_rotates_and_lets_the_alarms_of_this_account_use_it(example: Synthesized) -> None:
    key = example.one("AWS::KMS::Key", "CheckoutAlarm")
    assert key["EnableKeyRotation"] is True
    (statement,) = _for_cloudwatch(key["KeyPolicy"])
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert statement["Condition"] == THIS_ACCOUNT


def test_the_alarms_of_this_account_may_publish_and_nobody_may_without_tls(
    example: Synthesized,
) -> None:
    policy = example.one("AWS::SNS::TopicPolicy", "CheckoutAlarm")["PolicyDocument"]
    (allowed,) = _for_cloudwatch(policy)
    assert allowed["Effect"] == "Allow"
    assert allowed["Action"] == "sns:Publish"
    assert allowed["Condition"] == THIS_ACCOUNT
    (denied,) = (each for each in policy["Statement"] if each["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def _for_cloudwatch(policy: Properties) -> list[Properties]:
    return [each for each in policy["Statement"] if each["Principal"] == CLOUDWATCH]
