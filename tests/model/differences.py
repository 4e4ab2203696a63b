"""Runs a story through the model and through accrual, and finds the first difference; then the shortest
story that has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.model.accrual import Model
from tests.model.memory import Memory
from tests.model.purse import NEVER
from tests.model.stories import BEGIN, Message, Step, told

from regulars.app.intake_port import item_of
from regulars.core.events import Event, Origin, decode_plain
from regulars.core.ledger import FOREVER
from regulars.flows.accrual import Item
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.intake import Source

MINUTE_US = 60_000_000
POINT_TYPES = ("points", "net", "later", "soon", "cash")
ORIGIN = Origin(currency="EUR", phone_region="LT")
SOURCES = {"till": (1, True), "shop": (2, True), "kiosk": (3, False)}


class Different(AssertionError):
    """The engine and the model do not say the same."""


def cents(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"


def plain(message: Message) -> dict[str, Any]:
    """Return a message as the API takes it."""
    body: dict[str, Any] = {
        "id": message["key"],
        "type": message["type"],
        "member": {"user_id": message["user"]},
        "occurred_at": datetime.fromtimestamp(message["at"] * 60, UTC).isoformat(),
    }
    if message["store"] is not None:
        body["store"] = message["store"]
    if "order" in message:
        order: dict[str, Any] = {"order_id": message["order"]["id"]}
        for name in ("revenue", "total"):
            if message["order"][name] is not None:
                order[name] = cents(message["order"][name])
        lines = [
            {"sku": sku, "quantity": qty} | ({} if price is None else {"price": cents(price)})
            for sku, qty, price in message["order"]["lines"]
        ]
        body["order"] = order | ({"lines": lines} if lines else {})
    return body


def event_of(message: Message, now: int) -> Event:
    """Return a message in normal form, received at `now` (minutes)."""
    event = decode_plain(plain(message), ORIGIN, datetime.fromtimestamp(now * 60, UTC))
    assert isinstance(event, Event), event
    return event


def item(message: Message, now: int, program_id: int = 1) -> Item:
    """Return a message as accrual takes it."""
    number, enrol = SOURCES[message["source"]]
    source = Source(number, program_id, message["source"], ORIGIN, enrol=enrol)
    return item_of(source, event_of(message, now))


def minutes(at: int) -> int:
    return NEVER if at == FOREVER else at // MINUTE_US


class Pair:
    """The model and the decision on in-memory tables, side by side."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.model = Model(takes=book.takes_points)
        self.memory = Memory(book)
        self.now = BEGIN

    def step(self, step: Step) -> None:
        """Take one step on both sides. Raises Different at the first difference."""
        passed, messages = step
        self.now += passed
        at = self.now * MINUTE_US
        if not self.book.takes_points:  # else accrual does it itself, before it takes anything
            for member_id in {self.memory.users.get(message["user"], 0) for message in messages} - {0}:
                self.memory.settle(member_id, at)
        said = self.model.batch(self.now, messages)
        decided = self.memory.batch(at, [item(message, self.now) for message in messages])
        answers = [answer.status.value for answer in decided.answers[: len(messages)]]
        same("answers", answers, said)
        touched = {message["user"] for message in messages}
        touched |= {user for user, member_id in self.memory.users.items() if member_id in decided.works}
        for user in sorted(touched & set(self.memory.users)):
            self.compare(user, at)
        self.compare_budgets()

    def compare(self, user: str, at: int) -> None:
        """Compare one member, once what fell due is done on both sides."""
        member_id, member = self.memory.users[user], self.model.members[user]
        self.memory.settle(member_id, at)
        for code in POINT_TYPES:
            wallet = member["wallets"][code]
            wallet.settle(self.now)
            same(
                f"{user}.{code}",
                self.memory.sides(member_id, code),
                (wallet.available, wallet.pending, wallet.debt),
            )
            if code != "net":
                number = self.book.points[code].id
                lots = sorted(
                    (minutes(lot.expires_at), minutes(lot.earned_at), lot.pending, lot.remaining)
                    for lot in self.memory.lots[member_id].values()
                    if lot.remaining and lot.point_type_id == number
                )
                same(f"{user}.{code} lots", lots, wallet.open_lots())
        self.memory.check(member_id)

    def compare_budgets(self) -> None:
        said = {("rule:north", "ever"): self.model.budgets.get("north", 0)}
        for name, used in self.model.budgets.items():
            if name != "north":
                year, month = name[1]
                said["campaign:spring", f"{year}-{month:02}"] = used
        found = {(owner, period): used for (owner, _, period), used in self.memory.budgets.items()}
        same("budgets", {k: v for k, v in found.items() if v}, {k: v for k, v in said.items() if v})


def same(what: str, engine: object, model: object) -> None:
    if engine != model:
        raise Different(f"{what}\n  engine {engine}\n  model  {model}")


def first_difference(book: Rulebook, story: list[Step]) -> str | None:
    """Return what is different after some step of the story, None when nothing is."""
    pair = Pair(book)
    for number, step in enumerate(story):
        try:
            pair.step(step)
        except Exception as error:
            cause = error.__cause__ or error
            return f"step {number}: {type(error).__name__}: {error} {cause if cause is not error else ''}"
    return None


def shortest(story: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """Return a story that still fails and from which no step and no message can be left out."""
    size = max(1, len(story) // 2)
    while size:
        place = 0
        while place < len(story):
            fewer = _without(story, place, size)
            if fails(fewer):
                story = fewer
            else:
                place += size
        size //= 2
    for place in range(len(story)):
        number = 0
        while number < len(story[place][1]):
            passed, messages = story[place]
            fewer = [
                *story[:place],
                (passed, messages[:number] + messages[number + 1 :]),
                *story[place + 1 :],
            ]
            if fails(fewer):
                story = fewer
            else:
                number += 1
    for place in range(len(story) - 1, -1, -1):
        if not story[place][1]:
            story = _without(story, place, 1)
    return story


def _without(story: list[Step], place: int, size: int) -> list[Step]:
    """Return the story without some steps; the time they took passes nevertheless."""
    passed = sum(minutes for minutes, _ in story[place : place + size])
    rest = story[place + size :]
    if rest:
        rest = [(rest[0][0] + passed, rest[0][1]), *rest[1:]]
    return story[:place] + rest


def explain(book: Rulebook, seed: int, story: list[Step]) -> str:
    """Return the seed, the difference and the shortest story that shows it."""
    short = shortest(story, lambda some: first_difference(book, some) is not None)
    return f"seed {seed}: {first_difference(book, short)}\n{told(short)}"
