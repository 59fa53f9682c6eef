"""The example stack: its outputs, and a snapshot that shows drift."""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.checkout_stack.synthesized import Synthesized

OUTPUTS = {
    "ApiUrl",
    "OrderTableName",
    "PaymentQueueUrl",
    "DeadLetterQueueUrl",
    "RelayFailureQueueUrl",
    "UserPoolId",
    "UserPoolClientId",
    "PaymentSecretArn",
    "ReconcilerFunctionName",
    "PaymentConsumerFunctionName",
}


@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_the_stack_tells_where_its_parts_are(output: str, example: Synthesized) -> None:
    assert output in example.template["Outputs"]


def test_only_the_operator_adds_buyers_to_the_examples_pool(example: Synthesized) -> None:
    pool = example.one("AWS::Cognito::UserPool", "Buyers")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


def test_the_payment_secret_is_in_no_template(example: Synthesized) -> None:
    secret = example.one("AWS::SecretsManager::Secret", "PaymentSecret")
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"] == {}


def test_the_template_has_not_drifted(example: Synthesized, snapshot: SnapshotAssertion) -> None:
    assert _without_what_varies(example.template) == snapshot.use_extension(JSONSnapshotExtension)


def _without_what_varies(template: dict[str, Any]) -> Any:
    kept = json.loads(re.sub(r"[0-9a-f]{64}", "<asset hash>", json.dumps(template)))
    kept["Resources"].pop("CDKMetadata", None)
    kept.get("Conditions", {}).pop("CDKMetadataAvailable", None)
    kept["Parameters"].pop("BootstrapVersion", None)
    kept["Rules"].pop("CheckBootstrapVersion", None)
    return kept
