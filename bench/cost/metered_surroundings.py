"""What handlers find around them: the simulator's models, a clock, and a meter at every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bench.cost.meter import Meter
from bench.cost.metered_service import INDEXES, MeteredService
from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.http_exchange import HttpAnswer
from simulator.cases import SERVICES
from simulator.deployment import (
    ORDER_TABLE,
    make_queues,
    settings_for,
)
from simulator.execution import Environment
from simulator.models.dynamodb import Clock, DynamoDbModel
from simulator.models.event_bridge import EventBridgeModel
from simulator.models.secrets_manager import SecretsManagerModel
from simulator.models.sqs import SqsModel
from simulator.payment_service import PaymentServiceModel
from simulator.traits import Charge, Hold, MadeRefund, Traits

T = TypeVar("T")

START_MS = 1_750_000_000_000
SHARDS = 16


class MeteredSurroundings:
    """One deployed checkout, as the handlers see it, each with one warm environment."""

    def __init__(
        self,
        dynamodb: Callable[[Clock], DynamoDbModel] = DynamoDbModel,
        *,
        announces: bool = False,
    ) -> None:
        """Make it empty.

        :param dynamodb: Makes another model of the tables than the simulator's.
        :param announces: Whether outcomes are announced.
        """
        self.announces = announces
        self.settings: Mapping[str, str] = {
            **settings_for(SERVICES["keys and look-up"], announces=announces),
            "UNSETTLED_SHARDS": str(SHARDS),
        }
        self.meter = Meter()
        self._now = START_MS
        self._numbers = 0
        self._environments: dict[str, Environment] = {}
        self._environment: Environment | None = None
        self.deadline = START_MS
        self.dynamodb = dynamodb(self)
        self.dynamodb.create_table(ORDER_TABLE, key="pk", indexes=INDEXES, stream_shards=1)
        self.sqs = SqsModel(self)
        make_queues(self.sqs, max_receives=37)
        self.event_bus = EventBridgeModel()
        self.payments = PaymentServiceModel(SERVICES["keys and look-up"], self)
        self._models: dict[str, AwsService] = {
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "events": self.event_bus,
            "secretsmanager": SecretsManagerModel({"arn:secret": "sk_test"}),
        }

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's context has it."""
        return self.deadline - self._now

    def at(self, time_ms: int, action: Callable[[], None]) -> None:
        """Nothing here happens later by itself."""
        raise AssertionError(f"{action} at {time_ms}")

    def pause(self, seconds: float) -> None:
        """Let the clock go on."""
        self._now += int(seconds * 1000)

    def held(self, hold: Hold) -> None:
        """Nothing is held here."""

    def released(self, hold: Hold) -> None:
        """Nothing is held here."""

    def gave_back(self, refund: MadeRefund) -> None:
        """Nobody asks for refunds here."""

    def took_back(self, refund: MadeRefund) -> None:
        """Nothing is refunded here."""

    def refund_changed(self, service: Traits, refund_key: str, reference: str) -> None:
        """No refund sends a webhook here."""

    def later(self, delay_ms: int, effect: Callable[[], object]) -> None:
        """Nothing here happens later by itself."""
        raise AssertionError(f"{effect} after {delay_ms}")

    def charged(self, charge: Charge) -> None:
        """Money moved; the model's ledger has it."""

    def changed(
        self, service: Traits, payment_key: str, intent: Mapping[str, Any] | None = None
    ) -> None:
        """Webhooks are not sent here."""

    def now(self) -> int:
        """Milliseconds UTC."""
        return self._now

    def environment(self) -> Environment:
        """The environment of the current invocation."""
        assert self._environment is not None, "only an invocation has an environment"
        return self._environment

    def aws_service(
        self,
        name: str,
        *,
        call_seconds: float | None = None,  # noqa: ARG002 - no call takes any time here
    ) -> AwsService:
        """A service with a meter."""
        return MeteredService(
            self._models[name],
            self.meter,
            self.environment().function,
            self.stored,
            self.called,
        )

    def called(self) -> None:
        """A service was called; here that takes no time."""

    def stored(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """An item of the order table as it is, without a call."""
        answer = self.dynamodb.call("GetItem", {"TableName": ORDER_TABLE, "Key": key})
        return answer.get("Item")

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, _timeout: float
    ) -> HttpAnswer:
        """Send one request to the payment service."""
        function = self.environment().function
        self.meter.count(function, "payment")
        with self.meter.resting(function):
            answer: HttpAnswer = self.payments.handle(method, url, headers, body)
        return answer

    def unique_id(self) -> str:
        """An id as long as the ones that handlers draw."""
        self._numbers += 1
        return f"{self._numbers:016x}"

    def run_side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run one after the other: who waits for whom costs nothing here."""
        return [task() for task in tasks]
