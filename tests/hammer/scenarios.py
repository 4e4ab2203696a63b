"""What sixteen clients do at once, and what must hold afterwards. Each is shown to notice when its guard is away."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.flows.accrual.setting import PROGRAM, Shop, points, wallet
from tests.hammer.gate import CLIENTS, together

from regulars.core.events import EventStatus
from regulars.features.programs import load_config
from regulars.flows import points as desk
from regulars.flows.accrual import Item, Receipt, accrue
from regulars.flows.apply import apply_document, read_source
from regulars.infra.db import load_queries
from regulars.kit.errors import Rejected, Unavailable

queries = load_queries(__package__)

TRIES_MAX = 10

MORE = """  - code: hello
    name: A hundred for whoever is not greeted yet
    trigger: {event: Greeted}
    when: {combinator: and, rules: [{field: member.tags, operator: doesNotContain, value: greeted}]}
    then:
      - award: {point_type: points, points: 100}
      - add_tag: {tag: greeted}
  - code: tick
    name: As many points of both types as the number of the version
    trigger: {event: Ticked}
    then:
      - award: {point_type: points, points: 1}
      - award: {point_type: net, points: 1}
publish: true"""

HAMMERED = PROGRAM.replace("publish: true", MORE)


async def send(shop: Shop, items: list[Item]) -> Receipt:
    """Send a batch as a good client does: who is told to come back later does, some times."""
    for _ in range(TRIES_MAX):
        try:
            return await accrue(shop.db, shop.rulebooks, shop.program_id, items, shop.now)
        except Unavailable:
            continue
    raise AssertionError("always told to come back later")


async def send_together(shop: Shop, batches: list[list[Item]]) -> list[Receipt]:
    """Send every batch by a client of its own, all released together; none may be refused."""
    came = await together([partial(send, shop, items) for items in batches])
    receipts = [one for one in came if isinstance(one, Receipt)]
    assert len(receipts) == len(batches), came
    return receipts


async def seen(shop: Shop, user: str = "anna") -> Receipt:
    """Look at a member: an event that earns nothing."""
    return await shop.send(shop.event("Page Seen", user))


async def one_message(shop: Shop) -> None:
    """Three messages from sixteen clients each count once."""
    await shop.send(shop.order("0", "1.00"))
    items = shop.items([shop.order(str(n), "10.00", id=f"m{n}") for n in range(1, 4)])
    receipts = await send_together(shop, [items] * CLIENTS)
    statuses = [answer.status for receipt in receipts for answer in receipt.answers]
    assert statuses.count(EventStatus.ACCEPTED) == 3
    assert statuses.count(EventStatus.DUPLICATE) == 3 * (CLIENTS - 1)
    assert wallet(await seen(shop)) == (100 + 51 + 30, 0)


async def whole_refunds(shop: Shop) -> None:
    """An order is taken back once, however many say so."""
    await shop.send(shop.order("0", "1.00"), shop.order("1", "80.00", lines=[("TEA", 4, "20.00")]))
    await send_together(shop, [shop.items([shop.refund("1")]) for _ in range(CLIENTS)])
    receipt = await seen(shop)
    assert (wallet(receipt), wallet(receipt, "net")) == ((100 + 51, 0), (1, 0))


async def refunds_of_parts(shop: Shop) -> None:
    """Every part of an order is taken back once; as many parts again are the rest of it."""
    await shop.send(shop.order("0", "1.00"), shop.order("1", "32.00", lines=[("TEA", 32, "1.00")]))
    await send_together(shop, [shop.items([shop.refund("1", lines=[("TEA", 1)])]) for _ in range(CLIENTS)])
    assert wallet(await seen(shop)) == (100 + 51 + 16 + 16 * 5, 0)
    await shop.send(*[shop.refund("1", lines=[("TEA", 1)]) for _ in range(CLIENTS)])
    more = await shop.send(shop.refund("1", lines=[("TEA", 1)]))
    assert more.answers[0].outcome is not None
    assert more.answers[0].outcome.cause == "nothing_left_of_the_order"


async def order_meets_refund(shop: Shop) -> None:
    """An order and its refund that come at the same moment find each other."""
    await shop.send(shop.order("0", "1.00"))
    events = [[shop.order(str(n), "10.00"), shop.refund(str(n))] for n in range(1, CLIENTS // 2 + 1)]
    await send_together(shop, [shop.items([event]) for pair in events for event in pair])
    assert wallet(await seen(shop)) == (100 + 51, 0)


async def greetings(shop: Shop) -> None:
    """A rule that looks whether it fired before fires once."""
    await shop.send(shop.order("0", "1.00"))
    await send_together(shop, [shop.items([shop.event("Greeted")]) for _ in range(CLIENTS)])
    assert wallet(await seen(shop)) == (100 + 51 + 100, 0)


async def budgets(shop: Shop) -> None:
    """A budget of 200 gives 200 to forty-eight who would each have ten of it."""
    batches = [
        shop.items([shop.order(f"{c}-{n}", "1.00", f"u{c}-{n}", store="north") for n in range(3)])
        for c in range(CLIENTS)
    ]
    receipts = await send_together(shop, batches)
    assert sum(points(receipt, n)["points"] - 51 for receipt in receipts for n in range(3)) == 200


async def crossing_batches(shop: Shop) -> None:
    """Batches with the same members in opposite order never wait for each other in a ring."""
    users = [f"u{n}" for n in range(12)]
    await shop.send(*[shop.order(f"first-{user}", "1.00", user) for user in users])
    batches = []
    for client in range(CLIENTS):
        ordered = users if client % 2 else users[::-1]
        batches.append(shop.items([shop.order(f"{client}-{user}", "1.00", user) for user in ordered]))
    await send_together(shop, batches)
    ends = await shop.send(*[shop.event("Page Seen", user) for user in users])
    assert all(wallet(ends, place=place)[0] == 100 + 51 + CLIENTS for place in range(len(users)))
    async with shop.db.transaction() as tx:
        assert await tx.value(queries.count_deadlocks) == 0


async def spends(shop: Shop) -> None:
    """Thirty-two spend 100 of 1,000: ten can."""
    await shop.send(shop.order("0", "849.00"))
    receipt = await seen(shop)
    member_id = receipt.answers[0].member_id
    assert member_id is not None
    have = wallet(receipt)[0]
    async with shop.db.transaction() as tx:
        config = await load_config(tx, shop.program_id)

    async def spend() -> desk.Receipt:
        async with shop.db.transaction() as tx:
            return await desk.spend(tx, config, member_id, have // 10, actor="till", now=shop.clock.now())

    came = await together([spend] * (2 * CLIENTS))
    assert sum(isinstance(one, desk.Receipt) for one in came) == 10
    assert sum(isinstance(one, Rejected) for one in came) == 2 * CLIENTS - 10
    assert wallet(await seen(shop))[0] == have - have // 10 * 10


async def publishing(shop: Shop) -> None:
    """Every event is rated by one whole version, and whoever comes after a publication by that one or a later."""
    then = "      - award: {point_type: points, points: %d}\n      - award: {point_type: net, points: %d}\n"

    async def publish(number: int) -> int:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "program.yaml"
            path.write_text(HAMMERED.replace(then % (1, 1), then % (number, number)))
            document = read_source(path).document
        async with shop.db.transaction() as tx:
            await apply_document(tx, document, "corner", may_create=False, now=shop.clock.now())
        return number

    await shop.send(shop.order("0", "1.00"))
    for number in range(2, 5):
        ticks = [partial(send, shop, shop.items([shop.event("Ticked", f"u{n}")])) for n in range(CLIENTS)]
        await together([partial(publish, number), *ticks])
        after = await send(shop, shop.items([shop.event("Ticked")]))
        assert points(after) == {"points": number, "net": number}
    async with shop.db.transaction() as tx:
        rows = await tx.all(queries.select_versions)
    by_event: dict[int, set[tuple[int, int]]] = {}
    for event_id, version, _, amount in rows:
        by_event.setdefault(event_id, set()).add((version, amount))
    assert all(found == {(version, version)} for found in by_event.values() for version, _ in found)
