"""``python -m checkout_runtime.conformance acme_sandbox:AcmeSandbox``, and options of pytest."""

import sys
from importlib import import_module

import pytest

from checkout_runtime.conformance import PaymentServiceConformance, Sandbox


def run(arguments: list[str]) -> int:
    """Run every promise against the sandbox that the first argument names; return pytest's code."""
    if not arguments or ":" not in arguments[0]:
        sys.stderr.write(
            "name what makes the sandbox as module:function, for example "
            "python -m checkout_runtime.conformance acme_sandbox:AcmeSandbox -v\n"
        )
        return int(pytest.ExitCode.USAGE_ERROR)
    module, _, name = arguments[0].partition(":")
    make = getattr(import_module(module), name)
    from checkout_runtime.conformance import named_sandbox

    def sandbox(self: PaymentServiceConformance) -> Sandbox:
        del self
        made: Sandbox = make()
        return made

    named_sandbox.TestPaymentService.sandbox = pytest.fixture(sandbox)  # type: ignore[method-assign]
    return int(pytest.main(["--pyargs", named_sandbox.__name__, *arguments[1:]]))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
