"""A story through the whole pipeline with PostgreSQL beside the model, the books compared every so many
steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.model.accrual import Model
from tests.model.differences import POINT_TYPES, event_of, same
from tests.model.purse import NEVER
from tests.model.stories import BEGIN, Step

from regulars.app.intake_port import item_of
from regulars.app.known_sources import source_for
from regulars.core.ledger import micros
from regulars.features.programs import ProgramConfig
from regulars.flows import books
from regulars.flows.accrual import Rulebooks, accrue
from regulars.flows.upkeep.settle import settle_members
from regulars.infra.db import Database, load_queries

queries = load_queries(__package__)


class Books:
    """The model and the database, side by side."""

    def __init__(self, db: Database, config: ProgramConfig, *, takes: bool) -> None:
        self.db = db
        self.config = config
        self.rulebooks = Rulebooks()
        self.sources = {code: source_for(config, source) for code, source in config.sources_by_code.items()}
        self.model = Model(takes=takes)
        self.now = BEGIN

    @property
    def instant(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=self.now)

    async def step(self, step: Step) -> None:
        """Send the messages of a step as one batch; what each came to is what the model says."""
        passed, messages = step
        self.now += passed
        said = self.model.batch(self.now, messages)
        items = [item_of(self.sources[one["source"]], event_of(one, self.now)) for one in messages]
        receipt = await accrue(self.db, self.rulebooks, self.config.id, items, micros(self.instant))
        same("answers", [answer.status.value for answer in receipt.answers], said)

    async def compare(self) -> None:
        """Let time do what is due; then wallets, lots, tiers and budgets are what the model has, and the
        books agree."""
        for member in self.model.members.values():
            for wallet in member["wallets"].values():
                wallet.settle(self.now)
        async with self.db.transaction() as tx:
            everybody = [member_id for (member_id,) in await tx.all(queries.select_member_ids)]
            await settle_members(tx, self.config, everybody, self.instant, self.instant)
        async with self.db.transaction(read_only=True, snapshot=True) as tx:
            same(
                "wallets",
                {who: _sides(b, d) for who, b, d in await tx.all(queries.select_wallets)},
                self._wallets(),
            )
            kinds = {one.id: one.code for one in self.config.point_types.values()}
            lots = [
                (who, kinds[kind], end or NEVER, *rest)
                for who, kind, end, *rest in await tx.all(queries.select_lots)
            ]
            same("lots", sorted(lots), self._lots())
            same(
                "tiers",
                {(who, of): tier for who, of, tier in await tx.all(queries.select_tiers)},
                self._tiers(),
            )
            same("budgets", [tuple(row) for row in await tx.all(queries.select_budgets)], self._budgets())
            found = await books.verify(tx, self.config.id)
            same("books", [check for check in found.checks if check.bad], [])

    def _wallets(self) -> dict[str, tuple[list[int], list[int]]]:
        by_slot = sorted(self.config.point_types.values(), key=lambda one: one.slot)
        return {
            who: (
                [
                    n
                    for one in by_slot
                    for n in (m["wallets"][one.code].available, m["wallets"][one.code].pending, 0)
                ],
                [m["wallets"][one.code].debt for one in by_slot],
            )
            for who, m in self.model.members.items()
        }

    def _lots(self) -> list[tuple[str, str, int, int, bool, int]]:
        return sorted(
            (who, code, *lot)
            for who, member in self.model.members.items()
            for code in POINT_TYPES
            if code != "net"
            for lot in member["wallets"][code].open_lots()
        )

    def _tiers(self) -> dict[tuple[str, str], str]:
        return {
            (who, of): member[of]
            for who, member in self.model.members.items()
            for of in ("club", "season")
            if member[of]
        }

    def _budgets(self) -> list[tuple[str, str, int]]:
        named = {("rule:north", "ever"): self.model.budgets.get("north", 0)}
        for name, used in self.model.budgets.items():
            if name != "north":
                named["campaign:spring", f"{name[1][0]}-{name[1][1]:02}"] = used
        return sorted((owner, period, used) for (owner, period), used in named.items() if used)


def _sides(balances: list[int], debts: list[int]) -> tuple[list[int], list[int]]:
    """Return balances and debts of all five wallets; what was never touched is not stored."""
    return (balances + [0] * 15)[:15], (debts + [0] * 5)[:5]
