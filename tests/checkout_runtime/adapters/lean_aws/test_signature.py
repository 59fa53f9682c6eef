"""botocore's signer is the judge of ours."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from checkout_runtime.adapters.lean_aws.signature import Signer

SEED = 17
DAY_SECONDS = 24 * 60 * 60
PRINTABLE = string.ascii_letters + string.digits + "+/=_-.:;,!~ "


def _text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choices(PRINTABLE, k=chance.randint(1, longest)))


def _host(chance: random.Random) -> str:
    name = "".join(chance.choices(string.ascii_lowercase + string.digits, k=8))
    return f"{name}.example.com{chance.choice(['', ':4566'])}"


def _request(chance: random.Random) -> dict[str, Any]:
    headers = {
        "content-type": f"application/x-amz-json-1.{chance.randint(0, 1)}",
        "host": _host(chance),
        "x-amz-target": _text(chance, 40),
    }
    for _ in range(chance.randint(0, 3)):
        headers[f"x-amz{chance.choice('-n')}-{chance.randint(0, 99)}"] = _text(chance, 20)
    return {
        "headers": headers,
        "body": chance.randbytes(chance.randint(0, 300)),
        "access_key": _text(chance, 20).replace(" ", ""),
        "secret_key": _text(chance, 40),
        "token": chance.choice([None, _text(chance, 400).replace(" ", "")]),
        "now": chance.randint(0, 40_000 * DAY_SECONDS) + chance.random(),
    }


def _by_botocore(
    request: dict[str, Any], service: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    at = datetime.fromtimestamp(request["now"], UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: at)
    names = (request["access_key"], request["secret_key"], request["token"])
    signer = botocore.auth.SigV4Auth(Credentials(*names), service, region)
    url = f"https://{request['headers']['host']}/"
    made = AWSRequest("POST", url, headers=request["headers"], data=request["body"])
    signer.add_auth(made)
    return str(made.headers["Authorization"])


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.fuzzing)])
def test_every_signature_is_the_one_that_botocore_makes(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(SEED)
    signers: dict[tuple[str, str], Signer] = {}
    for number in range(count):
        service = chance.choice(["dynamodb", "sqs", "secretsmanager", "events"])
        region = chance.choice(["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"])
        signer = signers.setdefault((service, region), Signer(service, region))
        request = _request(chance)
        signed = signer.signed(**request)
        expected = _by_botocore(request, service, region, monkeypatch)
        assert signed["authorization"] == expected, f"seed {SEED}, request {number}"


def test_the_key_that_is_kept_for_a_day_serves_no_other_day_and_no_other_secret() -> None:
    chance = random.Random(SEED)
    request = _request(chance)
    signer = Signer("dynamodb", "us-east-1")
    for changed in ({}, {"now": request["now"] + DAY_SECONDS}, {"secret_key": "another"}, {}):
        wanted = {**request, **changed}
        assert signer.signed(**wanted) == Signer("dynamodb", "us-east-1").signed(**wanted)
