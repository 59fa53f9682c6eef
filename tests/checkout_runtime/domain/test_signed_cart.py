"""A signed cart says what the shop signed, or nothing."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.signed_cart import (
    MAX_TOKEN_LENGTH,
    CartRefused,
    ExpiredCart,
    SignedCart,
    read_signed_cart,
    sign_cart,
)

SECRET = b"0123456789abcdef0123456789abcdef"
ORDER = {
    "amount": 4200,
    "currency": "EUR",
    "customer": "cus_1",
    "lines": [{"sku": "book", "quantity": 1}],
}
NOW = 1_750_000_000_000
LATER = NOW // 1000 + 60
AUDIENCE = "shop/production"


def refused(token: object, secret: bytes = SECRET, now: int = NOW) -> str:
    cart = read_signed_cart(token, secrets=[secret], now=now, audience=AUDIENCE)
    assert isinstance(cart, CartRefused)
    return cart.reason


def test_a_cart_is_read_as_it_was_signed() -> None:
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    assert read_signed_cart(token, secrets=[SECRET], now=NOW, audience=AUDIENCE) == SignedCart(
        "cart-1", ORDER
    )


def test_any_jwt_library_signs_a_cart() -> None:
    claims = {**ORDER, "cart_id": "cart-1", "exp": LATER, "iat": NOW // 1000, "iss": "shop"}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    assert read_signed_cart(token, secrets=[SECRET], now=NOW, audience=AUDIENCE) == SignedCart(
        "cart-1", ORDER
    )


def test_a_jwt_library_reads_a_signed_cart() -> None:
    token = sign_cart("cart-1", ORDER, expires_at=4_000_000_000, secret=SECRET, audience=AUDIENCE)
    assert jwt.decode(token, SECRET, algorithms=["HS256"], audience=AUDIENCE)["cart_id"] == "cart-1"


def test_another_secret_is_refused() -> None:
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    assert refused(token, secret=SECRET[::-1]) == "the signature is not the shop's"


def test_a_cart_without_signature_is_refused() -> None:
    claims = {**ORDER, "cart_id": "cart-1", "exp": LATER}
    assert refused(jwt.encode(claims, None, algorithm="none")) == "the signature is not the shop's"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    claims = {**ORDER, "cart_id": "cart-1", "exp": LATER}
    token = jwt.encode(claims, SECRET * 2, algorithm=algorithm)
    assert refused(token, secret=SECRET * 2) == "the signature is not the shop's"


def test_a_header_that_names_another_algorithm_is_refused_though_the_signature_holds() -> None:
    claims = {**ORDER, "cart_id": "cart-1", "exp": LATER}
    token = jwt.encode(claims, SECRET, algorithm="HS256", headers={"crit": ["b64"]})
    assert refused(token) == "signed by another algorithm than HS256"


def test_a_price_holds_until_its_second_and_not_longer() -> None:
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    assert isinstance(
        read_signed_cart(token, secrets=[SECRET], now=LATER * 1000 - 1, audience=AUDIENCE),
        SignedCart,
    )
    expired = read_signed_cart(token, secrets=[SECRET], now=LATER * 1000, audience=AUDIENCE)
    assert expired == ExpiredCart("cart-1", ORDER)


def test_a_cart_that_another_signed_is_refused_also_once_its_time_has_run_out() -> None:
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET[::-1], audience=AUDIENCE)
    assert refused(token, now=LATER * 1000) == "the signature is not the shop's"


def test_each_secret_is_asked_for_only_when_those_before_it_did_not_match() -> None:
    asked: list[bytes] = []

    def secrets() -> Iterator[bytes]:
        for secret in (SECRET[::-1], SECRET, b"never" * 10):
            asked.append(secret)
            yield secret

    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    assert isinstance(
        read_signed_cart(token, secrets=secrets(), now=NOW, audience=AUDIENCE), SignedCart
    )
    assert asked == [SECRET[::-1], SECRET]


def test_what_has_not_the_form_of_a_cart_asks_for_no_secret() -> None:
    def secrets() -> Iterator[bytes]:
        raise AssertionError("asked")
        yield b""

    for token in ("", "a.b", "a.b.c.d", "a.b.!", "\ud800.b.cccc", None, "." * 60_001):
        cart = read_signed_cart(token, secrets=secrets(), now=NOW, audience=AUDIENCE)
        assert cart == CartRefused("not a signed cart")


@pytest.mark.parametrize(
    "cart_id",
    ["", "x" * 129, 7, None, "c\ufffd", "\ud800", "4242 4242 4242 4242", "4242424242424242"],
    ids=ascii,
)
def test_a_cart_without_a_usable_id_is_refused(cart_id: object) -> None:
    token = jwt.encode({**ORDER, "cart_id": cart_id, "exp": LATER}, SECRET)
    assert "cart_id" in refused(token)


@pytest.mark.parametrize("cart_id", ["x", "x" * 128])
def test_a_cart_id_has_1_to_128_characters(cart_id: str) -> None:
    token = sign_cart(cart_id, ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    assert read_signed_cart(token, secrets=[SECRET], now=NOW, audience=AUDIENCE) == SignedCart(
        cart_id, ORDER
    )


@pytest.mark.parametrize("expiry", [True, 1.5, "soon", None])
def test_a_cart_whose_price_never_runs_out_is_refused(expiry: object) -> None:
    token = sign_cart("c", ORDER, expires_at=expiry, secret=SECRET, audience=AUDIENCE)  # type: ignore[arg-type]
    assert "exp" in refused(token)


@given(st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_anything_else_is_refused(token: object) -> None:
    assert refused(token)


@given(st.data())
def test_no_character_of_a_token_can_be_changed(data: st.DataObject) -> None:
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters().filter(lambda each: each != token[place]))
    changed = token[:place] + character + token[place + 1 :]
    cart = read_signed_cart(changed, secrets=[SECRET], now=NOW, audience=AUDIENCE)
    # The last character of base64 has bits that say nothing.
    assert cart in (SignedCart("cart-1", ORDER),) or isinstance(cart, CartRefused)
    assert isinstance(cart, CartRefused) or place == len(token) - 1


def test_a_short_secret_is_a_defect() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        sign_cart("c", ORDER, expires_at=LATER, secret=SECRET[:-1], audience=AUDIENCE)
    with pytest.raises(ValueError, match="31 bytes"):
        read_signed_cart("a.b.cccc", secrets=[SECRET[:-1]], now=NOW, audience=AUDIENCE)


def test_what_a_jwt_library_adds_is_no_part_of_the_order() -> None:
    claims = {**ORDER, "cart_id": "cart-1", "exp": LATER, "iat": 1, "iss": "shop", "nbf": 1}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    assert read_signed_cart(token, secrets=[SECRET], now=NOW, audience=AUDIENCE) == SignedCart(
        "cart-1", ORDER
    )


def test_claims_that_are_no_object_are_refused_though_the_signature_holds() -> None:
    token = jwt.PyJWS().encode(b"[]", SECRET, algorithm="HS256")
    assert refused(token) == "its claims are not an object"


def test_a_token_is_as_long_as_the_limit_and_no_longer() -> None:
    def padded(characters: int) -> str:
        return sign_cart(
            "c", {"note": "x" * characters}, expires_at=LATER, secret=SECRET, audience=AUDIENCE
        )

    # Four characters of a token for three of the note.
    least = len(padded(0))
    note = (MAX_TOKEN_LENGTH - least) * 3 // 4
    while len(padded(note + 1)) <= MAX_TOKEN_LENGTH:
        note += 1
    assert len(padded(note)) == MAX_TOKEN_LENGTH
    assert isinstance(
        read_signed_cart(padded(note), secrets=[SECRET], now=NOW, audience=AUDIENCE), SignedCart
    )
    assert refused(padded(note + 1)) == "not a signed cart"


@pytest.mark.parametrize("extra", [".", ".x", ""])
def test_a_token_has_three_parts(extra: str) -> None:
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    other = f"{token}{extra}" if extra else token.partition(".")[2]
    assert refused(other) == "not a signed cart"


@pytest.mark.parametrize("said", [{"alg": "HS512"}, {"alg": "none"}, {}, []])
def test_a_signature_that_holds_counts_only_under_its_own_algorithm(said: object) -> None:
    payload = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE).split(
        "."
    )[1]
    signed = f"{base64url(json.dumps(said).encode())}.{payload}"
    signature = hmac.digest(SECRET, signed.encode(), "sha256")
    token = f"{signed}.{base64url(signature)}"
    assert refused(token) == "signed by another algorithm than HS256"


@pytest.mark.parametrize("extra", ["!", " ", "\n", "\u00e9"])
def test_characters_that_are_no_base64_are_not_passed_over(extra: str) -> None:
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=AUDIENCE)
    signed, _, signature = token.rpartition(".")
    assert refused(f"{signed}.{signature[:10]}{extra * 4}{signature[10:]}") == "not a signed cart"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("audience", ["shop/staging", ["shop/staging"], [], "", None, 7, {}])
def test_a_cart_of_another_checkout_is_refused(audience: object) -> None:
    """In two checkouts one cart would be two orders, and two charges."""
    claims = {**ORDER, "cart_id": "cart-1", "exp": LATER, "aud": audience}
    signed = sign_cart("cart-1", claims, expires_at=LATER, secret=SECRET, audience=None)
    assert refused(signed) == "signed for another checkout"


@pytest.mark.parametrize("audience", [AUDIENCE, ["shop/staging", AUDIENCE]])
def test_the_audience_is_no_part_of_the_order(audience: object) -> None:
    signed = sign_cart(
        "cart-1", {**ORDER, "aud": audience}, expires_at=LATER, secret=SECRET, audience=None
    )
    cart = read_signed_cart(signed, secrets=[SECRET], now=NOW, audience=AUDIENCE)
    assert cart == SignedCart("cart-1", ORDER)


def test_a_cart_that_names_no_checkout_is_taken_until_its_time_runs_out() -> None:
    """The version before signed carts so, and they are with buyers still."""
    token = sign_cart("cart-1", ORDER, expires_at=LATER, secret=SECRET, audience=None)
    for now, kind in ((NOW, SignedCart), (LATER * 1000, ExpiredCart)):
        cart = read_signed_cart(token, secrets=[SECRET], now=now, audience=AUDIENCE)
        assert isinstance(cart, kind)


@pytest.mark.parametrize(
    "payload", [b"no JSON", b"[" * 5000, b"\xff"], ids=["text", "deep", "bytes"]
)
def test_what_cannot_be_read_is_refused_though_the_signature_holds(payload: bytes) -> None:
    token = jwt.PyJWS().encode(payload, SECRET, algorithm="HS256")
    assert refused(token) == "not a signed cart"
