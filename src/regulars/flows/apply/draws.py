"""Draws in a document: the fields of the API, points in points. What has closed is history, and left alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from regulars.features.draws import Draw, StoredDraw
from regulars.flows.apply.document import Document, ProgramDocumentInvalid
from regulars.flows.apply.wording import Plain
from regulars.kit.errors import FieldError
from regulars.kit.points import format_points, parse_points
from regulars.kit.shapes import shape_error

Scale = Callable[[str | None], int]


def draw_of(raw: dict[str, Any], place: int, scale: Scale) -> Draw:
    """Return the draw that an entry states, points in smallest units. Raises ProgramDocumentInvalid."""
    path = f"draws[{place}]"
    fields = dict(raw)
    if "ticket_points" in fields:
        fields["ticket_points"] = _points(
            fields["ticket_points"], f"{path}.ticket_points", scale(raw.get("point_type"))
        )
    if isinstance(fields.get("prizes"), list | tuple):
        fields["prizes"] = [
            _prize(prize, f"{path}.prizes[{number}]", scale) for number, prize in enumerate(fields["prizes"])
        ]
    try:
        return msgspec.convert(fields, Draw)
    except msgspec.ValidationError as mistake:
        raise ProgramDocumentInvalid(errors=[shape_error(mistake, Draw, path)]) from mistake


def _prize(raw: Any, path: str, scale: Scale) -> Any:
    if not isinstance(raw, dict) or "points" not in raw:
        return raw
    return {**raw, "points": _points(raw["points"], f"{path}.points", scale(raw.get("point_type")))}


def _points(value: Any, path: str, decimals: int) -> int:
    try:
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        return parse_points(text, decimals)
    except ValueError as mistake:
        raise ProgramDocumentInvalid(errors=[FieldError(path, "malformed", str(mistake))]) from mistake


def plain_draw(draw: Draw, scale: Scale) -> Plain:
    """Return a draw as it is written: nothing that goes without saying."""
    plain: Plain = msgspec.to_builtins(draw)
    if draw.ticket_points is not None:
        plain["ticket_points"] = format_points(draw.ticket_points, scale(draw.point_type))
    plain["prizes"] = [dict(prize) for prize in plain["prizes"]]
    for prize, kept in zip(plain["prizes"], draw.prizes, strict=True):
        if kept.points is not None:
            prize["points"] = format_points(kept.points, scale(kept.point_type))
    return plain


def plain_draws(document: Document, scale: Scale) -> list[Plain]:
    """Return the draws of a document in the words `export_program` uses. Raises ProgramDocumentInvalid."""
    return [plain_draw(draw_of(raw, place, scale), scale) for place, raw in enumerate(document.draws or ())]


def current_draws(stored: list[StoredDraw], scale: Scale, named: frozenset[str] = frozenset()) -> list[Plain]:
    """Return the draws that a document is about: drafts, those that are open, and of the past those it names."""
    return [
        plain_draw(one.draw, scale)
        for one in stored
        if one.status in ("draft", "open") or (one.status != "archived" and one.draw.code in named)
    ]
