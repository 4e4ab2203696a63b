"""Input of ill will: whatever is sent, the answer is a 2xx or 4xx with a code, and never one of ours."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flows.intake.conftest import MemoryPort, basic

SHOP = basic("wk_shop")
JSON = {"content-type": "application/json"}
DEEP = b"[" * 200_000
WITH = b'{"type":"track","event":"Order Completed","userId":"u","properties":{"order_id":"o",%s}}'

VALUES = [
    b'"a":1e400',
    b'"a":-1e-400',
    b'"a":' + b"9" * 5_000,
    b'"a":' + b"9" * 40,
    b'"a":' + b"1" * 4_000 + b".5",
    b'"total":1e400',
    b'"total":1e15',
    b'"total":NaN',
    b'"total":Infinity',
    b'"total":"NaN"',
    b'"total":"\\uff11"',
    b'"total":"9E999999999"',
    b'"total":0.00000000000000000000000000000000001',
    b'"total":-0.0',
    b'"a":"\\u0000"',
    b'"\\u0000":1',
    b'"a":"\\ud800"',
    b'"a":"\\ud800\\ud800"',
    b'"a":"\\udc00\\ud800"',
    b'"a":"\xff\xfe"',
    b'"a":"\xc0\x80"',
    b'"a":"\x00"',
    b'"a":1,"a":2,"order_id":"p"',
    b'"products":[{"price":1e30,"quantity":1e9}]',
    b'"products":[{"price":"1e14","quantity":1000000000}]',
    b'"products":[[[]]]',
    b'"products":' + b"[" + b"{}," * 1_500 + b"{}]",
    b'"currency":"\\u0131\\u0131\\u0131"',
    b'"__proto__":{"a":1},"constructor":1',
    b'"a":' + DEEP[:10_000],
]


async def check(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code < 500, answer.text
    said: dict[str, Any] = answer.json()
    if answer.status_code != 200:
        assert isinstance(said["code"], str)
        assert isinstance(said["message"], str)
    return said


@pytest.mark.parametrize("value", VALUES)
async def test_values_of_ill_will(client: httpx2.AsyncClient, port: MemoryPort, value: bytes) -> None:
    message = WITH % value
    good = b'{"type":"track","event":"Tasted","userId":"u","messageId":"good"}'
    await check(await client.post("/v1/track", content=message, headers=SHOP))
    batch = await client.post("/v1/batch", content=b'{"batch":[%s,%s]}' % (message, good), headers=SHOP)
    said = await check(batch)
    if batch.status_code == 200:
        assert [event.key for event in port.events].count("good") == 1
        assert said["accepted"] >= 1
    plain = b'{"type":"Order Completed","member":{"user_id":"u"},"order":{"order_id":"o"},"properties":{%s}}'
    await check(await client.post("/api/v1/events", content=plain % value, headers=SHOP | JSON))
    for event in port.events:
        assert b"\\u0000" not in msgspec.json.encode(event.properties)


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track", "/v1/identify", "/api/v1/events", "/v1/m"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"null",
        b"[]",
        b'"x"',
        b"{}" * 10,
        DEEP,
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b'{"batch":[null,1,"x",[],{},{"type":1},{"type":"track","event":{}}]}',
        b'{"batch":null,"context":7}',
        b"writeKey=wk_shop&batch=1",
        b"<xml/>",
    ],
)
async def test_bodies_of_ill_will(client: httpx2.AsyncClient, path: str, body: bytes) -> None:
    for headers in (SHOP, SHOP | JSON, {}, SHOP | {"content-type": "application/json; charset=utf-16"}):
        await check(await client.post(path, content=body, headers=headers))


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track", "/api/v1/events"])
async def test_packed_bodies_of_ill_will(client: httpx2.AsyncClient, path: str) -> None:
    bomb = gzip.compress(b" " * 300_000_000, 9)
    assert len(bomb) < 400_000
    for body, encoding in (
        (bomb, "gzip"),
        (gzip.compress(bomb), "gzip"),
        (zlib.compress(b" " * 100_000_000), "deflate"),
        (b"\x1f\x8b\x08" + b"\x00" * 100, "gzip"),
        (gzip.compress(b"{}")[:-4], "gzip"),
        (gzip.compress(b"{}") + b"more", "gzip"),
        (b"", "gzip"),
        (b"{}", "gzip, gzip"),
        (b"{}", "br"),
        (b"{}", "\xe9"),
    ):
        named = SHOP | {"content-encoding": encoding}
        headers = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
        answer = await client.post(path, content=body, headers=headers)
        await check(answer)
        assert answer.status_code in (400, 413)


async def test_a_body_that_never_says_its_length(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65_536
            yield b" " * 65_536

    answer = await client.post("/v1/batch", content=endless(), headers=SHOP)
    await check(answer)
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "content-type"])
@pytest.mark.parametrize("value", [b"%", b"%ff", b"%00", b'"', b"\xe9", b"x" * 5_000, b"", b'"\\"', b"\x01"])
async def test_headers_of_ill_will(client: httpx2.AsyncClient, name: str, value: bytes) -> None:
    headers = {
        b"ce-specversion": b"1.0",
        b"ce-id": b"1",
        b"ce-source": b"/x",
        b"ce-type": b"t",
        b"ce-subject": b"u",
    }
    headers |= {key.encode(): text.encode() for key, text in SHOP.items()} | {name.encode(): value}
    await check(await client.post("/api/v1/events", content=b"{}", headers=list(headers.items())))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "sentAt",
    "properties",
    "traits",
    "context",
]
PROPERTIES = [
    "order_id",
    "total",
    "revenue",
    "tax",
    "products",
    "currency",
    "coupon",
    "store",
    "card",
    "quantity",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    message=st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=6),
    properties=st.dictionaries(st.sampled_from(PROPERTIES), JSON_VALUES, max_size=6),
)
async def test_any_json_at_all(
    client: httpx2.AsyncClient, message: dict[str, Any], properties: dict[str, Any]
) -> None:
    order = {
        "type": "track",
        "event": "Order Completed",
        "userId": "u",
        "properties": {"order_id": "o"} | properties,
    }
    plain = {"type": "Order Completed", "member": {"user_id": "u"}, "order": properties}
    body = msgspec.json.encode({"batch": [order | message, order]})
    await check(await client.post("/v1/batch", content=body, headers=SHOP))
    await check(
        await client.post("/api/v1/events", content=msgspec.json.encode(plain | message), headers=SHOP | JSON)
    )
