"""The contract with the SDKs, checked against them: what each sends, and what it does with each answer."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rudderstack.analytics import consumer as rudder_consumer
from rudderstack.analytics.client import Client as RudderClient
from rudderstack.analytics.request import APIError as RudderError
from segment.analytics import consumer as segment_consumer
from segment.analytics.client import Client as SegmentClient
from segment.analytics.request import APIError as SegmentError
from tests.flows.intake.conftest import MemoryPort, overloaded

from regulars.core.events import Event, EventKind
from regulars.infra.clock import FixedClock
from regulars.kit.errors import TooMany, Unavailable

ORDER = {
    "order_id": "o1",
    "total": 27.5,
    "currency": "EUR",
    "products": [{"sku": "a", "price": 19, "quantity": 1}, {"sku": "b", "price": 4.25, "quantity": 2}],
}
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

Report = list[tuple[Exception, list[dict[str, Any]]]]
MakeSegment = Callable[..., SegmentClient]


@pytest.fixture(autouse=True)
def silent_clients() -> Iterator[None]:
    """The clients log what they were refused."""
    for name in ("segment", "rudderstack", "backoff"):
        logging.getLogger(name).disabled = True
    yield
    for name in ("segment", "rudderstack", "backoff"):
        logging.getLogger(name).disabled = False


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch, clock: FixedClock) -> list[int]:
    """Count how often a client posts; instead of waiting between attempts, move the clock of the server."""
    made: list[int] = []
    for module in (segment_consumer, rudder_consumer):
        post = module.post

        def counting(*args: Any, _post: Callable[..., Any] = post, **kwargs: Any) -> Any:
            made.append(1)
            return _post(*args, **kwargs)

        monkeypatch.setattr(module, "post", counting)

    def wait(_: object, seconds: float) -> bool:
        clock.advance(timedelta(seconds=math.ceil(seconds)))
        return True

    monkeypatch.setattr(segment_consumer.Consumer, "_wait", wait)
    monkeypatch.setattr("backoff._sync.time.sleep", lambda seconds: None)
    return made


@pytest.fixture
def failures() -> Report:
    return []


@pytest.fixture
def segment(host: str, failures: Report) -> Iterator[Callable[..., SegmentClient]]:
    clients: list[SegmentClient] = []

    def make(key: str = "wk_shop", **options: Any) -> SegmentClient:
        client = SegmentClient(
            key, host=host, on_error=lambda error, batch: failures.append((error, batch)), upload_interval=0.05,
            **options,
        )  # fmt: skip
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.join()


@pytest.fixture
def rudder(host: str, failures: Report) -> Iterator[Callable[..., RudderClient]]:
    clients: list[RudderClient] = []

    def make(key: str = "wk_rudder", **options: Any) -> RudderClient:
        client = RudderClient(
            key, host=host, on_error=lambda error, batch: failures.append((error, batch)), upload_interval=0.05,
            **options,
        )  # fmt: skip
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.join()


def check_order(event: Event) -> None:
    assert (event.user_id, event.type, event.occurred_at) == ("u1", "Order Completed", AT)
    assert event.key
    assert event.order is not None
    assert (event.order.order_id, event.order.total, event.order.amount) == ("o1", 2750, 2750)
    assert [line.amount for line in event.order.lines] == [1900, 850]


@pytest.mark.parametrize("gzip", [False, True])
def test_segment_every_kind_of_call(
    segment: MakeSegment, port: MemoryPort, failures: Report, attempts: list[int], gzip: bool
) -> None:
    client = segment(gzip=gzip)
    client.identify("u1", {"email": "Ann@Example.com", "plan": "gold"}, timestamp=AT)
    client.track("u1", "Order Completed", ORDER, timestamp=AT)
    client.page("u1", "Docs", "Home", {"url": "https://shop.example"})
    client.screen("u1", "App", "Start")
    client.group("u1", "g1", {"plan": "x"})
    client.alias("a1", "u1")
    client.flush()
    assert failures == []
    assert [event.kind for event in port.events] == [
        EventKind.IDENTIFY,
        EventKind.TRACK,
        EventKind.PAGE,
        EventKind.SCREEN,
        EventKind.GROUP,
        EventKind.ALIAS,
    ]
    check_order(port.events[1])
    assert port.events[0].identifiers == {"email": "ann@example.com"}
    assert port.events[0].traits["plan"] == "gold"
    assert port.rejections == []


def test_rudderstack_every_kind_of_call(
    rudder: Callable[..., RudderClient], port: MemoryPort, failures: Report, attempts: list[int]
) -> None:
    client = rudder()
    client.identify("u1", {"email": "Ann@Example.com", "plan": "gold"}, timestamp=AT)
    client.track("u1", "Order Completed", ORDER, timestamp=AT)
    client.page("u1", "Docs", "Home")
    client.screen("u1", "App", "Start")
    client.group("u1", "g1", {"plan": "x"})
    client.alias("a1", "u1")
    client.flush()
    assert failures == []
    assert [event.type for event in port.events] == [
        "Identify",
        "Order Completed",
        "Page",
        "Screen",
        "Group",
        "Alias",
    ]
    assert port.events[0].identifiers == {"email": "ann@example.com"}
    assert port.events[0].traits["plan"] == "gold"
    check_order(port.events[1])


def test_bad_messages_of_a_batch_do_not_disturb_the_client(
    segment: MakeSegment, port: MemoryPort, failures: Report, attempts: list[int]
) -> None:
    client = segment()
    client.track("u1", "Order Completed", {"total": 5})
    client.track("u1", "Order Completed", ORDER, timestamp=AT)
    client.flush()
    assert failures == []
    assert len(attempts) == 1
    assert [item.path for item in port.rejections] == ["properties.order_id"]
    check_order(port.events[0])


REFUSALS = [
    # A wrong key and a source that is off: dropped at once, with our code.
    ("wk_wrong", None, 401, "invalid_write_key", 1),
    ("wk_off", None, 404, "source_disabled", 1),
]


@pytest.mark.parametrize(("key", "failure", "status", "code", "posts"), REFUSALS)
def test_segment_drops_what_is_refused(
    segment: MakeSegment, failures: Report, attempts: list[int], key: str, failure: Any, status: int, code: str,
    posts: int,
) -> None:  # fmt: skip
    client = segment(key)
    client.track("u1", "Order Completed", ORDER)
    client.flush()
    (error, batch), = failures  # fmt: skip
    assert isinstance(error, SegmentError)
    assert (error.status, error.code, len(batch), len(attempts)) == (status, code, 1, posts)


@pytest.mark.parametrize(("key", "failure", "status", "code", "posts"), REFUSALS)
def test_rudderstack_drops_what_is_refused(
    rudder: Callable[..., RudderClient], failures: Report, attempts: list[int], key: str, failure: Any, status: int,
    code: str, posts: int,
) -> None:  # fmt: skip
    client = rudder(key)
    client.track("u1", "Order Completed", ORDER)
    client.flush()
    (error, batch), = failures  # fmt: skip
    assert isinstance(error, RudderError)
    assert (error.status, error.code, len(batch), len(attempts)) == (status, code, 1, posts)


def test_what_is_too_large_is_dropped(
    segment: MakeSegment,
    rudder: Callable[..., RudderClient],
    failures: Report,
    attempts: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clients bound themselves; what is larger is refused once, 400 in Segment's way and 413 in the other's."""
    monkeypatch.setattr(segment_consumer, "BATCH_SIZE_LIMIT", 10_000_000)
    many = segment(upload_size=100)
    for _ in range(40):
        many.track("u1", "Tasted", {"note": "x" * 15_000})
    many.flush()
    error = failures[0][0]
    assert isinstance(error, SegmentError)
    assert (error.status, error.code) == (400, "payload_too_large")
    large = rudder(gzip=False)
    large.track("u1", "Tasted", {"note": "x" * 4_100_000})
    large.flush()
    refused = failures[-1][0]
    assert isinstance(refused, RudderError)
    assert (refused.status, refused.code) == (413, "payload_too_large")


