"""Values in the words of people: facts by what they ask, movements by what they are, sentences that say why."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.core.rules import FactSpec
from regulars.flows.accrual.insight import Again, Rulebook, instant, plain_instant
from regulars.flows.explanation.store import LotRow, Movement
from regulars.kit import ids
from regulars.kit.points import format_points

_decode = msgspec.json.Decoder().decode


def facts_used(asked: Again) -> list[dict[str, Any]]:
    """Return what the rules looked at besides the event: each fact in words, with the value it had then."""
    ruleset = asked.version.ruleset
    return [
        {"fact": fact_name(ruleset.facts[index]), "value": _plain(asked.facts[index])}
        for index in ruleset.facts_for(asked.event.type)
    ]


def fact_name(spec: FactSpec) -> str:
    """Return a fact as rules name it, or what a measure counts."""
    measure = spec.measure
    if measure is None:
        return ".".join(part for part in ("member", spec.kind, spec.name, spec.part) if part)
    window = measure.window
    over = (
        f"last {window.days} days"
        if window.unit == "last_days"
        else " ".join((window.unit, window.name)).strip()
    )
    of = f" of {measure.field}" if measure.field else ""
    return f"{measure.aggregate}{of}, {measure.event}, {over}"


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=str) if not isinstance(value, str | int | None) else value


def shown_movement(book: Rulebook, moved: Movement) -> dict[str, Any]:
    """Return a transfer as answers show it."""
    point_type = book.points_by_id.get(moved.point_type_id)
    code = point_type.code if point_type else str(moved.point_type_id)
    return {
        "id": ids.encode("trf", moved.id),
        "kind": moved.kind_name,
        "point_type": code,
        "points": moved.amount,
        "scale": scale_of(book, code),
        "from": moved.funder,
        "to": f"{moved.credit}:{moved.credit_owner}" if moved.credit_owner else moved.credit,
        "event": None if moved.event_id is None else ids.encode("evt", moved.event_id),
        "reverses": None if moved.reverses_id is None else ids.encode("trf", moved.reverses_id),
        "occurred_at": plain_instant(moved.occurred_at),
        "posted_at": plain_instant(moved.posted_at),
        "detail": _decode(moved.detail) if moved.detail else None,
    }


def shown_lot(lot: LotRow | None) -> dict[str, Any] | None:
    """Return what became of the points: what is left, whether they wait, when they end."""
    if lot is None:
        return None
    return {
        "id": ids.encode("lot", lot.id),
        "points": lot.amount,
        "remaining": lot.remaining,
        "pending": lot.pending,
        "active_at": None if lot.active_at is None else plain_instant(lot.active_at),
        "expires_at": None if lot.expires_at is None else plain_instant(lot.expires_at),
    }


def moment(book: Rulebook, at: int) -> str:
    """Return an instant (microseconds) as the clocks of the program show it, and whose clocks those are."""
    return f"{instant(at).astimezone(book.zone):%Y-%m-%d %H:%M:%S} {book.zone.key}"


def scale_of(book: Rulebook, code: str) -> int:
    """Return the decimals of a point type; 0 for one that is gone."""
    point_type = book.terms.point_types.get(code)
    return point_type.scale if point_type else 0


def counted(book: Rulebook, code: str, points: int) -> str:
    """Return an amount in words: "12 points", "0.50 stars"."""
    return f"{format_points(points, scale_of(book, code))} {code}"
