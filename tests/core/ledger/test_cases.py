"""The cases of cases.txt, read aloud to the engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.core.ledger.books import ACCOUNTS, HOUSE, SPENT, MemoryLedger, Recorded

from regulars.core.ledger import (
    FOREVER,
    Cause,
    Hold,
    HoldStatus,
    Lot,
    Terms,
    TransferKind,
    cancel_spend,
    capture,
    hold,
    settle,
)

MEMBER = 1
TEXT = Path(__file__).with_name("cases.txt").read_text(encoding="utf-8")
CASES = dict(re.findall(r"^case (.+)\n((?:  .+\n?)+)", TEXT, re.MULTILINE))
LINE = re.compile(r" *(\d+) (.+?)\| *(\d+) +(\d+) +(\d+) +(\d+) \|(.*)")


class Counter:
    """One customer at the counter. Points are good on the whole of their last day.

    Days are whole numbers of hours.
    """

    def __init__(self, rules: str) -> None:
        def number(name: str) -> int:
            found = re.search(rf"{name} (\d+)", rules)
            return int(found[1]) if found else 0

        days = number("grace")
        terms = Terms(
            slot=0,
            accounts=ACCOUNTS,
            debt_max=number("debt"),
            oldest_first="oldest" in rules,
            grace_end=lambda at: at if not days else (at // 24 + days + 1) * 24,
        )
        self.ledger = MemoryLedger(terms)
        self.named: dict[str, int] = {}
        self.held: dict[str, Hold] = {}
        self.drawn: dict[str, list[tuple[Lot, int]]] = {}
        self.now = 0

    def do(self, day: int, words: str) -> None:
        # Opening time; the second thing on a day comes an hour later.
        self.now = max(self.now + 1, day * 24)
        purse, terms = self.ledger.purse(MEMBER), self.ledger.terms
        postings = self.ledger.begin()
        settle(postings, purse, terms, self.now)
        self.ledger.commit(postings)
        what, _, rest = words.partition(" ")
        if what == "look":
            return
        postings = self.ledger.begin()
        done = getattr(self, f"_{what}")(postings, rest)
        self.ledger.commit(postings)
        assert done is not rest.endswith("refused"), words

    def _earn(self, postings: Recorded, words: str) -> bool:
        found = re.fullmatch(
            r"(\d+)(?: (when released))?(?: from (\d+))?(?: until (\d+))?(?: as (\w+))?", words
        )
        assert found, words
        amount, released, start, end, name = found.groups()
        number = postings.credit(
            self.ledger.purse(MEMBER), self.ledger.terms, int(amount), HOUSE, Cause(self.now, self.now),
            active_at=FOREVER if released else int(start) * 24 if start else 0,
            expires_at=(int(end) + 1) * 24 if end else FOREVER,
        )  # fmt: skip
        self.named[name or ""] = number
        return True

    def _spend(self, postings: Recorded, words: str) -> bool:
        amount, name = words.removesuffix(" refused").split(" as ")
        purse, terms = self.ledger.purse(MEMBER), self.ledger.terms
        if int(amount) > purse.available(terms.slot):
            return False
        before = {lot.id: lot.remaining for lot in purse.lots.get(1, ())}
        self.named[name] = postings.take(
            purse, terms, int(amount), SPENT, TransferKind.SPEND, Cause(self.now, self.now)
        )
        used = [
            (lot, before[lot.id] - lot.remaining) for lot in sorted(purse.lots[1], key=lambda lot: lot.order)
        ]
        self.drawn[name] = [(lot, part) for lot, part in used if part]
        return True

    def _return(self, postings: Recorded, words: str) -> bool:
        amount, name = words.split(" of ")
        back = int(amount)
        cancel_spend(
            postings, self.ledger.purse(MEMBER), self.ledger.terms, self.named[name], back, SPENT, self.drawn[name],
            Cause(self.now, self.now),
        )  # fmt: skip
        left = []
        for lot, part in reversed(self.drawn[name]):
            given = min(part, back)
            back -= given
            if part - given:
                left.append((lot, part - given))
        self.drawn[name] = left[::-1]
        return True

    def _hold(self, postings: Recorded, words: str) -> bool:
        found = re.fullmatch(r"(\d+) until (\d+) as (\w+)", words)
        assert found, words
        held = hold(
            postings, self.ledger.purse(MEMBER), self.ledger.terms, int(found[1]), (int(found[2]) + 1) * 24,
            Cause(self.now, self.now),
        )  # fmt: skip
        assert held is not None
        self.held[found[3]] = held
        return True

    def _capture(self, postings: Recorded, words: str) -> bool:
        amount, name = words.removesuffix("refused").strip().split(" of ")
        held = self.held[name]
        if held.status is not HoldStatus.OPEN:
            return False
        cause = Cause(self.now, self.now)
        capture(postings, self.ledger.purse(MEMBER), self.ledger.terms, held, int(amount), SPENT, cause)
        return True

    def _take(self, postings: Recorded, words: str) -> bool:
        amount, name = words.removeprefix("back ").split(" of ")
        earned = [(self.named[name], int(amount), HOUSE)]
        postings.take_back(self.ledger.purse(MEMBER), self.ledger.terms, earned, Cause(self.now, self.now))
        return True

    def _release(self, postings: Recorded, words: str) -> bool:
        for lot in self.ledger.purse(MEMBER).lots[1]:
            if lot.pending:
                postings.release(self.ledger.purse(MEMBER), self.ledger.terms, lot, Cause(self.now, self.now))
        return True

    def lots(self) -> str:
        """Return the lots as a cashier writes them."""
        return " ".join(
            f"{left}/{'-' if end == FOREVER else end // 24 - 1}"
            for end, _, _, left in self.ledger.open_lots(MEMBER)
        )


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    counter = Counter(name.partition(":")[2])
    for line in CASES[name].splitlines():
        found = LINE.fullmatch(line)
        assert found, f"cannot read {line!r}"
        counter.do(int(found[1]), found[2].strip())
        has = counter.ledger.sides(MEMBER)
        assert has == tuple(int(found[place]) for place in range(3, 7)), line
        assert counter.lots() == found[7].strip(), line
