"""What keeps a command from its work, in one line that an operator can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import botocore.exceptions as aws


class OperationError(Exception):
    """A command cannot do its work; the message says what was given and how to fix it."""


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn what AWS raises into an :class:`OperationError`."""
    try:
        yield
    except (aws.NoCredentialsError, aws.PartialCredentialsError) as problem:
        raise OperationError(
            "no AWS credentials: sign in, name --profile, or set AWS_ACCESS_KEY_ID"
        ) from problem
    except aws.ProfileNotFound as problem:
        raise OperationError(f"{problem}: name one of your AWS configuration") from problem
    except aws.NoRegionError as problem:
        raise OperationError("no AWS Region: give --region, or set AWS_REGION") from problem
    except (aws.EndpointConnectionError, aws.ConnectTimeoutError) as problem:
        raise OperationError(f"{problem}; check --region and --endpoint-url") from problem
    except aws.ClientError as problem:
        error = problem.response["Error"]
        said = f"{problem.operation_name}: {error.get('Code')}: {error.get('Message')}"
        raise OperationError(said[:500]) from problem
    except aws.BotoCoreError as problem:
        raise OperationError(str(problem)[:500]) from problem
