"""Which environment variables hold a secret: told by the variable's name, or by its text.

Constructs and policy ask the same question, so this imports neither.
"""

from __future__ import annotations

import base64
import re

DYNAMIC_REFERENCE = "{{resolve:"
"""How a value begins that CloudFormation replaces by what is kept elsewhere."""
LONGEST_TEXT = 8192
"""Characters that are read of a value; all variables of a function have 4 KB together."""
_SECRET_NAME = re.compile(
    r"SECRET(?!AR)|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|TOKEN(?!IZ)"
    r"|(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION|MASTER|LICENSE|HMAC|AUTH|SERVICE|SHARED|SSH|RSA|PGP"
    r"|WEBHOOK|STRIPE|ADYEN|PAYPAL|MOLLIE|BRAINTREE|KLARNA)_?KEY"
    r"|(?:STRIPE|ADYEN)_?SK$|(?:^|_)PWD(?:_|$)|(?:^|_)(?:PASS|JWT|PIN)$",
    re.I,
)
_NOT_A_SECRET = re.compile(
    r"(ARN|NAME|ID|URL|URI|PATH|PARAM|PARAMETER|REGION|HEADER|AUDIENCE|ISSUER|ENDPOINT|TABLE|BUCKET"
    r"|FILE|STORE|HOST|PORT|PREFIX|SUFFIX|ALIAS|LOCATION|SOURCE|PROVIDER|BACKEND|ENGINE|MANAGER|SCOPE"
    r"|CLAIM|FIELD|COLUMN|ATTR|ATTRIBUTE|SYMBOL|COOKIE|METHOD|LEVEL|CACHE"
    r"|TTL|SECONDS|MINUTES|HOURS|DAYS|EXPIRY|EXPIRATION|LIFETIME|AGE|LENGTH|SIZE|LIMIT|COUNT|MAX|MIN"
    r"|INTERVAL|PERIOD|DURATION|WINDOW|VALIDITY|ENABLED|DISABLED|REQUIRED|OPTIONAL|ROTATION|VERSION|TYPE|MODE|FORMAT|ALGORITHM|POLICY|TEMPLATE|STRATEGY|SCHEME|RULES|REGEX|PATTERN"
    r"|ADDRESS|ALG|ARNS|CHARSET|CLASS|CONTRACT|CURRENCY|ENCODER|FUNCTION|HASHER|IDS|INDEX|JSON_KEY|KIND|LABEL"
    r"|LOADER|NAMES|PLACEHOLDER|PLAN|SERVICE|SYMBOLS|VALIDATION|VERIFIER)$"
    r"|^(MAX|MIN|NUM|ENABLE|DISABLE|REQUIRE|USE|HAS|IS|ACCEPTED|ALLOWED|STOP|SUPPORTED)_|PUBLISHABLE|PUBLIC|EXPIRES",
    re.I,
)
"""A variable of such a name says where a secret is, or how it is used, or is for everybody."""
_SECRET_TEXT = re.compile(
    r"\b(sk|rk)_(live|test|sbox)_\w+|\bsq0(?:atp|csp)-[\w-]{16,}"
    r"|\bEAAA[\w-]{40,}|\bhooks\.slack\.com/services/\w+/\w+/\w{16,}"
    r"|\bAIza[\w-]{30,}|\bnpm_\w{30,}|\bwhsec_\w+|\bA(KIA|SIA)[A-Z0-9]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE"
    r"|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|\baccess_token\$(?:production|sandbox)\$"
    r"|\b(?:live|test)_[A-Za-z0-9]{30}\b|\bBasic [A-Za-z0-9+/]{12,}=*|\bBearer [\w.~+/-]{20,}"
    r"|\b(?:Password|Pwd|AccountKey|SharedAccessKey)\s*=\s*[^;\s{}<$*%]+",
    re.I,
)
"""How the keys of payment services, code hosts and AWS, webhook secrets and JWTs are written."""
_KEY_NAME = re.compile(r"(?:^|_|[a-z])(?:KEY|HMAC|SALT)$", re.I)
_OTHER_KEY_NAME = re.compile(r"KMS|SITE|OBJECT|SORT|PARTITION|PRIMARY|RANGE|CACHE", re.I)
"""Words before KEY that make it an id, or something that stands in web pages."""
_RANDOM_TEXT = re.compile(
    r"(?:[A-Za-z]{0,4}[-_]?)?[0-9a-f]{32,}"
    r"|(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+=]{24,}"
)
"""A long random text. It is a key where the name of its variable says so."""
_PAYMENT_KEY = re.compile(
    r"\b(?:[sr]k_live|whsec)_[A-Za-z0-9]{16,}|\bsq0csp-[\w-]{40,}|\bEAAA[\w-]{40,}"
    r"|\baccess_token\$production\$\w+|\blive_[A-Za-z0-9]{30}\b"
)
"""A key by which money moves, whatever it stands in."""
_SHOWN_SECRET = re.compile(
    rf"-----BEGIN [A-Z ]*PRIVATE[^'\"]*"
    rf"|(?:{_PAYMENT_KEY.pattern}|{_SECRET_TEXT.pattern})[^\s'\";,]*",
    re.I,
)
"""All of a secret, of which the patterns above know how it begins."""
_SHOWN_USER = re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)[^/\s'\"?#]*@", re.I)
"""Who is named in an address: package indexes take a token in the place of the user name."""
_SHOWN_PASSWORD = re.compile(
    r"\b([a-z][a-z0-9+.-]{0,30}://)[^/\s'\"?#:@]*:(?!\d+[/?#])[^\s'\"@]{0,300}@", re.I
)
"""A password that is not percent-encoded, so that the address ends in it for a parser."""
_SHOWN_QUERY = re.compile(
    r"(?<=[?&#])(?!(?:egg|subdirectory|sha\d+|md5)=)([^\s=&?#'\"]{1,100}=)"
    r"(?:[;,](?=[^\s'\"])|[^\s&'\"#;,])+"
)
"""What is given in the query of an address, or in its fragment; pip's fragments are no secrets."""
_SHOWN_BARE_QUERY = re.compile(r"(://[^\s'\"?#]{1,300}\?)[^\s=&?#'\"]+(?=[\s&#'\"]|$)")
"""A query that is one value without a name."""
_SHOWN_OF_ADDRESSES = (
    (_SHOWN_USER, r"\1***@"),
    (_SHOWN_PASSWORD, r"\1***@"),
    (_SHOWN_QUERY, r"\1***"),
    (_SHOWN_BARE_QUERY, r"\1***"),
)
"""What is hidden of an address, and what is shown in its place."""
_URL_WITH_PASSWORD = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,30}://[^/@\s:?#]*:(?P<password>[^@/\s]+)@", re.I
)
_TO_BE_FILLED_IN = re.compile(r"\*+|<.*>|%\w|%\(.*|\{.*\}|\$\{?\w*\}?|x+", re.I)
"""Placeholders for a password, such as ``***``, ``${PASSWORD}`` or ``<password>``: no secrets."""
_FLAG_OR_LIMIT = re.compile(r"(true|false|yes|no|on|off|none|null|enabled|disabled|\d{1,6})", re.I)
_NUMERIC_SECRET_NAME = re.compile(r"PASS|PWD|PIN$", re.I)
_PUBLISHABLE_TEXT = re.compile(r"pk_(live|test)_\w+")
"""A key of Stripe that stands in web pages."""
_PLACE = re.compile(
    r"arn:|/|https?://|AQ[IE]CAH|[A-Z]+(?:_[A-Z]+)+\Z"
    r"|[a-z0-9-]+(?:/[a-z0-9._-]+)+(?:,[a-z0-9-]+(?:/[a-z0-9._-]+)+)*\Z"
)
"""An ARN, a path, an address, what KMS encrypted; or names of secrets: ``live/payment-key``."""


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret, and not where or what kind of secret."""
    return bool(_SECRET_NAME.search(name)) and not says_where(name)


def says_where(name: str) -> bool:
    """Whether a variable of this name says where a secret is or how it is used, or is public."""
    return bool(_NOT_A_SECRET.search(name))


def is_written_like_a_secret(text: str) -> bool:
    """Whether a text is, or contains, a secret, whatever it is called."""
    text = text[:LONGEST_TEXT]
    text += _decoded(text)
    found = _URL_WITH_PASSWORD.search(text)
    if found is not None and not _TO_BE_FILLED_IN.fullmatch(found["password"]):
        return True
    return bool(_SECRET_TEXT.search(text))


def contains_payment_key(text: str) -> bool:
    """Whether a text of any length, such as code or a script, has the key of a payment service."""
    return bool(_PAYMENT_KEY.search(text))


def without_secrets(text: str) -> str:
    """Return a text to be shown, with ``***`` in the place of what is written like a secret.

    Of an address, neither who is named in it nor what its query or fragment gives is shown.

    >>> without_secrets("capture is 'whsec_MfKQ9r8G', url is 'https://me:pw@example.com?key=k1'")
    "capture is '***', url is 'https://***@example.com?key=***'"
    """
    for pattern, shown in _SHOWN_OF_ADDRESSES:
        text = pattern.sub(shown, text)
    return _SHOWN_SECRET.sub("***", text)


def _decoded(text: str) -> str:
    """What a text says where all of it is Base64, on a line of its own; else nothing."""
    try:
        return "\n" + base64.b64decode(text, validate=True).decode("ascii")
    except ValueError:
        return ""


def holds_a_secret(name: str, text: str) -> bool:
    """Whether a variable of this name and text holds a secret."""
    if is_written_like_a_secret(text):
        return True
    if _is_random_key(name, text):
        return True
    if not text or _PUBLISHABLE_TEXT.fullmatch(text) or not names_a_secret(name):
        return False
    if _FLAG_OR_LIMIT.fullmatch(text) and not (
        text.isdecimal() and _NUMERIC_SECRET_NAME.search(name)
    ):
        return False
    return DYNAMIC_REFERENCE in text or not _PLACE.match(text)


def _is_random_key(name: str, text: str) -> bool:
    is_named = _KEY_NAME.search(name) and not _OTHER_KEY_NAME.search(name)
    if not is_named or _NOT_A_SECRET.search(name):
        return False
    return bool(_RANDOM_TEXT.fullmatch(text[:LONGEST_TEXT]))
