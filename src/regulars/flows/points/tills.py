"""Where points are spent: at a partner's till they go to an account of its own, so that it can be paid for them."""

from __future__ import annotations

from typing import Final

import msgspec

from regulars.core.ledger import open_accounts, select_accounts
from regulars.features.partners import select_terms
from regulars.features.programs import PointType, ProgramConfig, wrong_at_till
from regulars.flows.points.errors import InvalidOperation
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

ORDER_LETTERS_MAX: Final = 120


class Till(msgspec.Struct, frozen=True):
    """A partner's till: the codes of partner and store, and the till's own order number; nothing personal."""

    partner: str = ""
    store: str = ""
    order: str = ""


# The program's own desk.
NOWHERE: Final = Till()


def till_of(detail: str | None) -> Till:
    """Return the till that a transfer's detail names."""
    return NOWHERE if detail is None else msgspec.json.decode(detail, type=Till)


async def open_till(tx: Transaction, config: ProgramConfig, point_type: str | None, at: Till) -> None:
    """Open the account of a partner's till where it is its first spend. Refuses with InvalidOperation."""
    if at == NOWHERE:
        return
    errors = wrong_at_till(config, at.partner, at.store)
    if len(at.order) > ORDER_LETTERS_MAX:
        errors.append(FieldError("order", "too_long", f"Write at most {ORDER_LETTERS_MAX} letters."))
    if errors:
        raise InvalidOperation(errors=errors)
    kind = config.redeemable if point_type is None else config.point_types.get(point_type)
    if kind is None:
        return
    name = f"spent:{at.partner}"
    known = (await select_accounts(tx, config.id)).get(kind.id)
    if known is None or name not in known.funders:
        await open_accounts(tx, config.id, kind.id, [name])


async def honoured_by(tx: Transaction, config: ProgramConfig, kind: PointType) -> list[str]:
    """Return the partners that honour points of a partner's own type: it, and those whose terms take them."""
    if kind.partner is None:
        return []
    codes = {one.id: one.code for one in config.partners.values()}
    terms = await select_terms(tx, config.id)
    takers = [codes[n] for n, one in terms.items() if any(a.point_type == kind.code for a in one.accepts)]
    return [kind.partner, *takers]
