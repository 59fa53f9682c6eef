"""A payment service's list of captures, and of refunds, over plain HTTP, page by page.

A list that is not beyond doubt is no list: docs/guide/payment-http.md holds the whole contract.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from checkout_runtime.adapters.answered_values import currency_of
from checkout_runtime.adapters.http_exchange import (
    HttpAnswer,
    NoAnswerError,
    exchange,
    usable_url,
)
from checkout_runtime.adapters.json_object import json_object
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailableError
from checkout_runtime.application.audit_ports import ChargesNotListedError, RefundsNotListedError
from checkout_runtime.domain.card_numbers import storable_charge_id
from checkout_runtime.domain.charge_audit import ListedCharge, Window
from checkout_runtime.domain.refund_audit import ListedRefund

__all__ = ["HttpChargeListing", "exchange_page"]

T = TypeVar("T")

LONGEST_PAGE_BYTES = 4 * 1024 * 1024
"""Some twenty thousand charges; a longer page would be held in memory for nothing."""
_OK = 200
_UNAUTHORIZED = (401, 403)
_REFUNDS = "refunds"
_KNOWS_NO_REFUNDS = (400, 404, 405, 422, 501)
"""A service that was written before refunds were listed refuses the question, or ignores it."""
_MAX_DETAIL = 200


def exchange_page(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout_seconds: float
) -> HttpAnswer:
    """Carry one request out whose answer is a page of a list: longer than one charge.

    Raises:
        NoAnswerError: as ``exchange``.
    """
    return exchange(
        method, url, headers, body, timeout_seconds, longest_answer_bytes=LONGEST_PAGE_BYTES
    )


class HttpChargeListing:
    """Lists captures by GET."""

    def __init__(
        self,
        *,
        url: str,
        secret: CachedSecret,
        timeout_seconds: float,
        send: Callable[..., HttpAnswer] = exchange_page,
    ) -> None:
        """Take what is needed to ask.

        :param url: Where captures are listed.
        :param secret: The bearer token.
        :param timeout_seconds: Total deadline of each page.
        :param send: Carries one request out.

        Raises:
            UnusableUrlError: no request can be sent to the URL.
        """
        self._url = usable_url(url)
        self._secret = secret
        self._timeout_seconds = timeout_seconds
        self._send = send

    def pages(self, window: Window) -> Iterator[Sequence[ListedCharge]]:
        """Yield every capture of the window, page by page.

        Raises:
            ChargesNotListedError: an answer is missing or is no such list.
        """
        asked = {"captured_from": str(window.begin), "captured_before": str(window.end)}
        for charges in self._pages(asked, "charges", _charge):
            _check_window(window, {each.charge_id: each.captured_at for each in charges})
            yield charges

    def refund_pages(self, window: Window) -> Iterator[Sequence[ListedRefund]]:
        """Yield every refund of the window that went back, page by page.

        Raises:
            RefundsNotListedError: the service answers as one that lists charges only.
            ChargesNotListedError: an answer is missing or is no such list.
        """
        asked = {"refunded_from": str(window.begin), "refunded_before": str(window.end)}
        for refunds in self._pages(asked, _REFUNDS, _refund):
            _check_window(window, {each.reference: each.refunded_at for each in refunds})
            yield refunds

    def _pages(
        self, asked: dict[str, str], name: str, read: Callable[[Any], T]
    ) -> Iterator[list[T]]:
        seen: set[str] = set()
        cursor: str | None = None
        while True:
            rows, cursor = self._page(
                asked if cursor is None else {**asked, "cursor": cursor}, name
            )
            yield [read(row) for row in rows]
            if cursor is None:
                return
            if cursor in seen:
                raise ChargesNotListedError("a cursor came back: the list has no end")
            seen.add(cursor)

    def _page(self, asked: dict[str, str], name: str) -> tuple[list[Any], str | None]:
        separator = "&" if "?" in self._url else "?"
        url = f"{self._url}{separator}{urlencode(asked)}"
        try:
            headers = {"Authorization": f"Bearer {self._secret.value()}"}
            answer = self._send("GET", url, headers, None, self._timeout_seconds)
        except SecretUnavailableError as problem:
            raise ChargesNotListedError(f"secret {problem}") from problem
        except NoAnswerError as problem:
            raise ChargesNotListedError(f"no answer: {str(problem)[:_MAX_DETAIL]}") from problem
        if answer.status in _UNAUTHORIZED:
            self._secret.drop()
        fields = (json_object(answer.body) or {}) if answer.status == _OK else {}
        if name == _REFUNDS and (answer.status in _KNOWS_NO_REFUNDS or "charges" in fields):
            raise RefundsNotListedError(f"http_{answer.status}")
        if answer.status != _OK:
            raise ChargesNotListedError(f"http_{answer.status}")
        match fields:
            case {"next": (str() | None) as cursor} if cursor != "":
                rows = fields.get(name)
                if isinstance(rows, list):
                    return rows, cursor
        raise ChargesNotListedError(f"unreadable: no object with {name} and next")


def _check_window(window: Window, listed: Mapping[str, int]) -> None:
    outside = [name for name, time in listed.items() if time not in window]
    if outside:
        raise ChargesNotListedError(f"listed outside of the window: {outside[0][:_MAX_DETAIL]}")


def _refund(row: Any) -> ListedRefund:
    match row:
        case {
            "refund_id": str(refund_id),
            "charge_id": str(charge_id),
            "amount": int(amount),
            "currency": str(currency),
            "refunded_at": int(refunded_at),
        } if refund_id and type(amount) is int and type(refunded_at) is int:
            key, charge_key = row.get("key"), row.get("charge_key")
            return ListedRefund(
                refund_id,
                key if isinstance(key, str) else None,
                storable_charge_id(charge_id),
                charge_key if isinstance(charge_key, str) else None,
                amount,
                currency_of(currency) or currency,
                refunded_at,
            )
    raise ChargesNotListedError(
        "unreadable: a refund without one of its fields, or of another type"
    )


def _charge(row: Any) -> ListedCharge:
    match row:
        case {
            "charge_id": str(charge_id),
            "key": str(key),
            "amount": int(amount),
            "currency": str(currency),
            "captured_at": int(captured_at),
        } if charge_id and type(amount) is int and type(captured_at) is int:
            # As the order has it, with which it is compared.
            known_id, code = storable_charge_id(charge_id), currency_of(currency) or currency
            return ListedCharge(known_id, key, amount, code, captured_at)
    raise ChargesNotListedError(
        "unreadable: a charge without one of its fields, or of another type"
    )
