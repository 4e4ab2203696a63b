"""What happened to a member, the latest posted first: events, movements of points, tiers, rewards, messages and other
effects of rules, tasks and notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, Literal, get_args

import msgspec

from regulars.core.events import STATUS_BY_NUMBER
from regulars.flows.accrual.insight import Rulebook, plain_instant
from regulars.flows.explanation.store import Movement, queries
from regulars.flows.explanation.wording import scale_of, shown_movement
from regulars.infra.db import Transaction
from regulars.kit import ids
from regulars.kit.ids import ID_MAX

Kind = Literal["event", "transfer", "tier_changed", "redemption", "message", "effect", "task", "note"]
"""What lines there are; a message is an effect of a rule that is sent to the member."""
KINDS: Final[frozenset[Kind]] = frozenset(get_args(Kind))


class Entry(msgspec.Struct, frozen=True):
    """One line of a timeline; `id` is its place in the order of posting."""

    id: int
    shown: dict[str, Any]


async def member_timeline(
    tx: Transaction,
    book: Rulebook,
    member_ids: Sequence[int],
    *,
    before: int = ID_MAX,
    limit: int,
    kinds: Collection[Kind] = KINDS,
) -> list[Entry]:
    """Return at most `limit` entries of some kinds posted before the one numbered `before`, of a member and those
    merged into her.
    """
    asked: dict[str, Any] = {"member_ids": list(member_ids), "before": before, "limit": limit}
    entries: list[Entry] = []
    if "event" in kinds:
        entries += [_event(book, row) for row in await tx.all(queries.select_timeline_events, **asked)]
    if "transfer" in kinds:
        moved: list[Movement] = await tx.all(queries.select_timeline_transfers, row=Movement, **asked)
        entries += [_transfer(book, one) for one in moved]
    if "tier_changed" in kinds:
        entries += [_standing(row) for row in await tx.all(queries.select_timeline_standings, **asked)]
    if "redemption" in kinds:
        rows = await tx.all(queries.select_timeline_redemptions, **asked)
        entries += [_redemption(book, row) for row in rows]
    messages = [kind == "message" for kind in ("message", "effect") if kind in kinds]
    if messages:
        rows = await tx.all(queries.select_timeline_effects, messages=messages, **asked)
        entries += [_effect(book, row) for row in rows]
    if "task" in kinds:
        entries += [_task(row) for row in await tx.all(queries.select_timeline_tasks, **asked)]
    if "note" in kinds:
        entries += [_note(row) for row in await tx.all(queries.select_timeline_notes, **asked)]
    entries.sort(key=lambda entry: entry.id, reverse=True)
    return entries[:limit]


def _event(book: Rulebook, row: tuple[Any, ...]) -> Entry:
    event_id, member_id, name, status, source_id, occurred_at, received_at = row
    source = book.terms.sources.get(source_id)
    shown = {
        "entry": "event",
        "id": ids.encode("evt", event_id),
        "type": name,
        "status": STATUS_BY_NUMBER[status].value,
        "source": source.code if source else None,
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(occurred_at),
        "posted_at": plain_instant(received_at),
    }
    return Entry(event_id, shown)


def _transfer(book: Rulebook, moved: Movement) -> Entry:
    shown = shown_movement(book, moved)
    detail = shown["detail"]
    rules = detail.get("rules", ()) if isinstance(detail, dict) and moved.ruleset_version is not None else ()
    named = []
    if rules:
        written = book.version_numbered(moved.ruleset_version or 0).ruleset.rules
        named = [{"rule": written[place].code, "name": written[place].name} for place, _ in rules]
    return Entry(moved.id, {"entry": "transfer", **shown, "rules": named})


def _standing(row: tuple[Any, ...]) -> Entry:
    number, member_id, tier_set, before, after, direction, reason, event_id, since = row
    shown = {
        "entry": "tier_changed",
        "tier_set": tier_set,
        "from": before or None,
        "to": after or None,
        "direction": direction,
        "reason": reason,
        "event": None if event_id is None else ids.encode("evt", event_id),
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(since),
    }
    return Entry(number, shown)


def _redemption(book: Rulebook, row: tuple[Any, ...]) -> Entry:
    number, member_id, reward, status, quantity, point_type_id, points, store, created_at = row
    point_type = book.points_by_id.get(point_type_id)
    code = point_type.code if point_type else str(point_type_id)
    shown = {
        "entry": "redemption",
        "id": ids.encode("rdm", number),
        "reward": reward,
        "status": status,
        "quantity": quantity,
        "point_type": code,
        "points": points,
        "scale": scale_of(book, code),
        "store": store or None,
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(created_at),
    }
    return Entry(number, shown)


def _effect(book: Rulebook, row: tuple[Any, ...]) -> Entry:
    number, member_id, event_id, rule, kind, arguments, status, posted_at = row
    shown = {
        "entry": "message" if kind == "send_message" else "effect",
        "number": str(number),
        "kind": kind,
        "rule": rule,
        "rule_name": _name(book, rule),
        "status": status,
        "arguments": msgspec.json.decode(arguments),
        "event": ids.encode("evt", event_id),
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(posted_at),
    }
    return Entry(number, shown)


def _name(book: Rulebook, code: str) -> str:
    """Return what a rule is called now, or was called last; empty for one that was never published."""
    names = (
        rule.name
        for version in reversed(book.versions)
        for rule in version.ruleset.rules
        if rule.code == code
    )
    return next(names, "")


def _task(row: tuple[Any, ...]) -> Entry:
    number, member_id, kind, title, status, due_on, assignee, rule, event_id, closed_by, created_at = row
    shown = {
        "entry": "task",
        "id": ids.encode("tsk", number),
        "kind": kind,
        "title": title,
        "status": status,
        "due_on": None if due_on is None else due_on.isoformat(),
        "assignee": assignee,
        "closed_by": closed_by,
        "rule": rule,
        "event": None if event_id is None else ids.encode("evt", event_id),
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(created_at),
    }
    return Entry(number, shown)


def _note(row: tuple[Any, ...]) -> Entry:
    number, member_id, text, by, written_at = row
    shown = {
        "entry": "note",
        "id": ids.encode("nte", number),
        "text": text,
        "by": by,
        "member": ids.encode("mem", member_id),
        "occurred_at": plain_instant(written_at),
    }
    return Entry(number, shown)
