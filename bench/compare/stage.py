"""Where a workflow is played: the simulator's world, with the workflow's functions instead of ours.

Buyer, virtual time, DynamoDB, SQS, its event source mapping, payment service, crashes and lost
answers are those of ``simulator``: nothing of them is written a second time.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.http_exchange import NoAnswerError
from simulator.botocore_client import BOTOCORE_ERRORS, BotocoreClient
from simulator.cases import Case
from simulator.deployment import FUNCTION_TIMEOUTS_MS
from simulator.execution import Environment
from simulator.faults import Plan
from simulator.invariants import Invariants
from simulator.traits import Charge
from simulator.world import Context, World

Handler = Callable[[Any, Context], Any]
ORDERS = "shop-orders"
"""The order table of every workflow but ours."""
API_TIMEOUT_MS = FUNCTION_TIMEOUTS_MS["place_order"]
"""As our intake has it."""


class WorkflowError(Exception):
    """A handler gives up by raising, and Lambda counts the invocation as failed."""


@dataclass(frozen=True, slots=True)
class _Deployed:
    handler: Handler
    timeout_ms: int


class _NothingPromised(Invariants):
    """Tells what happens and judges nothing: whatever a workflow does is counted at the end."""

    def look(self) -> None:
        """Let pass."""

    def charged(self, charge: Charge) -> None:
        """Tell."""
        self._world.say("payment service", f"captures {charge.charge_id} for {charge.order_id}")

    def acknowledged(self, body: str, since: int) -> None:
        """Let pass."""

    def ended(self) -> None:
        """Let pass."""


class Stage(World):
    """A world whose functions are a workflow's."""

    def __init__(
        self,
        case: Case,
        plan: Plan,
        story: Callable[[str], None] | None = None,
        *,
        keyed: bool = False,
    ) -> None:
        super().__init__(case, plan, story, invariants=_NothingPromised)
        self.keyed = keyed
        """Whether an order's number is the buyer's key, and not new at each submission."""
        self.for_a_person: list[str] = []
        """What a service gave up on and keeps for somebody to look at."""
        self.draws = random.Random(case.purchases[0].key)  # noqa: S311 - nothing secret
        """For what a service leaves open, such as how late it is."""
        self._environments = 0
        self._deployed: dict[str, _Deployed] = {}
        self.dynamodb.create_table(ORDERS, key="pk", indexes={}, stream_shards=1)
        self.deploy("get_order", self._get_order)

    def deploy(self, name: str, handler: Handler, timeout_ms: int = API_TIMEOUT_MS) -> None:
        """Make a function; ``place_order`` is what the API calls, ``process_payments`` what the
        payment queue's mapping calls."""
        self._deployed[name] = _Deployed(handler, timeout_ms)

    def add_service(self, name: str, model: AwsService) -> None:
        """Let functions call one more service by :meth:`aws_client`."""
        self._aws[name] = model

    def aws_client(self, service: str) -> Any:
        """A client as the peers' programs have it, with everything that may go wrong."""
        return BotocoreClient(self.aws_service(service))

    def order_number(self, request: Mapping[str, Any]) -> str:
        """The number of the order that a request asks for."""
        if self.keyed:
            return f"order-{request['headers']['idempotency-key']}"
        return f"order-{self.unique_id()}"

    def after(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Do something later; the play is not over before."""

        def act() -> None:
            self.busy -= 1
            action()

        self.busy += 1
        self.scheduler.at(self.now() + delay_ms, act)

    def invoke(
        self, function: str, event: Mapping[str, Any], on_end: Callable[[Any], None]
    ) -> None:
        """Run a function in a new execution environment; ``on_end`` gets its answer, or None."""
        deployed = self._deployed[function]
        self._environments += 1
        environment = Environment(function, self._environments)
        ends_at = self.now() + deployed.timeout_ms
        ended = False
        self.busy += 1

        def end(result: Any) -> None:
            nonlocal ended
            if not ended:
                ended = True
                self.busy -= 1
                on_end(result)

        def work() -> None:
            try:
                result = deployed.handler(event, Context(self, ends_at))
            except (*BOTOCORE_ERRORS, NoAnswerError, WorkflowError) as problem:
                self.say(environment.name, f"fails: {type(problem).__name__} {problem}")
                result = None
            end(result)

        def time_out() -> None:
            if not ended:
                environment.alive = False
                end(None)

        environment.made["on death"] = lambda: self.scheduler.at(self.now(), lambda: end(None))
        self.scheduler.spawn(environment, work)
        self.scheduler.at(ends_at, time_out)

    def orders(self) -> dict[str, str]:
        """The state of each order; to be asked once, when the play is over."""
        written = dict(self.dynamodb.take_changes(ORDERS))
        return {key: item["status"]["S"] for key, item in written.items() if item is not None}

    def _get_order(self, event: Any, context: Context) -> Any:
        """What a buyer sees who comes back: the order, or that it is on its way."""
        del context
        order_id = event["pathParameters"]["order_id"]
        found = self.aws_client("dynamodb").get_item(TableName=ORDERS, Key={"pk": {"S": order_id}})
        status = found["Item"]["status"]["S"] if "Item" in found else "on its way"
        return {"statusCode": 200, "body": json.dumps({"order_id": order_id, "status": status})}
