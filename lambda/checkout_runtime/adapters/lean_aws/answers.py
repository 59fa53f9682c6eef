"""What an answer of AWS's JSON protocol says: a result, a refusal, or that AWS failed."""

import json
import zlib
from email.utils import parsedate_to_datetime
from typing import Any

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.lean_aws.connections import Answer
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError, SignatureRefusedError

__all__ = ["THROTTLES", "result_of"]

OK, BAD_REQUEST, INTERNAL_SERVER_ERROR, AFTER_THE_LAST = 200, 400, 500, 600
REQUEST_TIMEOUT = 408
"""Also what a host says, in no protocol of AWS's, to a connection that it closes as idle."""
THROTTLES = frozenset(
    {
        "BandwidthLimitExceeded",
        "KMS.ThrottlingException",
        "KmsThrottled",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""botocore's, but for EC2's and those that the caller repeats itself (``conflicts``), and KMS's by
both names that SQS has for it, where a key of one's own encrypts the queue. Nothing was done."""
_TIMED_OUT_THERE = frozenset(
    {"PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException"}
)
_SIGNATURE_REFUSED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def result_of(answer: Answer) -> dict[str, Any]:
    """Return the result.

    Raises:
        AwsRefusedError: AWS refused the request.
        AwsNoAnswerError: AWS failed; it may have carried out the request.
        SignatureRefusedError: AWS refused the signature or the credentials.
        NotUnderstoodError: The answer does not follow the protocol.
    """
    status = answer.status
    if status == REQUEST_TIMEOUT or INTERNAL_SERVER_ERROR <= status < AFTER_THE_LAST:
        # Of a gateway perhaps, whose body is no JSON.
        raise AwsNoAnswerError(f"HTTP {status}")
    members = _members(answer)
    if status == OK:
        return {name: value for name, value in members.items() if value is not None}
    if not BAD_REQUEST <= status < INTERNAL_SERVER_ERROR:
        raise _unreadable()
    code, message = _code(answer, members), members.get("message", members.get("Message", ""))
    if code in _SIGNATURE_REFUSED:
        raise SignatureRefusedError(code, _aws_time(answer))
    message = message if isinstance(message, str) else ""
    if code in _TIMED_OUT_THERE:
        raise AwsNoAnswerError(code, message)
    item, reasons = members.get("Item"), members.get("CancellationReasons") or []
    if not isinstance(item, dict | None) or not _are_objects(reasons):
        raise _unreadable()
    # botocore drops members that are null.
    dense = [{name: each[name] for name in each if each[name] is not None} for each in reasons]
    raise AwsRefusedError(code, message, item=item, cancellation_reasons=dense or ())


def _members(answer: Answer) -> dict[str, Any]:
    encoding = answer.headers.get("content-encoding", "identity")
    checksum = answer.headers.get("x-amz-crc32")
    if encoding.lower() != "identity":
        raise _unreadable()
    if checksum is not None and checksum.strip() != str(zlib.crc32(answer.body)):
        raise _unreadable()
    try:
        members = json.loads(answer.body) if answer.body else {}
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(members, dict):
        raise _unreadable()
    return members


def _code(answer: Answer, members: dict[str, Any]) -> str:
    """Return what AWS calls a refusal.

    As ``com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`` ends; where SQS adds
    the code that it had before it spoke JSON, as ``AWS.…NonExistentQueue;Sender`` begins.
    """
    named = answer.headers.get("x-amzn-query-error")
    if named is not None:
        code: Any = named.partition(";")[0]
    else:
        code = members.get("__type")
        code = code.partition(":")[0].rpartition("#")[2] if isinstance(code, str) else None
    if not code:
        raise _unreadable()
    return str(code)


def _are_objects(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, dict) for value in values)


def _aws_time(answer: Answer) -> float | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


def _unreadable() -> NotUnderstoodError:
    return NotUnderstoodError("unreadable_answer", is_sent=True)
