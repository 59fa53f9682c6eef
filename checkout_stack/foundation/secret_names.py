"""Which environment variables hold a secret: told by the variable's name, or by its text.

Constructs and policy ask the same question, so this imports neither.
"""

from __future__ import annotations

import re

DYNAMIC_REFERENCE = "{{resolve:"
"""How a value begins that CloudFormation replaces by the secret itself."""
_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL|TOKEN", re.I
)
_NAME_OF_ITS_PLACE = re.compile(
    r"(ARN|NAME|ID|URL|URI|PATH|PARAM|PARAMETER|TTL|SECONDS|MINUTES|ENABLED|REGION|HEADER|"
    r"AUDIENCE|ISSUER|ENDPOINT|TABLE|BUCKET)$",
    re.I,
)
"""A variable that ends so says where a secret is, not what it is."""
_SECRET_TEXT = re.compile(
    r"\b(sk|rk|pk)_(live|test)_\w+|\bwhsec_\w+|\bA(KIA|SIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE"
)
"""How payment keys, webhook secrets, AWS access keys and private keys begin."""
_PLACE = re.compile(r"arn:|/|https?://")


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret, and not where a secret is."""
    return bool(_SECRET_NAME.search(name)) and not _NAME_OF_ITS_PLACE.search(name)


def holds_a_secret(name: str, text: str) -> bool:
    """Whether a variable of this name and text holds a secret."""
    if _SECRET_TEXT.search(text):
        return True
    if not names_a_secret(name):
        return False
    return bool(text) and (DYNAMIC_REFERENCE in text or not _PLACE.match(text))
