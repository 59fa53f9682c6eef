"""The example stack: its outputs, and a snapshot that shows drift."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from checkout_stack import CheckoutStack
from tests.checkout_stack.synthesized import Synthesized, synthesize, unchecked_app

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


def test_where_refunds_are_operators_of_their_own_pool_ask_for_them(tmp_path: Path) -> None:
    url = "https://payments.example.com/charges"
    stack = CheckoutStack(
        unchecked_app(tmp_path),
        "Shop",
        payment_service_url=url,
        key_retention=cdk.Duration.hours(24),
        refund_url=f"{url}/refunds",
    )
    made = synthesize(stack)
    pools = {
        name: json.dumps(each["JwtConfiguration"])
        for name, each in made.of_type("AWS::ApiGatewayV2::Authorizer").items()
    }
    of_refunds = [
        route["AuthorizerId"]["Ref"]
        for route in made.of_type("AWS::ApiGatewayV2::Route").values()
        if route["RouteKey"].endswith("/refunds")
    ]
    assert len(of_refunds) == 2
    assert all("Operators" in pools[each] for each in of_refunds)
    assert all(("Operators" in pool) != ("Buyers" in pool) for pool in pools.values())
    assert {"OperatorPoolId", "OperatorPoolClientId"} <= made.template["Outputs"].keys()


def _without_what_varies(template: dict[str, Any]) -> Any:
    kept = json.loads(re.sub(r"[0-9a-f]{64}", "<asset hash>", json.dumps(template)))
    kept["Resources"].pop("CDKMetadata", None)
    kept.get("Conditions", {}).pop("CDKMetadataAvailable", None)
    kept["Parameters"].pop("BootstrapVersion", None)
    kept["Rules"].pop("CheckBootstrapVersion", None)
    return kept
