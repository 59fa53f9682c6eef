"""A model of a service of AWS, with a meter at every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.cost.meter import Meter
from checkout_runtime.adapters.aws import AwsService

#: The index of unsettled orders, by its key.
INDEXES = {"unsettled": ("unsettled_shard", "unsettled_since")}
_WRITES = ("PutItem", "UpdateItem")


class MeteredService:
    """A service as one function calls it."""

    def __init__(
        self,
        model: AwsService,
        meter: Meter,
        function: str,
        stored: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
        on_call: Callable[[], None],
    ) -> None:
        """Put a meter before ``model``.

        ``stored`` reads the stored order of a key; ``on_call`` is called with each request.
        """
        self._model = model
        self._meter = meter
        self._function = function
        self._stored = stored
        self._on_call = on_call

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation, as ``AwsService`` has it, and count what it costs."""
        with self._meter.resting(self._function):
            self._meter.count(self._function, operation)
            self._on_call()
            if operation in _WRITES:
                return self._write(operation, parameters)
            answer = self._model.call(operation, parameters)
            self._meter.read(self._function, operation, parameters, answer)
        return answer

    def _write(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        key = parameters.get("Key") or {"pk": parameters["Item"]["pk"]}
        before = self._stored(key)
        try:
            return self._model.call(operation, parameters)
        finally:
            # A write whose condition failed is charged too.
            self._meter.wrote(self._function, before, self._stored(key), INDEXES)
