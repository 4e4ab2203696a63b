"""The demo from beginning to end: server up, year loaded, findings shown, server left running."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from regulars.app.beside import worker_beside
from regulars.app.demo import benefits, serving
from regulars.app.demo.benefits import Benefits, benefits_of, show_benefits
from regulars.app.demo.campaigns import plan
from regulars.app.demo.coalition import PartnerRow, settle, show_partners
from regulars.app.demo.findings import Findings, find
from regulars.app.demo.load import Loaded, first_unsent, knows, load, month_of
from regulars.app.demo.messages import Body
from regulars.app.demo.products import products_of
from regulars.app.demo.program import (
    IN_FORCE_FROM,
    PROGRAM,
    Prepared,
    another_key,
    find_program,
    make_program,
    opens,
)
from regulars.app.demo.progress import Progress
from regulars.app.demo.queries import queries
from regulars.app.demo.reconciliation import Line, account_for, reconcile
from regulars.app.demo.rewards import RewardsTaken, offer, redeem, rewards_taken, show_rewards
from regulars.app.demo.rows import SHOP_ZONE, read_rows
from regulars.app.demo.tables import show
from regulars.app.demo.year import LAST_MESSAGE, WHOLE_YEAR, Totals, Year, year_of
from regulars.app.output import Output
from regulars.app.serve import prepare
from regulars.app.settings import Settings
from regulars.app.shop_clock import ShopClock, clock_in, keep_clock
from regulars.app.system_events import TimePasses
from regulars.flows.reporting import Rollup
from regulars.flows.upkeep import Upkeep
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database

# The morning after the last invoice: the shop's present once the year is loaded.
MORNING_AFTER = datetime(2011, 12, 10, 9, 0, tzinfo=SHOP_ZONE)


class Result(msgspec.Struct, frozen=True):
    """What `regulars demo --json` prints. `loaded` is None when there was nothing left to send."""

    program: str
    address: str
    write_key: str
    loaded: Loaded | None
    left_out: list[str]
    findings: Findings
    reconciliation: list[Line]
    sound: bool
    partners: list[PartnerRow] = []
    rewards: RewardsTaken = RewardsTaken()
    benefits: Benefits = Benefits()


class Demo:
    """One run."""

    def __init__(self, settings: Settings, output: Output, invoices_max: int | None) -> None:
        """Load the whole year, or its first `invoices_max` invoices."""
        self.settings = settings
        self.output = output
        self.invoices_max = invoices_max
        self.clock = ShopClock(IN_FORCE_FROM)
        self.progress = Progress(output)
        self.shown = False
        self.serves = True
        self.partners: list[PartnerRow] = []
        self.rewards = RewardsTaken()
        self.benefits = Benefits()

    async def run(self, *, serve: bool) -> bool:
        """Do everything; return whether the books are right. With `serve`, return when told to stop.

        Where another run serves this very demo already, show what it shows and leave it alone. Refuses with PortBusy
        where something else listens, with DemoBusy while another run is still loading.
        """
        self.serves = serve
        try:
            listening = serving.listen(self.settings.host, self.settings.port)
        except serving.PortBusy:
            address = f"http://{self.settings.host}:{self.settings.port}"
            if self.invoices_max is None and await serving.takes(address, self._kept_key()):
                return await self._show_again(address)
            raise
        url = prepare(self.settings, self.output.progress)
        self.settings = self.settings.model_copy(update={"database_url": url})
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(Database.open(url, min_size=1, max_size=2, name="report"))
            server = await serving.start(self.settings, self.clock, listening)
            stack.push_async_callback(server.stop)
            work = asyncio.create_task(self._work(db, server.address))
            await asyncio.wait({work, server.ended}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
                raise KeyboardInterrupt
            sound = work.result()
            if serve:
                # Not during the load: a clock that leaps over a day takes every lease for expired.
                await stack.enter_async_context(worker_beside(self.settings, url, self.clock))
                await asyncio.wait({server.ended})
        return sound

    async def _work(self, db: Database, address: str) -> bool:
        async with db.transaction() as tx:
            prepared = await find_program(tx)
        year: Year | None = None
        loaded: Loaded | None = None
        if prepared is None or not await self._finished(db, prepared):
            year = await asyncio.to_thread(self._read)
            prepared, loaded = await self._load(db, prepared, year, address)
        await self._go_on(db, prepared)
        await self._count(db, prepared)
        await plan(db, prepared, self.clock.now())
        # Whoever opens the console now finds the whole year on its charts.
        self.progress.say("adding up the figures of reports")
        await Rollup(db, self.clock).drain()
        return await self._tell(db, prepared, year, loaded, address)

    async def _show_again(self, address: str) -> bool:
        """Show what another run of this demo serves at `address`, by its clock."""
        async with Database.open(
            prepare(self.settings, self.output.progress), min_size=1, max_size=2, name="report"
        ) as db:
            async with db.transaction(read_only=True) as tx:
                prepared, clock = await find_program(tx), await clock_in(tx)
            if prepared is None or not isinstance(clock, ShopClock) or not await self._finished(db, prepared):
                raise serving.DemoBusy(port=self.settings.port)
            self.clock = clock
            await self._count(db, prepared)
            self.serves = True
            sound = await self._tell(db, prepared, None, None, address)
        self.output.say("Another run serves it there already, and goes on; this one ends.")
        return sound

    async def _count(self, db: Database, prepared: Prepared) -> None:
        self.rewards = await rewards_taken(db, prepared)
        self.benefits = await benefits_of(db, prepared)
        self.partners = await settle(db, prepared, self.clock.now())

    async def _tell(
        self, db: Database, prepared: Prepared, year: Year | None, loaded: Loaded | None, address: str
    ) -> bool:
        async with db.transaction(read_only=True, snapshot=True) as tx:
            findings = await find(tx, prepared, self.clock.now(), self.progress.say)
        self.progress.end()
        expected = WHOLE_YEAR if year is None else year.totals
        key = await self._write_key(db, prepared)
        self.shown = True
        return self._show(findings, expected, year, loaded, address, key)

    async def _finished(self, db: Database, prepared: Prepared) -> bool:
        """Whether the whole year was loaded before; asked without reading it."""
        return self.invoices_max is None and await knows(
            db, prepared.program_id, prepared.source_id, LAST_MESSAGE
        )

    def _read(self) -> Year:
        self.progress.say("reading 541,909 rows of invoices")
        self.rows = list(read_rows())
        self.progress.say("matching cancellations with what was bought before")
        return year_of(self.rows, self.invoices_max)

    async def _load(
        self, db: Database, prepared: Prepared | None, year: Year, address: str
    ) -> tuple[Prepared, Loaded]:
        if prepared is None:
            self.progress.say("applying the program online-retail: rules, tiers, 4,070 products")
            async with db.transaction() as tx:
                prepared = await make_program(tx, products_of(self.rows), self.clock.now())
                await offer(tx, prepared.program_id, self.clock.now())
            if prepared.write_key is not None:
                self._keep(prepared.write_key)
        await benefits.begin(db, prepared, self.clock)
        key = await self._write_key(db, prepared)
        start = await first_unsent(db, prepared.program_id, prepared.source_id, year.bodies)
        before = sum(body.messages for body in year.bodies[:start])
        self.progress.begin(total=sum(body.messages for body in year.bodies), done=before)
        if start:
            self.output.progress(f"Going on after {before:,} messages that the server has already.")
        async with httpx2.AsyncClient(base_url=address) as client:
            month_ends = partial(self._month_ends, db, prepared, year)
            meanwhile = partial(self._meanwhile, db, prepared)
            loaded = await load(
                client, key, year.bodies, self.clock, self._advance, month_ends, meanwhile, start
            )
        if year.bodies:
            last = year.bodies[-1]
            self.clock.move_on_to(datetime.fromisoformat(last.last_at))
            await month_ends(month_of(last))
        self.progress.say("looking at what came of it")
        async with db.transaction() as tx:
            await tx.run(queries.analyse)
        return prepared, loaded

    async def _month_ends(self, db: Database, prepared: Prepared, year: Year, month: int) -> None:
        now = self.clock.now()
        await redeem(db, prepared, month, now)
        await benefits.month_over(db, prepared, year.invoices, month, now)

    async def _meanwhile(self, db: Database, prepared: Prepared) -> None:
        await benefits.keep_up(db, prepared, self.clock.now())

    def _advance(self, body: Body) -> None:
        self.progress.advance(body.messages, self.clock.now().astimezone(SHOP_ZONE))

    async def _go_on(self, db: Database, prepared: Prepared) -> None:
        """Do what fell due until the morning after (or where the clock of an earlier run is by now), and let the
        clock run on from there. Commands and servers started later live by it too."""
        async with db.transaction(read_only=True) as tx:
            last = await tx.value(queries.select_last_instant, program_id=prepared.program_id)
            before = await clock_in(tx)
        whole = await knows(db, prepared.program_id, prepared.source_id, LAST_MESSAGE)
        since = None if isinstance(before, SystemClock) else before.now()
        for instant in (last, MORNING_AFTER if whole else last, since):
            if instant is not None:
                self.clock.move_on_to(instant)
        self.progress.say("following up what fell due: points that end, tiers that lapse")
        now = self.clock.now()
        await Upkeep(db.transaction, TimePasses(db)).run(now, now, prepared.program_id)
        self.clock.let_go()
        async with db.transaction() as tx:
            await keep_clock(tx, self.clock)

    async def _write_key(self, db: Database, prepared: Prepared) -> str:
        """Return the write key: of this run, of an earlier one, or a new one where none was kept."""
        kept = self._kept_key()
        async with db.transaction() as tx:
            if await opens(tx, prepared, kept, self.clock.now()):
                return kept
            key = await another_key(tx, prepared, self.clock.now())
        self._keep(key)
        return key

    def _kept_key(self) -> str:
        return self._key_file.read_text(encoding="utf-8") if self._key_file.exists() else ""

    @property
    def _key_file(self) -> Path:
        return self.settings.home / f"{PROGRAM}.key"

    def _keep(self, key: str) -> None:
        self._key_file.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self._key_file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(key)

    def _show(
        self,
        findings: Findings,
        expected: Totals,
        year: Year | None,
        loaded: Loaded | None,
        address: str,
        key: str,
    ) -> bool:
        lines = reconcile(findings.loaded, expected)
        left_out = [] if year is None else account_for(year)
        sound = (
            findings.sound
            and all(line.agrees for line in lines)
            and all(row.agrees for row in self.partners)
            and self.rewards.agrees
            and self.benefits.agrees
        )
        if self.output.json:
            self.output.result(
                msgspec.to_builtins(
                    Result(
                        PROGRAM,
                        address,
                        key,
                        loaded,
                        left_out,
                        findings,
                        lines,
                        sound,
                        self.partners,
                        self.rewards,
                        self.benefits,
                    ),
                    str_keys=True,
                )
            )
            return sound
        show(self.output.console, findings, lines)
        show_partners(self.output.console, self.partners)
        show_rewards(self.output.console, self.rewards)
        show_benefits(self.output.console, self.benefits)
        for sentence in left_out:
            self.output.say(sentence)
        if loaded is None:
            self.output.say("The year was loaded before; nothing was sent.")
        else:
            rate = loaded.messages / loaded.seconds if loaded.seconds else 0
            self.output.say(
                f"{loaded.messages:,} messages over HTTP in {loaded.seconds:.1f} s: {rate:,.0f} a second."
            )
        day = self.clock.now().astimezone(SHOP_ZONE)
        self.output.say(f"The shop's clock says {day:%d %B %Y, %H:%M} and goes on from there.")
        if not self.serves:
            self.output.say("Nothing serves it now: 'regulars demo' does, and loads nothing again.")
            return sound
        self.output.say(f"Console: {address}/console/ (one click signs in)")
        self.output.say(f"Documentation: {address}/docs. One more order, and what it does:")
        self.output.say(try_it(address, key, findings, day))
        return sound


def try_it(address: str, key: str, findings: Findings, now: datetime) -> str:
    """Return the line to go on with: one more order of the member who climbed."""
    climber = next((story.name for story in findings.members if story.why == "climbed"), "12346")
    event: dict[str, Any] = {
        "type": "Order Completed",
        "member": {"user_id": climber},
        "store": "united-kingdom",
        "order": {
            "order_id": f"again-{now:%H%M%S}",
            "lines": [{"sku": "22423", "price": "12.75", "quantity": 4}],
        },
    }
    body = msgspec.json.encode(event).decode()
    return f"curl {address}/api/v1/events -u {key}: -H 'content-type: application/json' -d '{body}'"
