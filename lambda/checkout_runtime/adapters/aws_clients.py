"""AWS clients: botocore's own, without boto3's resource layer that nothing here needs."""

from typing import Any

import botocore.config
import botocore.session

__all__ = ["aws_client"]

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2
"""A service of single-digit milliseconds that did not answer in two seconds will not."""
MAX_TRIES = 2
"""One repeat inside the caller's own deadline. It is safe: every write is conditional."""
MAX_CONNECTIONS = 10
"""One for each charge that runs side by side: a batch has at most ten groups."""


def aws_client(service: str) -> Any:
    """Return a client of the Region and credentials that Lambda put into the environment."""
    config = botocore.config.Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": MAX_TRIES},
        max_pool_connections=MAX_CONNECTIONS,
        tcp_keepalive=True,
    )
    return botocore.session.get_session().create_client(service, config=config)
