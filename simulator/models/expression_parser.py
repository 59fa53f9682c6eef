"""The grammar of DynamoDB's expressions, by recursive descent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from simulator.models.attribute_values import (
    COMPARISONS,
    ExpressionError,
    added,
    begins_with,
    compare,
    contains,
    deleted,
    number,
    size,
)

__all__ = ["Change", "ExpressionParser", "Item", "Names", "Test", "Values"]

Item = Mapping[str, Any]
Values = Mapping[str, Any]
Names = Mapping[str, str]
_Operand = Callable[[Item, Names, Values], Any]
Test = Callable[[Item, Names, Values], bool]
Change = Callable[[Item, dict[str, Any], Names, Values], None]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+\-]|[:#]?[A-Za-z0-9_][A-Za-z0-9_\-]*)")


class ExpressionParser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._place = 0
        self.names: set[str] = set()
        self.values: set[str] = set()
        self.targets: list[str] = []
        """What an update changes, as the text says it."""

    def more(self) -> bool:
        """Whether tokens are left."""
        return self._place < len(self._tokens)

    def peek(self) -> str:
        """Return the next token and leave it; empty at the end."""
        return self._tokens[self._place] if self.more() else ""

    def take(self, expected: str | None = None) -> str:
        """Take the next token, which must be ``expected`` where that is given."""
        token = self.peek()
        if not token or (expected is not None and token.upper() != expected):
            raise ExpressionError(f"expected {expected or 'more'}, found {token!r}: {self._text}")
        self._place += 1
        return token

    def end(self) -> None:
        """Refuse an expression that goes on."""
        if self.more():
            raise ExpressionError(f"unexpected {self.peek()!r} in {self._text!r}")

    def disjunction(self) -> Test:
        """Parse a condition: ``OR`` binds weakest."""
        tests = [self._conjunction()]
        while self.peek().upper() == "OR":
            self.take()
            tests.append(self._conjunction())
        if len(tests) == 1:
            return tests[0]
        return lambda item, names, values: any(test(item, names, values) for test in tests)

    def change(self, clause: str) -> Change:
        """Parse one action of an update's clause."""
        self.targets.append(self.peek())
        target = self.target()
        if clause == "REMOVE":
            return lambda _item, changed, names, _values: _forget(changed, target(names))
        if clause == "SET":
            self.take("=")
            operand = self._sum()

            def assign(item: Item, changed: dict[str, Any], names: Names, values: Values) -> None:
                value = operand(item, names, values)
                if value is None:
                    raise ExpressionError("an operand names an attribute that is not there")
                changed[target(names)] = value

            return assign
        operand = self._operand()
        combine = added if clause == "ADD" else deleted

        def combined(item: Item, changed: dict[str, Any], names: Names, values: Values) -> None:
            name = target(names)
            value = combine(item.get(name), operand(item, names, values))
            if value is None:
                _forget(changed, name)
            else:
                changed[name] = value

        return combined

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self.peek().upper() == "AND":
            self.take()
            tests.append(self._negation())
        if len(tests) == 1:
            return tests[0]
        return lambda item, names, values: all(test(item, names, values) for test in tests)

    def _negation(self) -> Test:
        if self.peek().upper() == "NOT":
            self.take()
            test = self._negation()
            return lambda item, names, values: not test(item, names, values)
        return self._predicate()

    def _predicate(self) -> Test:
        if self.peek() == "(":
            self.take()
            test = self.disjunction()
            self.take(")")
            return test
        word = self.peek()
        if word in ("attribute_exists", "attribute_not_exists"):
            self.take()
            self.take("(")
            target = self.target()
            self.take(")")
            wanted = word == "attribute_exists"
            return lambda item, names, _values: (target(names) in item) is wanted
        if word in ("begins_with", "contains"):
            self.take()
            self.take("(")
            left = self._operand()
            self.take(",")
            right = self._operand()
            self.take(")")
            check = begins_with if word == "begins_with" else contains
            return lambda item, names, values: check(
                left(item, names, values), right(item, names, values)
            )
        return self._comparison()

    def _comparison(self) -> Test:
        left = self._operand()
        word = self.take().upper()
        if word == "BETWEEN":
            low = self._operand()
            self.take("AND")
            high = self._operand()

            def between(item: Item, names: Names, values: Values) -> bool:
                value = left(item, names, values)
                return compare(">=", value, low(item, names, values)) and compare(
                    "<=", value, high(item, names, values)
                )

            return between
        if word == "IN":
            self.take("(")
            choices = [self._operand()]
            while self.peek() == ",":
                self.take()
                choices.append(self._operand())
            self.take(")")

            def among(item: Item, names: Names, values: Values) -> bool:
                value = left(item, names, values)
                return value is not None and any(
                    value == choice(item, names, values) for choice in choices
                )

            return among
        if word not in COMPARISONS:
            raise ExpressionError(f"unexpected {word!r} in {self._text!r}")
        right = self._operand()
        return lambda item, names, values: compare(
            word, left(item, names, values), right(item, names, values)
        )

    def _sum(self) -> _Operand:
        left = self._operand()
        sign = self.peek()
        if sign not in ("+", "-"):
            return left
        self.take()
        right = self._operand()

        def total(item: Item, names: Names, values: Values) -> Any:
            a, b = number(left(item, names, values)), number(right(item, names, values))
            return {"N": str(a + b if sign == "+" else a - b)}

        return total

    def _operand(self) -> _Operand:
        word = self.peek()
        if word in ("if_not_exists", "list_append"):
            self.take()
            self.take("(")
            first = self._operand()
            self.take(",")
            second = self._operand()
            self.take(")")
            if word == "list_append":
                return lambda item, names, values: {
                    "L": [*first(item, names, values)["L"], *second(item, names, values)["L"]]
                }

            def there_or(item: Item, names: Names, values: Values) -> Any:
                value = first(item, names, values)
                return second(item, names, values) if value is None else value

            return there_or
        if word == "size":
            self.take()
            self.take("(")
            target = self.target()
            self.take(")")
            return lambda item, names, _values: size(item.get(target(names)))
        if word.startswith(":"):
            self.take()
            self.values.add(word)
            return lambda _item, _names, values: values[word]
        target = self.target()
        return lambda item, names, _values: item.get(target(names))

    def target(self) -> Callable[[Names], str]:
        """Parse the name of an attribute, or of one in the names."""
        word = self.take()
        if word.startswith("#"):
            self.names.add(word)
            return lambda names: names[word]
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", word):
            raise ExpressionError(f"{word!r} names no attribute: {self._text}")
        if word.upper() in _RESERVED:
            raise ExpressionError(f"{word!r} is a reserved word")
        return lambda _names: word


_RESERVED = frozenset({"STATUS", "SCOPE", "NAME", "STATE", "TTL", "VALUE", "KEY", "DATE", "TIME"})
"""Those of the reserved words that an order might be tempted to use."""


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ExpressionError(f"unreadable at {place}: {text!r}")
        tokens.append(match[1])
        place = match.end()
    return tokens


def _forget(changed: dict[str, Any], name: str) -> None:
    changed.pop(name, None)
