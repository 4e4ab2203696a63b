"""A process of a simulation: told by lines what to replay, answering in lines."""

from __future__ import annotations

import asyncio
import gc
import sys
from decimal import Decimal

import msgspec

from regulars.flows.accrual.insight import Rulebooks, current_rulebook
from regulars.flows.simulation.model import Piece
from regulars.flows.simulation.replay import Replay
from regulars.flows.simulation.run import Order, Told, shared
from regulars.infra.db import Database

# Two rulebooks live to the end, a chunk of events dies at once and refers to itself nowhere: looking for rings in
# between costs two fifths of the time (290 against 180 µs an order) and finds none.
GARBAGE_OBJECTS = 100_000

_piece = msgspec.json.Decoder(Piece | None).decode


def main() -> None:
    """Replay what the standard input says until it says that nothing is left."""
    order = msgspec.json.Decoder(Order, float_hook=Decimal).decode(sys.stdin.buffer.readline())
    asyncio.run(_replay(order))


async def _replay(order: Order) -> None:
    async with Database.open(order.url, max_size=2, name="report") as db:
        book = await current_rulebook(db, Rulebooks(), order.plan.program_id)
        closes_at = {(owner, measure, period): at for owner, measure, period, at in order.closes_at}
        replay = Replay(order.plan, book, closes_at)
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE_OBJECTS, 50, 1_000)
        while (piece := _piece(sys.stdin.buffer.readline() or b"null")) is not None:
            async with db.transaction(read_only=True, snapshot=True) as tx:
                await replay.run(tx, piece, lambda events: _say(Told(events=events)))
            _say(Told(done=True))
    _say(Told(found=shared(replay)))


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