@pytest.mark.parametrize(
    "failure",
    [overloaded(), Unavailable("The database is away."), TooMany(retry_after=1), RuntimeError("our mistake")],
    ids=["overloaded", "unavailable", "too_many", "bug"],
)
def test_segment_sends_again_what_was_not_taken(
    segment: MakeSegment, port: MemoryPort, failures: Report, attempts: list[int], failure: Exception
) -> None:
    port.failures = [failure, failure]
    client = segment()
    client.track("u1", "Order Completed", ORDER, timestamp=AT)
    client.flush()
    assert failures == []
    assert len(attempts) == 3
    assert len(port.events) == 1
    check_order(port.events[0])


@pytest.mark.parametrize(
    "failure",
    [overloaded(), TooMany(retry_after=1), RuntimeError("our mistake")],
    ids=["overloaded", "too_many", "bug"],
)
def test_rudderstack_sends_again_what_was_not_taken(
    rudder: Callable[..., RudderClient],
    port: MemoryPort,
    failures: Report,
    attempts: list[int],
    failure: Exception,
) -> None:
    port.failures = [failure, failure]
    client = rudder()
    client.track("u1", "Order Completed", ORDER, timestamp=AT)
    client.flush()
    assert failures == []
    assert len(attempts) == 3
    check_order(port.events[0])


def test_the_rate_of_a_source_is_bounded_and_the_client_waits(
    segment: MakeSegment, port: MemoryPort, failures: Report, attempts: list[int]
) -> None:
    """Two at once, then 429 with Retry-After: the client waits as long as that says and sends the third again."""
    client = segment("wk_slow", upload_size=1)
    for number in range(3):
        client.track("u1", "Tasted", message_id=f"m{number}")
    client.flush()
    assert failures == []
    assert [event.key for event in port.events] == ["m0", "m1", "m2"]
    assert len(attempts) == 4
