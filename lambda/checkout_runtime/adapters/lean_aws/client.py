"""The adapter: one service of AWS, signed and sent by this package."""

import ssl
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from checkout_runtime.adapters.lean_aws.answers import result_of
from checkout_runtime.adapters.lean_aws.connections import Connections
from checkout_runtime.adapters.lean_aws.credentials import CredentialSource
from checkout_runtime.adapters.lean_aws.endpoints import Endpoint, endpoint_of, region_of
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError, SignatureRefusedError
from checkout_runtime.adapters.lean_aws.fallback import Fallback
from checkout_runtime.adapters.lean_aws.operations import SERVICES, body_of, with_client_token
from checkout_runtime.adapters.lean_aws.signature import Signer
from checkout_runtime.adapters.lean_aws.surroundings import call_after_restore, check_environment
from checkout_runtime.adapters.lean_aws.tries import Tries

__all__ = ["VERSION", "LeanAws", "LeanService"]

VERSION = "0.1.0"
"""Of the runtime, as AWS sees it in the user agent."""


class LeanAws:
    """What the services of one execution environment share; threads may use it.

    Nothing is connected, and no credentials are read, before the first call.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        fallback: Fallback | None = None,
        now: Callable[[], float] = time.time,
        tries: Callable[[], Tries] = Tries,
        beside: "LeanAws | None" = None,
    ) -> None:
        """Make it.

        Args:
            environ: The environment variables, with Region and credentials.
            fallback: Takes over at the first thing that is not understood. Default: botocore.
            now: Seconds since 1970 UTC. Default: the system's wall clock.
            tries: Makes the tries of a call. Default: as :class:`Tries` has them.
            beside: Whose TLS context is used, too. Default: one of its own.
        """
        self.environ = environ
        self.fallback = fallback or Fallback()
        self.tries = tries
        self._now = now
        self.credentials = CredentialSource(environ, self._tls, now=now)
        self._lock = Lock()
        self._context: ssl.SSLContext | None = None
        self._beside = beside
        self._connections: dict[Endpoint, Connections] = {}
        call_after_restore(environ, self.forget)

    def service(self, name: str) -> "LeanService":
        """Return a service, such as ``dynamodb``.

        Raises:
            LookupError: It is not in the table ``SERVICES``.
        """
        return LeanService(self, name)

    def prepare(self) -> None:
        """Load the certificates before the first call needs them.

        Raises:
            NotUnderstoodError: They cannot be loaded.
        """
        self._tls()

    def connections(self, endpoint: Endpoint) -> Connections:
        """Return the connections to a host."""
        with self._lock:
            found = self._connections.get(endpoint)
            if found is None:
                found = Connections(endpoint, self._tls, now=self._now)
                self._connections[endpoint] = found
            return found

    def forget(self) -> None:
        """Drop connections and credentials: this environment is a copy of a snapshot."""
        self.credentials.forget()
        with self._lock:
            for each in self._connections.values():
                each.close()

    def _tls(self) -> ssl.SSLContext:
        """Return the one TLS context: to load the certificates costs more than a call."""
        if self._beside is not None:
            return self._beside._tls()
        with self._lock:
            if self._context is None:
                bundle = self.environ.get("AWS_CA_BUNDLE") or None
                try:
                    self._context = ssl.create_default_context(cafile=bundle)
                except OSError:
                    raise NotUnderstoodError("tls") from None
            return self._context


class LeanService:
    """One service of AWS, as :class:`AwsService` has it; threads may share it."""

    def __init__(self, aws: LeanAws, name: str) -> None:
        """Take the service's name; see :meth:`LeanAws.service`."""
        if name not in SERVICES:
            raise LookupError(f"service {name!r}: the lean AWS client has {sorted(SERVICES)}")
        self._aws = aws
        self._name = name
        self._service = SERVICES[name]
        self._sender: _Sender | None = None

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation and return its answer.

        Raises:
            AwsRefusedError: The service refused; the call changed nothing.
            AwsNoAnswerError: The outcome is unknown.
            LookupError: The operation is not in the table ``SERVICES``: add it there.
        """
        if operation not in self._service.operations:
            raise LookupError(
                f"operation {operation!r} of {self._name}: the lean AWS client has "
                f"{sorted(self._service.operations)}; add it to lean_aws/operations.py"
            )
        parameters = with_client_token(operation, parameters)
        tries = self._aws.tries()
        if not self._aws.fallback.is_on:
            headers, body = self._service.headers(operation), body_of(parameters)
            try:
                return tries.result(lambda: self._sent(headers, body, tries))
            except NotUnderstoodError as problem:
                self._aws.fallback.turn_on(problem)
        return self._aws.fallback.call(self._name, operation, parameters, sent_before=tries.ended)

    def _sent(self, headers: dict[str, str], body: bytes, tries: Tries) -> dict[str, Any]:
        sender = self._sender
        if sender is None:
            check_environment(self._aws.environ)
            sender = self._sender = _Sender(self._aws, self._name)
        try:
            return sender.send(headers, body, tries)
        except SignatureRefusedError:
            self._aws.credentials.forget()
            raise


class _Sender:
    """Signs and sends to one endpoint."""

    def __init__(self, aws: LeanAws, name: str) -> None:
        endpoint = endpoint_of(name, aws.environ)
        self._aws = aws
        self._host = endpoint.netloc
        self._signer = Signer(name, region_of(aws.environ))
        self._connections = aws.connections(endpoint)
        environment = aws.environ.get("AWS_EXECUTION_ENV", "")
        self._unsigned = (
            f"user-agent: idempotent-checkout/{VERSION} lean{_printable(' exec-env/', environment)}"
            "\r\naccept-encoding: identity\r\n"
        )

    def send(self, headers: dict[str, str], body: bytes, tries: Tries) -> dict[str, Any]:
        """Send one request; see ``answers.result_of``."""
        deadline = tries.deadline()
        credentials = self._aws.credentials.current(deadline)
        signed = self._signer.signed(
            {**headers, "host": self._host},
            body,
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            token=credentials.token,
            now=tries.now(),
        )
        trace = self._aws.environ.get("_X_AMZN_TRACE_ID", "")
        lines = [f"{name}: {value}\r\n" for name, value in signed.items()]
        head = (
            f"POST / HTTP/1.1\r\n{''.join(lines)}{self._unsigned}"
            f"{_printable('x-amzn-trace-id: ', trace, _EOL)}content-length: {len(body)}\r\n\r\n"
        )
        return result_of(self._connections.exchange(head.encode() + body, deadline))


_EOL = "\r\n"


def _printable(before: str, value: str, after: str = "") -> str:
    """Return a value of the environment as a part of the request's head, if it fits into one."""
    return f"{before}{value}{after}" if value and value.isascii() and value.isprintable() else ""
