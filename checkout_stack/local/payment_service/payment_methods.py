"""The payment methods that ask for a behaviour, as test cards of real payment services do.

The behaviour travels with the request, so scenarios that run at the same time do not disturb each
other. Each form of a payment method is one row of ``FORMS``; ``docs/local.md`` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from checkout_stack.local.payment_service.behaviour import Behaviour, Fault

__all__ = ["ENDINGS", "FORMS", "Form", "UnknownPaymentMethodError", "behaviour_of"]

ENDINGS = (
    "A fault strikes instead of the capture, or after it with `_after_capture`. With `_once` or "
    "`_<n>times` at its end it strikes so many requests under a payment key, else each of them. "
    "`pm_forgets_key_` may stand before a fault, and a suffix after a dot is ignored: "
    "`pm_ok.second-card` is another card that works. With `.webhook` at its end the payment "
    "service sends webhooks about the payment."
)


class UnknownPaymentMethodError(ValueError):
    """The token names no behaviour; the message says which there are."""


@dataclass(frozen=True)
class Form:
    """One way to write a payment method."""

    written: str
    """As the documentation shows it, without ``pm_``."""

    does: str
    pattern: re.Pattern[str]
    behaviour: Callable[[re.Match[str]], Behaviour]


def behaviour_of(payment_method: str) -> Behaviour:
    """The behaviour that a payment method token asks for.

    >>> behaviour_of("pm_slow_300ms").latency_seconds
    0.3
    >>> behaviour_of("pm_html_404_once").fault
    Fault(kind='html', status=404, after_capture=False, times=1)
    """
    prefix, _, name = payment_method.partition(".")[0].partition("_")
    for form in FORMS:
        if prefix == "pm" and (match := form.pattern.fullmatch(name)):
            return form.behaviour(match)
    known = ", ".join(f"pm_{form.written}" for form in FORMS)
    raise UnknownPaymentMethodError(f"{payment_method!r} is none of: {known}. {ENDINGS}")


_TIMES = r"(?:_(?:(?P<once>once)|(?P<times>\d{1,4})times))?"
_STATUS = r"(?P<status>[1-5]\d\d)"
_POINT = r"(?:_(?P<point>before|after)_capture)?"
_FAULTS = {
    "hang": "answers nothing for 30 s, then closes the connection",
    "unreadable": "cuts the answer off half way",
    "redirect": "answers 307, to where following it is one more charge",
    "error_<status>": "answers that status with JSON that holds no word",
    "html_<status>": "answers that status with a page, as gateways do",
}
_KINDS: dict[str, Literal["hang", "unreadable", "redirect", "bare", "html"]] = {
    "hang": "hang",
    "unreadable": "unreadable",
    "redirect": "redirect",
    "error": "bare",
    "html": "html",
}
_LOST_ONCE = 500
"""The status of a first answer that has to be looked up."""


def _times(match: re.Match[str]) -> int | None:
    if match["once"]:
        return 1
    return int(match["times"]) if match["times"] else None


def _fault(match: re.Match[str]) -> Fault:
    found: dict[str, Any] = match.groupdict()
    return Fault(
        kind=_KINDS[found["kind"].partition("_")[0]],
        status=int(found.get("status") or 500),
        after_capture=found.get("point") == "after",
        times=_times(match),
    )


def _under(match: re.Match[str]) -> Behaviour:
    outcome: Any = match["outcome"]
    status = Fault(
        kind="status", status=int(match["status"]), after_capture=True, times=_times(match)
    )
    return Behaviour(outcome=outcome, settles_after_seconds=1, fault=status)


def _looked_up(match: re.Match[str]) -> Behaviour:
    fault = _fault(match)
    lost = Fault(kind="bare", status=_LOST_ONCE, after_capture=fault.after_capture, times=1)
    return Behaviour(fault=lost, look_up_fault=fault)


def _refused(match: re.Match[str]) -> Behaviour:
    refusal = Fault(kind="bare", status=int(match["status"]))
    return Behaviour(fault=refusal, cancel_fault=refusal if match["uncancellable"] else None)


def _processing(match: re.Match[str]) -> Behaviour:
    settles_as: Any = match["settles_as"]
    return Behaviour(
        outcome="processing", settles_as=settles_as, settles_after_seconds=int(match["seconds"])
    )


def _plain(name: str, does: str, behaviour: Behaviour) -> Form:
    return Form(name, does, re.compile(re.escape(name)), lambda _: behaviour)


def _fault_form(written: str, does: str) -> Form:
    kind = written.replace("<status>", _STATUS)
    return Form(
        written,
        does,
        re.compile(rf"(?P<forgets>forgets_key_)?(?P<kind>{kind}){_POINT}{_TIMES}"),
        lambda match: Behaviour(fault=_fault(match), forgets_key=match["forgets"] is not None),
    )


_FORGETFUL = Behaviour(
    forgets_key=True, fault=Fault(kind="bare", status=500, after_capture=True, times=1)
)

FORMS = (
    _plain("ok", "captures", Behaviour()),
    Form(
        "slow_<n>ms",
        "captures after n milliseconds",
        re.compile(r"slow_(?P<milliseconds>\d{1,5})ms"),
        lambda match: Behaviour(latency_seconds=int(match["milliseconds"]) / 1000),
    ),
    _plain("declined", "declines, and moves no money", Behaviour(outcome="declined")),
    _plain(
        "declined_once",
        "declines the first request under a key and forgets it, then captures",
        Behaviour(declines_first=True),
    ),
    _plain(
        "action_required",
        "waits for the buyer to act (3-D Secure)",
        Behaviour(outcome="action_required"),
    ),
    _plain(
        "action_required_http",
        "the same, at a page without TLS that no buyer may be sent to",
        Behaviour(outcome="action_required", action_page="http://bank.example/confirm"),
    ),
    Form(
        "processing_<captured or declined>_after_<n>",
        "is accepted, and comes to that outcome after n seconds, as direct debits do in days",
        re.compile(r"processing_(?P<settles_as>captured|declined)_after_(?P<seconds>\d{1,6})"),
        _processing,
    ),
    _plain(
        "not_charged",
        "refuses the request as a request, in words; the key stays unknown",
        Behaviour(outcome="not_charged"),
    ),
    _plain(
        "wrong_amount", "captures one minor unit too many", Behaviour(captures_wrong_amount=True)
    ),
    _plain("forgets_key", "captures, and does not remember the key", Behaviour(forgets_key=True)),
    _plain(
        "forgets_key_after_500",
        "captures, answers 500 and forgets the key: a repeated request is one more charge",
        _FORGETFUL,
    ),
    Form(
        "refused_<status>",
        "refuses every request under that status and says no word; can be cancelled, but for "
        "`_uncancellable` at its end",
        re.compile(rf"refused_{_STATUS}(?P<uncancellable>_uncancellable)?"),
        _refused,
    ),
    Form(
        "<word>_under_<status>",
        "does what the word says (`captured`, `declined`, `action_required`, `processing`, "
        "`not_charged`) and answers it under that status",
        re.compile(
            r"(?P<outcome>captured|declined|action_required|processing|not_charged)"
            rf"_under_{_STATUS}{_TIMES}"
        ),
        _under,
    ),
    *(_fault_form(written, does) for written, does in _FAULTS.items()),
    Form(
        "lookup_<fault>",
        "answers the first request by a bare 500, and its look-ups by `error_<status>` or "
        "`html_<status>`",
        re.compile(rf"lookup_(?P<kind>(?:error|html)_{_STATUS}){_POINT}{_TIMES}"),
        _looked_up,
    ),
    Form(
        "hold_lapses_after_<n>",
        "captures; where a hold is asked for, it lapses after n seconds",
        re.compile(r"hold_lapses_after_(?P<seconds>\d{1,6})"),
        lambda match: Behaviour(hold_seconds=int(match["seconds"])),
    ),
    _plain(
        "capture_refused",
        "captures; where a hold is asked for, its captures are refused in words",
        Behaviour(refuses_captures=True),
    ),
    Form(
        "capture_<fault>",
        "captures; where a hold is asked for, its captures are answered by `hang`, `unreadable`, "
        "`error_<status>` or `html_<status>`; with `_after_capture` the money is taken before",
        re.compile(rf"capture_(?P<kind>hang|unreadable|(?:error|html)_{_STATUS}){_POINT}{_TIMES}"),
        lambda match: Behaviour(capture_fault=_fault(match)),
    ),
    _plain("refund_declined", "captures, and refuses its refunds", Behaviour(refuses_refunds=True)),
    Form(
        "refund_<fault>",
        "captures, and answers its refunds by `error_<status>` or `html_<status>`; "
        "with `_after_capture` the money has gone back before",
        re.compile(rf"refund_(?P<kind>(?:error|html)_{_STATUS}){_POINT}{_TIMES}"),
        lambda match: Behaviour(refund_fault=_fault(match)),
    ),
    Form(
        "cancel_<fault>",
        "waits for the buyer, and answers its cancellation by `error_<status>` or `html_<status>`",
        re.compile(rf"cancel_(?P<kind>(?:error|html)_{_STATUS}){_TIMES}"),
        lambda match: Behaviour(outcome="action_required", cancel_fault=_fault(match)),
    ),
)
