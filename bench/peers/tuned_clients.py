"""boto3 clients with the options that cost least: what the tuned programs share."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config


@cache
def tuned_client(service: str) -> Any:
    """A client that keeps its connections, tries twice, checks no parameters by itself and says who
    it is in a word."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        config=Config(
            connect_timeout=1,
            read_timeout=2,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=10,
            tcp_keepalive=True,
            parameter_validation=False,
            user_agent="tuned",
        ),
    )
