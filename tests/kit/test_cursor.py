from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kit.cursor import decode_cursor, encode_cursor


@given(st.text(max_size=50), st.integers())
def test_keys_come_back(text: str, number: int) -> None:
    cursor = encode_cursor(text, number)
    assert cursor.isascii()
    assert decode_cursor(cursor, str, int) == (text, number)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "a",
        "A" * 2000,
        "NQ",
        base64.urlsafe_b64encode(b"{").decode(),
        base64.urlsafe_b64encode(b"\xff").decode(),
    ],
)
def test_what_is_not_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        decode_cursor(cursor, int)


@pytest.mark.parametrize("keys", [(), (1, 2), ("1",), (True,)])
def test_a_cursor_of_another_list_is_refused(keys: tuple[str | int, ...]) -> None:
    with pytest.raises(ValueError, match="another list"):
        decode_cursor(encode_cursor(*keys), int)


@given(st.text(max_size=80))
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    try:
        assert isinstance(decode_cursor(text, int), tuple)
    except ValueError as error:
        assert "cursor" in str(error)  # noqa: PT017 - either way is right
