"""``python -m checkout_stack.local.payment_service --port 8080 --ledger ledger.sqlite``."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from pathlib import Path

from checkout_stack.local.payment_service.payment_methods import ENDINGS, FORMS
from checkout_stack.local.payment_service.server import PaymentServer

SECRET_VARIABLE = "PAYMENT_SERVICE_SECRET"  # noqa: S105


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="payment_service",
        description=f"The bearer secret is read from the environment variable {SECRET_VARIABLE}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="payment methods:\n"
        + "".join(f"  pm_{form.written}\n      {form.does}\n" for form in FORMS)
        + ENDINGS,
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    options = parser.parse_args()
    secret = os.environ.get(SECRET_VARIABLE, "")
    if not secret:
        parser.error(f"{SECRET_VARIABLE} is not set")
    server = PaymentServer(port=options.port, secret=secret, ledger_file=options.ledger)

    def stop(_signal: int, _frame: object) -> None:
        threading.Thread(target=server.stop, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
