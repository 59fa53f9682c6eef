"""A function is told where a secret is, not what it is."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.secret_in_environment import RULE
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)

VARIABLES = ("Environment", "Variables")
PARAMETERS = {
    "Stage": {"Type": "String", "Default": "live"},
    "Plain": {"Type": "String"},
    "Hidden": {"Type": "String", "NoEcho": True},
    "HiddenWithDefault": {"Type": "String", "NoEcho": "true", "Default": "hunter2"},
}


def with_variable(name: str, value: object) -> Resources:
    """The shop with one more variable of the function that charges."""
    return with_property("ChargeFunction", *VARIABLES, name, value=value)


def test_places_of_secrets_are_compliant() -> None:
    both = {"ChargeFunction": Outcome.COMPLIANT, "RelayFunction": Outcome.COMPLIANT}
    assert outcomes(RULE, shop()) == both


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAYMENT_API_KEY", "hunter2"),
        ("apiKey", "hunter2"),
        ("STRIPE_SECRET", "{{resolve:secretsmanager:stripe}}"),
        ("DB_PASSWORD", "hunter2"),
        ("EXTRA", "sk_live_not_a_real_key"),
        ("EXTRA", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("STRIPE_KEY", "hunter2"),
        ("GATEWAY_KEY", "k-9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("GATEWAY_KEY", "Zm9Yb2JhcjEyMzQ1Njc4OTBhYmNk"),
        ("EXTRA", "sk_sbox_not_a_real_key"),
        ("EXTRA", "sq0atp-not-a-real-key-at-all"),
        ("EXTRA", f"AIza{'a' * 35}"),
        ("EXTRA", f"npm_{'a' * 36}"),
        ("DB_PASSWORD", 12345678),
        ("EXTRA", "c2tfbGl2ZV9ub3RfYV9yZWFsX2tleQ=="),
        ("SMTP_PASS", "hunter2"),
        ("clientSecret", "hunter2"),
        ("MONGO", "mongodb+srv://shop:hunter2@cluster.example/orders"),
        ("AUTHORIZATION_HEADER", "Basic c2hvcDpodW50ZXIy"),
        ("HOOK", "whsec_hunter2"),
        ("DATABASE_URL", "postgres://shop:hunter2@db.internal/orders"),
        ("CACHE", "redis://:hunter2@cache.internal:6379"),
        ("DATABASE", "Server=db;Uid=shop;Pwd=hunter2;"),
        ("BEARER", f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{'a' * 20}"),
        ("CI", f"ghp_{'a' * 36}"),
        ("PEM", "-----BEGIN RSA PRIVATE KEY-----"),
        ("DB_PASSWORD", "12345"),
        ("PWD_DB", "hunter2"),
        ("STRIPE_SK", "hunter2"),
        ("HMAC", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("HOOK", f"https://hooks.slack.com/services/T0/B0/{'a' * 24}"),
        ("EXTRA", f"EAAA{'a' * 60}"),
        ("EXTRA", {"Fn::Base64": "sk_live_not_a_real_key"}),
        ("EXTRA", {"Fn::Base64": {"Ref": "Hidden"}}),
        ("EXTRA", {"Fn::GetAtt": ["Handed", "SecretAccessKey"]}),
        ("DATABASE", "{{resolve:secretsmanager:shop:SecretString:password}}"),
        ("DATABASE", "postgres://shop:{{resolve:secretsmanager:shop}}@db/orders"),
        ("LICENCE", "{{resolve:ssm-secure:licence}}"),
        ("API_KEY", "{{resolve:ssm:key}}"),
        ("API_KEY", {"Fn::Sub": "{{resolve:secretsmanager:${OnCall}:SecretString:key}}"}),
        ("WHATEVER", {"Fn::Sub": "{{resolve:secretsmanager:${OnCall}:SecretString}}"}),
        ("DATABASE_URL", {"Fn::Sub": "postgres://shop:${Plain}@${AWS::Region}.db/orders"}),
        ("STRIPE_SECRET_KEY", {"Ref": "Hidden"}),
        ("ANYTHING", {"Ref": "HiddenWithDefault"}),
        ("DATABASE", {"Fn::Sub": "user=shop password=${Hidden}"}),
    ],
)
def test_a_secret_is_violated(name: str, value: object) -> None:
    resources = with_variable(name, value)
    resources["Handed"] = {"Type": "AWS::IAM::AccessKey"}
    found = violation(RULE, resources, Parameters=PARAMETERS)
    assert found.logical_id == "ChargeFunction"
    assert says(found, f"the variable {name} holds a secret", "the ARN or name", "change the")


KEY = "sk_live_" + "a1" * 12


@pytest.mark.parametrize(
    "place",
    [
        {"Code": {"ZipFile": f"stripe.api_key = '{KEY}'"}},
        {"Value": KEY},
        {"AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyValue": f"Bearer {KEY}"}}},
        {"Variables": [{"Name": "KEY", "Value": KEY}]},
    ],
)
def test_the_key_of_a_payment_service_is_violated_wherever_it_stands(
    place: dict[str, object],
) -> None:
    found = violation(RULE, {**shop(), "Other": {"Type": "AWS::Any::Thing", "Properties": place}})
    assert found.path == (*place,)
    assert says(found, "key of a payment service", "ARN or name", "Secrets Manager")


@pytest.mark.parametrize("text", ["sk_test_" + "a1" * 12, "sk_live_...", "pk_live_" + "a1" * 12])
def test_a_key_that_moves_no_money_may_stand_elsewhere(text: str) -> None:
    other = {"Type": "AWS::Any::Thing", "Properties": {"Value": text}}
    assert set(outcomes(RULE, {**NO_CHECKOUT, "Other": other}).values()) == {Outcome.NOT_APPLICABLE}


SCRIPT = """#!/bin/bash
export STAGE=live DB_PASSWORD="${Given}"
/opt/worker --port=8080
"""


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ("hunter2", Outcome.VIOLATED),
        ("$(aws secretsmanager get-secret-value --secret-id db)", Outcome.COMPLIANT),
        ("$OTHER", Outcome.COMPLIANT),
    ],
)
@pytest.mark.parametrize("kind", ["AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"])
def test_the_script_of_an_instance_that_charges_is_judged(
    kind: str, given: str, outcome: Outcome
) -> None:
    data = {"UserData": {"Fn::Base64": SCRIPT.replace("${Given}", given)}}
    properties = {"LaunchTemplateData": data} if kind.endswith("Template") else data
    resources: Resources = {"PaymentWorker": {"Type": kind, "Properties": properties}}
    assert outcomes(RULE, resources) == {"PaymentWorker": outcome}
    assert outcomes(RULE, {"Blog": resources["PaymentWorker"]}) == {"": Outcome.NOT_APPLICABLE}


def test_a_hidden_parameter_in_the_script_of_an_instance_is_violated() -> None:
    script = {"Fn::Base64": {"Fn::Sub": SCRIPT.replace("Given", "Hidden")}}
    worker = {"Type": "AWS::EC2::Instance", "Properties": {"UserData": script}}
    found = violation(RULE, {"PaymentWorker": worker}, Parameters=PARAMETERS)
    assert found.path == ("UserData",)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (
            "AWS::AppRunner::Service",
            {
                "SourceConfiguration": {
                    "ImageRepository": {
                        "ImageConfiguration": {
                            "RuntimeEnvironmentVariables": [{"Name": "API_KEY", "Value": "x7"}]
                        }
                    }
                }
            },
        ),
        (
            "AWS::Batch::JobDefinition",
            {"ContainerProperties": {"Environment": [{"Name": "API_KEY", "Value": "x7"}]}},
        ),
        (
            "AWS::ECS::TaskDefinition",
            {
                "ContainerDefinitions": [
                    {"Name": "app", "Environment": [{"Name": "API_KEY", "Value": "x7"}]}
                ]
            },
        ),
    ],
)
def test_other_code_that_charges_is_judged(kind: str, properties: dict[str, object]) -> None:
    resources: Resources = {"SettlePayments": {"Type": kind, "Properties": properties}}
    assert violation(RULE, resources).path == (*properties,)


def test_a_parameter_that_is_called_a_secret_cannot_be_told() -> None:
    parameters = {**PARAMETERS, "StripeSecretKey": {"Type": "String"}}
    for name, outcome in (("KEYS", Outcome.CANNOT_TELL), ("KEYS_ARN", Outcome.COMPLIANT)):
        resources = with_variable(name, {"Ref": "StripeSecretKey"})
        assert outcomes(RULE, resources, Parameters=parameters)["ChargeFunction"] == outcome


def test_a_container_that_reads_the_queue_is_judged() -> None:
    environment = [{"Name": "STAGE", "Value": "live"}, {"Name": "API_KEY", "Value": "hunter2"}]
    container = {"Name": "charge", "Environment": environment}
    resources = shop()
    resources["Task"] = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "TaskRoleArn": {"Fn::GetAtt": ["ChargeRole", "Arn"]},
            "ContainerDefinitions": [container],
        },
    }
    found = violation(RULE, resources)
    assert (found.logical_id, found.path) == ("Task", ("ContainerDefinitions",))
    container["Environment"] = environment[:1]
    container["Secrets"] = [{"Name": "API_KEY", "ValueFrom": {"Ref": "OnCall"}}]
    assert outcomes(RULE, resources)["Task"] is Outcome.COMPLIANT


def test_a_message_does_not_show_the_secret() -> None:
    assert "hunter2" not in violation(RULE, with_variable("PASSWORD", "hunter2")).message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAYMENT_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:p"),
        ("API_KEY_PARAMETER", "payment-key"),
        ("PAYMENT_SECRET", {"Ref": "OnCall"}),
        ("TOKEN_TTL_SECONDS", "60"),
        ("API_KEY", ""),
        ("STAGE", "live"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_abcdefghij"),
        ("EXTRA", "pk_live_abcdefghij"),
        ("STRIPE_KEY", "pk_live_abcdefghij"),
        ("KMS_KEY", "mrk-9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("RECAPTCHA_SITE_KEY", "6LdAbCdEfGhIjKlMnOpQrStUvWxYz123456789"),
        ("TABLE_KEY", "customer_number_and_order_number"),
        ("TOKEN_SYMBOL", "USDC"),
        ("PAYMENT_TOKEN_ATTR", "token"),
        ("MAX_TOKENS", "1000"),
        ("TOKEN_LIMIT", "1000"),
        ("API_KEY_REQUIRED", "true"),
        ("USE_SECRET", "hunter2"),
        ("ACCESS_TOKEN", "false"),
        ("SECRET_TYPE", "hmac"),
        ("TOKEN_ISSUER", "https://login.example.com"),
        ("PARTITION_KEY", "order_id"),
        ("TOKENIZER", "words"),
        ("TOKEN_EXPIRES_IN", "1h"),
        ("REFRESH_TOKEN_ROTATION_INTERVAL", "1d"),
        ("STRIPE_API_VERSION", "2024-06-20"),
        ("STRIPE_PRICE_ID", "price_1"),
        ("TOKEN_TYPE", "Bearer"),
        ("JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----"),
        ("PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL", "debug"),
        ("TOKEN_ENDPOINT_AUTH_METHOD", "client_secret_post"),
        ("STRIPE_SECRET", "live/payment-key"),
        ("IDEMPOTENCY_KEY_HEADER", "Idempotency-Key"),
        ("DATABASE_URL", "postgres://db.internal:5432/orders"),
        ("DATABASE_URL", "postgres://shop@db.internal/orders"),
        ("DATABASE_URL", "postgres://shop:{password}@db.internal/orders"),
        ("DATABASE_URL", "postgres://shop:****@db.internal/orders"),
        ("IMAGE", {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/a@b"}),
        ("TABLE", "{{resolve:ssm:/shop/table}}"),
        ("HOST", "{{resolve:secretsmanager:shop:SecretString:host}}"),
        ("QUEUE", {"Ref": "Plain"}),
        ("SECRETARY_EMAIL", "ann@example.com"),
        ("PASSWORD_RESET_TEMPLATE", "reset-mail"),
        ("TOKEN_STRATEGY", "rotate"),
        ("TOKEN_CONTRACT_ADDRESS", "0xdAC17F958D2ee523a2206206994597C13D831ec7"),
        ("SUPPORTED_TOKENS", "USDC,USDT"),
        ("SECRETS", "shop/stripe,shop/adyen"),
        ("SECRET_JSON_KEY", "apiKey"),
        ("PASSWORD_HASHER", "argon2"),
        ("SORT_KEY", "0123456789abcdef0123456789abcdef"),
        ("DD_KMS_API_KEY", "AQICAHhENCRYPTEDTEXT=="),
        ("LICENSE_KEY_SECRET", "NEW_RELIC_LICENSE_KEY"),
        ("TOKEN_FUNCTION", "token-issuer"),
    ],
)
def test_what_is_no_secret_is_compliant(name: str, value: object) -> None:
    found = outcomes(RULE, with_variable(name, value), Parameters=PARAMETERS)
    assert found["ChargeFunction"] is Outcome.COMPLIANT


def test_a_long_text_of_many_parts_takes_no_long_time_to_read() -> None:
    resources = with_variable("API_KEY", "a/a" * 2700 + "!")
    assert outcomes(RULE, resources)["ChargeFunction"] is Outcome.VIOLATED


def test_a_function_that_has_nothing_to_do_with_orders_is_not_judged() -> None:
    resources = with_variable("STAGE", "live")
    resources["Resize"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Environment": {"Variables": {"CDN_TOKEN": "hunter2"}}},
    }
    assert "Resize" not in outcomes(RULE, resources)


@pytest.mark.parametrize("path", [VARIABLES, (*VARIABLES, "PAYMENT_SECRET")])
def test_a_value_from_elsewhere_cannot_be_told(path: tuple[str, ...]) -> None:
    resources = with_property("ChargeFunction", *path, value=UNKNOWN)
    assert outcomes(RULE, resources)["ChargeFunction"] is Outcome.CANNOT_TELL


def test_what_a_custom_resource_gives_cannot_be_told_where_it_is_called_a_secret() -> None:
    value = {"Fn::GetAtt": ["Generated", "Value"]}
    for name, outcome in (("API_KEY", Outcome.CANNOT_TELL), ("TABLE", Outcome.COMPLIANT)):
        resources = with_variable(name, value)
        resources["Generated"] = {"Type": "Custom::Generated"}
        assert outcomes(RULE, resources)["ChargeFunction"] is outcome


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
