"""AWS by botocore's own clients, without boto3's resource layer that nothing here needs.

This is the one module of the runtime that knows botocore: for applications of users' own, for
functions that were told to use it, and for what ``lean_aws`` does not understand. What is set apart
from botocore's defaults is what a buyer waits for: a client is made at the first request of an
execution environment, and a call's CPU is most of what a function does.
"""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.config
import botocore.loaders
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from checkout_runtime.adapters.aws import AwsError, AwsNoAnswerError, AwsRefusedError

__all__ = ["BotocoreService", "aws_service"]

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2
"""A service of single-digit milliseconds that did not answer in two seconds will not."""
MAX_TRIES = 2
"""One repeat inside the caller's own deadline. It is safe: every write is conditional."""
MAX_CONNECTIONS = 10
"""One for each charge that runs side by side: a batch has at most ten groups."""
INTERNAL_SERVER_ERROR = 500
"""The first HTTP status that says that AWS failed, and not that the request was refused."""
USER_AGENT = f"idempotent-checkout botocore/{botocore.__version__}"
"""botocore's own is put together twice for each request, from a dozen parts."""


class BotocoreService:
    """One service of AWS by a client of botocore or boto3."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation and return its answer, without botocore's own remarks about it.

        Raises:
            AwsRefusedError: The service refused; the call changed nothing.
            AwsNoAnswerError: The outcome is unknown.
        """
        method = getattr(self.client, botocore.xform_name(operation))
        try:
            answer: dict[str, Any] = method(**parameters)
        except ClientError as error:
            answered = _answered(error)
            raise answered from (error if answered.message else None)
        except BotoCoreError as error:
            raise AwsNoAnswerError(type(error).__name__, str(error)) from error
        about = answer.pop("ResponseMetadata", {})
        if not _is_of_aws(about):
            raise AwsNoAnswerError("AnswerNotOfAws")
        return answer


def _is_of_aws(about: Mapping[str, Any]) -> bool:
    """Tell that an answer is no page of a firewall or gateway.

    botocore takes a page under status 200 for a success without members: an order would be taken
    for stored, or for one that does not exist.
    """
    return "json" in about.get("HTTPHeaders", {}).get("content-type", "json")


def _answered(error: ClientError) -> AwsError:
    """Return an answer that is an error as the port has it."""
    response: Any = error.response
    about = response.get("ResponseMetadata", {})
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    if "Signature" in code:
        message = ""  # It quotes the request as it should have been signed, session token and all.
    if not _is_of_aws(about):
        return AwsNoAnswerError("AnswerNotOfAws")
    if about.get("HTTPStatusCode", 0) >= INTERNAL_SERVER_ERROR:
        return AwsNoAnswerError(code, message)
    return AwsRefusedError(
        code,
        message,
        item=response.get("Item"),
        cancellation_reasons=response.get("CancellationReasons", ()),
        retries=about.get("RetryAttempts", 0),
    )


def aws_service(name: str, *, call_seconds: float | None = None) -> BotocoreService:
    """Return a service in the Region, with the credentials, that Lambda put into the environment.

    ``call_seconds``: about how long a call may take; it is sent once. Default: it is sent again
    after two seconds without an answer.

    It does not check parameters before a call: what calls it is tested with clients that do, and
    AWS refuses what botocore would have refused.
    """
    connect: float = CONNECT_TIMEOUT_SECONDS
    read: float = READ_TIMEOUT_SECONDS
    tries = MAX_TRIES
    if call_seconds is not None:
        connect = read = call_seconds / 2
        tries = 1
    config = botocore.config.Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": tries},
        max_pool_connections=MAX_CONNECTIONS,
        tcp_keepalive=True,
        parameter_validation=False,
        user_agent=USER_AGENT,
    )
    session = botocore.session.get_session()
    session.register_component("data_loader", _loader())
    return BotocoreService(session.create_client(name, config=config))


@cache
def _loader() -> botocore.loaders.Loader:
    """Return the one reader of botocore's data about endpoints and services for all clients."""
    return botocore.loaders.Loader(file_loader=_JsonFiles())


class _JsonFiles(botocore.loaders.JSONFileLoader):
    """Reads into plain dictionaries, in half the time of botocore's ordered ones."""

    def load_file(self, file_path: str) -> Any:
        """Return what a file of either ending holds; where there is neither, botocore goes on."""
        plain, compressed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return json.loads(plain.read_bytes())
        if compressed.is_file():
            return json.loads(gzip.decompress(compressed.read_bytes()))
        return super().load_file(file_path)
