"""The engine against an independent model: whatever is done in whatever order, both have the same wallets."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.core.ledger.books import ACCOUNTS, ADJUSTED, HOUSE, SPENT, MemoryLedger
from tests.model.wallet import NEVER, ModelWallets

from regulars.core.ledger import (
    FOREVER,
    Cause,
    HoldStatus,
    Terms,
    TransferKind,
    cancel_spend,
    capture,
    close,
    hold,
    move_wallet,
    send,
    settle,
)

MEMBERS = st.integers(1, 2)
AMOUNTS = st.integers(1, 60)
SOON = st.integers(1, 12)


class Wallets(RuleBasedStateMachine):
    """Three members, one point type, a clock that only moves forward."""

    @initialize(debt=st.sampled_from([0, 25, 10**6]), grace=st.integers(0, 6), oldest=st.booleans())
    def begin(self, debt: int, grace: int, oldest: bool) -> None:
        terms = Terms(
            slot=1, accounts=ACCOUNTS, debt_max=debt, oldest_first=oldest, grace_end=lambda at: at + grace
        )
        self.ledger = MemoryLedger(terms)
        self.model = ModelWallets(debt_max=debt, grace=grace, oldest_first=oldest)
        self.now = 1_000
        self.settled: set[int] = set()
        self.gone: set[int] = set()
        self.awards: list[tuple[int, int, int]] = []
        self.spends: list[dict[str, Any]] = []
        self.holds: dict[str, tuple[int, int, int]] = {}

    # ---- earning

    @rule(member=MEMBERS, amount=AMOUNTS)
    def earn(self, member: int, amount: int) -> None:
        self._credit(member, amount, 0, FOREVER)

    @rule(member=MEMBERS, amount=AMOUNTS, life=SOON)
    def earn_for_a_while(self, member: int, amount: int, life: int) -> None:
        self._credit(member, amount, 0, self.now + life)

    @rule(member=MEMBERS, amount=AMOUNTS, wait=SOON, life=SOON)
    def earn_pending(self, member: int, amount: int, wait: int, life: int) -> None:
        self._credit(member, amount, self.now + wait, self.now + life)

    @rule(member=MEMBERS, amount=AMOUNTS, wait=SOON)
    def earn_pending_for_ever(self, member: int, amount: int, wait: int) -> None:
        self._credit(member, amount, self.now + wait, FOREVER)

    @rule(member=MEMBERS, amount=AMOUNTS)
    def earn_until_released(self, member: int, amount: int) -> None:
        self._credit(member, amount, FOREVER, FOREVER)

    @rule(member=MEMBERS, amount=AMOUNTS)
    def gift(self, member: int, amount: int) -> None:
        self._credit(member, amount, 0, FOREVER, kind=TransferKind.ADJUST, funder=ADJUSTED)

    def _credit(
        self,
        member: int,
        amount: int,
        active: int,
        ends: int,
        *,
        kind: TransferKind = TransferKind.EARN,
        funder: int = HOUSE,
    ) -> None:
        self._settle(member)
        postings = self.ledger.begin()
        number = postings.credit(
            self.ledger.purse(member), self.ledger.terms, amount, funder, self._cause(), kind=kind, active_at=active,
            expires_at=ends,
        )  # fmt: skip
        self.ledger.commit(postings)
        self.awards.append((member, number, amount))
        ends = NEVER if ends == FOREVER else ends
        active = NEVER if active == FOREVER else active
        self.model.settle(member, self.now)
        self.model.credit(member, number, amount, self.now, active=active, ends=ends)

    # ---- spending

    @rule(member=MEMBERS, amount=AMOUNTS)
    def spend(self, member: int, amount: int) -> None:
        self._settle(member)
        used = self.model.spend(member, amount, self.now)
        purse, terms = self.ledger.purse(member), self.ledger.terms
        assert (amount <= purse.available(terms.slot)) == (used is not None)
        if used is None:
            return
        postings = self.ledger.begin()
        first = len(postings.rows)
        taken = postings.debit(purse, terms, amount, SPENT, TransferKind.SPEND, self._cause())
        assert taken == amount
        self.ledger.commit(postings)
        row = postings.rows[first]
        drawn = [(self.ledger.lots[lot["name"]], part) if lot["name"] else None for lot, part in used]
        if all(drawn):
            self.spends.append(
                {"member": member, "id": row["id"], "used": used, "drawn": drawn, "left": amount}
            )

    @rule(member=MEMBERS)
    def spend_all(self, member: int) -> None:
        self._settle(member)
        self.model.settle(member, self.now)
        if self.model.available(member):
            self.spend(member, self.model.available(member))

    @precondition(lambda self: self.spends)
    @rule(pick=st.integers(0, 100), amount=AMOUNTS)
    def cancel_part(self, pick: int, amount: int) -> None:
        spend = self.spends[pick % len(self.spends)]
        self._cancel(spend, min(amount, spend["left"]))

    @precondition(lambda self: self.spends)
    @rule(pick=st.integers(0, 100))
    def cancel_whole(self, pick: int) -> None:
        spend = self.spends[pick % len(self.spends)]
        self._cancel(spend, spend["left"])

    def _cancel(self, spend: dict[str, Any], amount: int) -> None:
        if not amount:
            return
        member = spend["member"]
        self._settle(member)
        postings = self.ledger.begin()
        cancel_spend(
            postings, self.ledger.purse(member), self.ledger.terms, spend["id"], amount, SPENT, spend["drawn"],
            self._cause(),
        )  # fmt: skip
        self.ledger.commit(postings)
        spend["used"] = self.model.cancel(member, spend["used"], amount, self.now)
        spend["drawn"] = [(self.ledger.lots[lot["name"]], part) for lot, part in spend["used"]]
        spend["left"] -= amount

    # ---- holding

    @rule(member=MEMBERS, amount=AMOUNTS, limit=SOON)
    def authorise(self, member: int, amount: int, limit: int) -> None:
        self._settle(member)
        postings = self.ledger.begin()
        held = hold(
            postings, self.ledger.purse(member), self.ledger.terms, amount, self.now + limit, self._cause()
        )
        self.ledger.commit(postings)
        name = str(held.id) if held else "refused"
        assert self.model.hold(member, name, amount, self.now + limit, self.now) == (held is not None)
        if held:
            self.holds[name] = (member, held.id, amount)

    @precondition(lambda self: self.holds)
    @rule(pick=st.integers(0, 100), part=st.integers(1, 100))
    def capture_part(self, pick: int, part: int) -> None:
        name = list(self.holds)[pick % len(self.holds)]
        amount = max(1, self.holds[name][2] * part // 100)
        self._capture(name, amount)

    @precondition(lambda self: self.holds)
    @rule(pick=st.integers(0, 100))
    def capture_whole(self, pick: int) -> None:
        name = list(self.holds)[pick % len(self.holds)]
        self._capture(name, self.holds[name][2])

    def _capture(self, name: str, amount: int) -> None:
        member, number, _ = self.holds.pop(name)
        self._settle(member)
        held = self.ledger.holds[number]
        is_open = held.status is HoldStatus.OPEN
        assert self.model.capture(member, name, amount, self.now) == is_open
        if is_open:
            postings = self.ledger.begin()
            capture(
                postings, self.ledger.purse(member), self.ledger.terms, held, amount, SPENT, self._cause()
            )
            self.ledger.commit(postings)

    @precondition(lambda self: self.holds)
    @rule(pick=st.integers(0, 100))
    def void(self, pick: int) -> None:
        name = list(self.holds)[pick % len(self.holds)]
        member, number, _ = self.holds.pop(name)
        self._settle(member)
        held = self.ledger.holds[number]
        is_open = held.status is HoldStatus.OPEN
        assert self.model.void(member, name, self.now) == is_open
        if is_open:
            postings = self.ledger.begin()
            close(
                postings, self.ledger.purse(member), self.ledger.terms, held, HoldStatus.VOIDED, self._cause()
            )
            self.ledger.commit(postings)

    # ---- taking back, sending, releasing

    @precondition(lambda self: self.awards)
    @rule(pick=st.integers(0, 100), amount=AMOUNTS)
    def take_back(self, pick: int, amount: int) -> None:
        place = pick % len(self.awards)
        member, number, left = self.awards[place]
        amount = min(amount, left)
        if not amount:
            return
        self._settle(member)
        postings = self.ledger.begin()
        missed = postings.take_back(
            self.ledger.purse(member), self.ledger.terms, [(number, amount, HOUSE)], self._cause()
        )
        self.ledger.commit(postings)
        assert self.model.take_back(member, number, amount, self.now) == missed
        self.awards[place] = (member, number, left - amount)

    @rule(sender=MEMBERS, receiver=MEMBERS, amount=AMOUNTS)
    def transfer(self, sender: int, receiver: int, amount: int) -> None:
        if sender == receiver:
            return
        self._settle(sender)
        self._settle(receiver)
        postings = self.ledger.begin()
        sent = send(
            postings,
            self.ledger.purse(sender),
            self.ledger.purse(receiver),
            self.ledger.terms,
            amount,
            self._cause(),
        )
        self.ledger.commit(postings)
        assert self.model.send(sender, receiver, amount, self.now) == (sent is not None)

    @rule(giver=MEMBERS, taker=MEMBERS)
    def merge(self, giver: int, taker: int) -> None:
        if giver == taker or taker in self.gone:
            return  # who was merged takes nothing over
        self.gone.add(giver)
        self._settle(giver)
        self._settle(taker)
        postings = self.ledger.begin()
        became = move_wallet(
            postings,
            self.ledger.purse(giver),
            self.ledger.purse(taker),
            self.ledger.terms,
            self._cause(),
        )
        self.ledger.commit(postings)
        self.model.merge(giver, taker, self.now)
        for name, (_, number, amount) in list(self.holds.items()):
            if number in became:
                self.holds[name] = (taker, became[number], amount)

    @precondition(lambda self: self.awards)
    @rule(pick=st.integers(0, 100))
    def release_by_hand(self, pick: int) -> None:
        member, number, _ = self.awards[pick % len(self.awards)]
        self._settle(member)
        lot = self.ledger.lots[number]
        if lot.pending:
            postings = self.ledger.begin()
            postings.release(self.ledger.purse(member), self.ledger.terms, lot, self._cause())
            self.ledger.commit(postings)
        self.model.release(member, number, self.now)

    # ---- time

    @rule(step=st.integers(1, 5))
    def wait(self, step: int) -> None:
        self.now += step

    @rule(step=st.integers(20, 40))
    def wait_long(self, step: int) -> None:
        self.now += step

    @rule(member=MEMBERS)
    def job_runs(self, member: int) -> None:
        self._settle(member)
        self.model.settle(member, self.now)

    def _settle(self, member: int) -> None:
        postings = self.ledger.begin()
        settle(postings, self.ledger.purse(member), self.ledger.terms, self.now)
        self.ledger.commit(postings)
        assert settle(self.ledger.begin(), self.ledger.purse(member), self.ledger.terms, self.now) == []
        self.settled.add(member)

    def _cause(self) -> Cause:
        return Cause(self.now, self.now)

    @invariant()
    def both_agree(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for member in list(self.settled):
            self._settle(member)
            self.model.settle(member, self.now)
            model = self.model
            assert self.ledger.sides(member) == (
                model.available(member), model.pending(member), model.held(member), model.debt(member),
            )  # fmt: skip
            lots = [
                (NEVER if end == FOREVER else end, earned, pending, left)
                for end, earned, pending, left in self.ledger.open_lots(member)
            ]
            assert sorted(lots) == model.lots(member)
        self.settled.clear()
        left = self.model.issued - self.model.spent - self.model.expired - self.model.reversed
        assert self.model.total() == left


Wallets.TestCase.settings = settings(
    max_examples=250, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestWallets = Wallets.TestCase
