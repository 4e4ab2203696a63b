"""Draws and instant wins: prizes, tickets, and results fixed before anybody sees them, which anybody can check.

Tables owned: schema `draws`. The algorithm is written out in `fair.py`.
"""

from regulars.features.draws.errors import DrawNotClosed, DrawNotRevealed
from regulars.features.draws.fair import Published, faults
from regulars.features.draws.model import Draw, Held, Prize, StoredDraw, Won
from regulars.features.draws.run import (
    archive_draw,
    cancel_entry,
    close_draw,
    enter_draw,
    get_draw,
    open_draw,
    play,
    publish_draw,
    put_draw,
    reveal_draw,
)
from regulars.features.draws.store import (
    SEED,
    decode_draw,
    mark_delivered,
    mark_refused,
    select_draws,
    select_held,
    select_prizes,
)

__all__ = [
    "SEALED",
    "Draw",
    "DrawNotClosed",
    "DrawNotRevealed",
    "Held",
    "Prize",
    "Published",
    "StoredDraw",
    "Won",
    "archive_draw",
    "cancel_entry",
    "close_draw",
    "decode_draw",
    "enter_draw",
    "faults",
    "get_draw",
    "mark_delivered",
    "mark_refused",
    "open_draw",
    "play",
    "publish_draw",
    "put_draw",
    "reveal_draw",
    "select_draws",
    "select_held",
    "select_prizes",
]

SEALED = (SEED,)
