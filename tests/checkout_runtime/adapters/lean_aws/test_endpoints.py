"""botocore's endpoint data is the judge of ours."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from checkout_runtime.adapters.lean_aws.endpoints import Endpoint, endpoint_of, endpoint_of_url
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError
from checkout_runtime.adapters.lean_aws.operations import SERVICES

LOADER = Loader()
PARTITIONS: Any = LOADER.load_data("partitions")
REGIONS = sorted(
    {
        region
        for partition in PARTITIONS["partitions"]
        for region in partition["regions"]
        if re.fullmatch(partition["regionRegex"], region)
    }
    | {"us-gov-north-7", "eu-isoe-east-9", "mx-north-3"}
)
"""Every Region of botocore's data, and some that are still to come."""


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def provider(service: str) -> EndpointProvider:
    rules: Any = LOADER.load_service_model(service, "endpoint-rule-set-1")
    return EndpointProvider(rules, PARTITIONS)


@pytest.mark.parametrize(("fips", "dual_stack"), [*product([False, True], repeat=2)])
def test_every_region_has_the_endpoint_that_botocore_knows(
    service: str, provider: EndpointProvider, fips: bool, dual_stack: bool
) -> None:
    for region in REGIONS:
        known = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack)
        environ = {
            "AWS_REGION": region,
            "AWS_USE_FIPS_ENDPOINT": str(fips),
            "AWS_USE_DUALSTACK_ENDPOINT": str(dual_stack),
        }
        assert f"https://{endpoint_of(service, environ).netloc}" == known.url, region


def test_a_region_of_botocores_data_that_is_left_out_is_none_of_a_place() -> None:
    """``aws-global`` and its like are no Region that a function runs in."""
    known = {name for partition in PARTITIONS["partitions"] for name in partition["regions"]}
    assert all(name.endswith("-global") for name in known - set(REGIONS))


@pytest.mark.parametrize(
    "region", ["", "local", "aws-global", "us-east", "xx-north-1", "us-east-1.evil.com", "us-éa-1"]
)
def test_a_region_of_no_known_partition_is_left_to_botocore(region: str) -> None:
    with pytest.raises(NotUnderstoodError, match="region"):
        endpoint_of("dynamodb", {"AWS_REGION": region})


def test_the_region_is_read_from_the_variable_that_botocore_reads() -> None:
    environ = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "us-east-1"}
    assert endpoint_of("sqs", environ).host == "sqs.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("service", "own"),
    [
        ("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB"),
        ("sqs", "AWS_ENDPOINT_URL_SQS"),
        ("secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        ("events", "AWS_ENDPOINT_URL_EVENTBRIDGE"),
    ],
)
def test_an_endpoint_of_the_environment_comes_first(service: str, own: str) -> None:
    environ = {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    assert endpoint_of(service, environ) == Endpoint(False, "127.0.0.1", 9, "127.0.0.1:9")
    environ[own] = "https://own.example.com"
    assert endpoint_of(service, environ).netloc == "own.example.com"
    environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
    assert endpoint_of(service, environ).host == f"{service}.us-east-1.amazonaws.com"


@pytest.mark.parametrize("mode", ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
def test_what_botocore_refuses_beside_an_endpoint_of_the_environment_is_left_to_it(
    mode: str,
) -> None:
    environ = {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", mode: "true"}
    with pytest.raises(NotUnderstoodError, match="endpoint"):
        endpoint_of("dynamodb", environ)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://own.example.com:443/", Endpoint(True, "own.example.com", 443, "own.example.com")),
        ("http://[::1]:80", Endpoint(False, "::1", 80, "[::1]")),
        ("https://[::1]:4566", Endpoint(True, "::1", 4566, "[::1]:4566")),
    ],
)
def test_a_host_is_named_with_its_port_unless_that_is_the_schemes(
    url: str, endpoint: Endpoint
) -> None:
    assert endpoint_of_url(url) == endpoint


@pytest.mark.parametrize(
    "url",
    [
        "own.example.com",
        "ftp://own.example.com",
        "https://user:word@own.example.com",
        "https://own.example.com/below",
        "https://own.example.com?a=b",
        "https://own.example.com:port",
        "https://own.example.com:99999",
        "https://[own",
        "https://",
        "https://öwn.example.com",
    ],
)
def test_any_other_endpoint_is_left_to_botocore(url: str) -> None:
    with pytest.raises(NotUnderstoodError, match="endpoint"):
        endpoint_of_url(url)
