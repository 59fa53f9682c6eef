"""The promises of an adapter behind gateways: a status without the service's word is no verdict."""

from collections.abc import Callable

from checkout_runtime.conformance.asking import Asking, skip_unless
from checkout_runtime.domain.outcomes import Unknown

__all__ = ["GATEWAY_STATUSES", "GatewayPromises"]

GATEWAY_STATUSES = (400, 402, 403, 404, 422, 499)
"""What load balancers, firewalls and proxies answer in the place of a payment service."""
_NO_GATEWAY = "the sandbox has no gateway in between"


class GatewayPromises:
    """Tests in which something else answers than the payment service."""

    def test_a_gateways_answer_to_a_charge_is_unknown(self, asking: Asking) -> None:
        skip_unless(_has_gateway(asking), _NO_GATEWAY, "whether a gateway's 404 or 402 is a no")
        order = asking.order()
        _expect_unknown(asking, lambda: asking.adapter().charge(order))

    def test_a_gateways_answer_to_a_look_up_is_unknown(self, asking: Asking) -> None:
        skip_unless(asking.sandbox.can_look_up, "can_look_up=False", "nothing")
        skip_unless(_has_gateway(asking), _NO_GATEWAY, "whether a gateway's 404 is 'not found'")
        order, _ = asking.charged()
        _expect_unknown(asking, lambda: asking.adapter().look_up(order.payment_key))

    def test_a_gateways_answer_to_a_cancellation_is_unknown(self, asking: Asking) -> None:
        sandbox = asking.sandbox
        skip_unless(sandbox.can_cancel, "can_cancel=False", "nothing; an operator ends such orders")
        skip_unless(_has_gateway(asking), _NO_GATEWAY, "whether a gateway's 404 is 'cancelled'")
        order = asking.order(sandbox.action_method)
        asking.adapter().charge(order)
        _expect_unknown(asking, lambda: asking.adapter().cancel(order.payment_key))


def _has_gateway(asking: Asking) -> bool:
    return asking.sandbox.gateway_answers(GATEWAY_STATUSES[0]) is not None


def _expect_unknown(asking: Asking, ask: Callable[[], object]) -> None:
    for status in GATEWAY_STATUSES:
        gateway = asking.sandbox.gateway_answers(status)
        assert gateway is not None, f"the sandbox's gateway cannot answer {status}"
        with gateway:
            answer = ask()
        assert isinstance(answer, Unknown), (
            f"a gateway answered {status} with a page, and the adapter said {answer}: only a word "
            "of the payment service is a verdict"
        )
