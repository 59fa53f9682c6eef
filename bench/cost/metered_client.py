"""A botocore client's face on a model, with a meter at every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.cost.meter import Meter

#: The index of unsettled orders, by its key.
INDEXES = {"unsettled": ("unsettled_shard", "unsettled_since")}
_WRITES = ("put_item", "update_item")


class MeteredClient:
    """A client of one function."""

    def __init__(
        self,
        model: Any,
        meter: Meter,
        function: str,
        stored: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
        on_call: Callable[[], None],
    ) -> None:
        """Make a client of ``model``.

        ``stored`` returns the order that a key names as it is; ``on_call`` is told of each call.
        """
        self._model = model
        self._meter = meter
        self._function = function
        self._stored = stored
        self._on_call = on_call

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        effect = getattr(self._model, operation)

        def call(**request: Any) -> Any:
            with self._meter.resting(self._function):
                self._meter.count(self._function, operation)
                self._on_call()
                if operation in _WRITES:
                    return self._write(effect, request)
                answer = effect(**request)
                self._meter.read(self._function, operation, request, answer)
            return answer

        self.__dict__[operation] = call
        return call

    def _write(self, effect: Callable[..., Any], request: dict[str, Any]) -> Any:
        key = request.get("Key") or {"pk": request["Item"]["pk"]}
        before = self._stored(key)
        try:
            return effect(**request)
        finally:
            # A write whose condition failed is charged too.
            self._meter.wrote(self._function, before, self._stored(key), INDEXES)
