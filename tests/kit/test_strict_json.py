from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kit.strict_json import BodyTooLarge, MalformedJson, decode_strict

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**60), 10**60) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(documents, st.booleans())
def test_every_plain_document_comes_back(document: object, ascii_only: bool) -> None:
    assert decode_strict(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


def test_numbers_are_exact() -> None:
    assert decode_strict(b"[12345678901234567890123, 0.1, 1e2]") == [
        12345678901234567890123,
        Decimal("0.1"),
        100,
    ]
    assert [type(n) for n in decode_strict(b"[1, 1.0]")] == [int, Decimal]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "syntax"),
        (b"{", "syntax"),
        (b"{'a': 1}", "syntax"),
        (b"[1] [2]", "syntax"),
        (b"[01]", "syntax"),
        (b'"\x01"', "syntax"),
        (b'{"a": 1, "a": 1}', "duplicate_key"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "duplicate_key"),
        (b"NaN", "number"),
        (b"[Infinity]", "number"),
        (b"-Infinity", "number"),
        (b"1" * 65, "number"),
        (b"0." + b"1" * 65, "number"),
        (b"1e65", "number"),
        (b"1E-999999999", "number"),
        (b'"\\u0000"', "text"),
        (b'{"\\u0000": 1}', "text"),
        (b'"\\ud800"', "text"),
        (b'["\\udc00\\ud800"]', "text"),
        (b"\xef\xbb\xbf{}", "encoding"),
        (b'"\xff"', "encoding"),
        (b'"\xed\xa0\x80"', "encoding"),
        ("{}".encode("utf-16"), "encoding"),
        (b"[" * 33 + b"]" * 33, "depth"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "depth"),
        (b"[" * 100_000, "depth"),
    ],
)
def test_what_readers_could_differ_on_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(MalformedJson) as refused:
        decode_strict(body)
    assert refused.value.errors[0].code == code
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 32 + b"]" * 32,
        b"[" + b"[]," * 100 + b"[]]",
        json.dumps(["[" * 100, '\\"[' * 90, "{{{"]).encode(),
        b'"\\ud83d\\ude00"',
        b'{"a": "\\u0061"}',
        b" [1]\n",
    ],
)
def test_what_is_merely_unusual_is_accepted(body: bytes) -> None:
    assert decode_strict(body) == json.loads(body)


def test_a_body_has_a_bound() -> None:
    with pytest.raises(BodyTooLarge) as refused:
        decode_strict(b'"' + b"a" * 100 + b'"', bytes_max=100)
    assert (refused.value.status, refused.value.bytes_max) == (413, 100)


@given(st.binary(max_size=60))
def test_no_bytes_do_worse_than_being_refused(body: bytes) -> None:
    try:
        decode_strict(body)
    except MalformedJson as refusal:
        assert refusal.errors[0].code  # noqa: PT017 - either way is right
