"""What leaves a call to botocore, and what is put right first."""

__all__ = ["NotUnderstoodError", "SignatureRefusedError"]


class NotUnderstoodError(Exception):
    """Something that this client was not written for. The message never quotes what it was."""

    def __init__(self, reason: str, *, is_sent: bool = False) -> None:
        """Make the error.

        Args:
            reason: A fixed word for the log.
            is_sent: Whether AWS may have carried out the request. Default: it was not sent.
        """
        super().__init__(reason)
        self.reason = reason
        self.is_sent = is_sent


class SignatureRefusedError(Exception):
    """AWS did not accept who signed or when, and so did nothing.

    Without AWS's words about it: they quote the request, with the session's token in it.
    """

    def __init__(self, code: str, aws_time: float | None) -> None:
        """Make the error.

        Args:
            code: What AWS calls it.
            aws_time: AWS's clock, in seconds since 1970 UTC; None where the answer has none.
        """
        super().__init__(code)
        self.aws_time = aws_time
