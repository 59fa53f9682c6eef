"""A DynamoDB on loopback that takes every write and remembers it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class TableDouble:
    """Serves in the block; ``written`` has the parameters of each call."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []
        written = self.written

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                written.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def environment(self) -> dict[str, str]:
        """What an application is given that places orders here."""
        return {
            "ORDER_TABLE_NAME": "orders",
            "CHECKOUT_NAMESPACE": "shop",
            "UNSETTLED_SHARDS": "1",
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{self._server.server_port}",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
        }

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
