"""What goes with campaigns in a document: what has to be done for them, and the members on marketing lists."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from regulars.features.campaigns import (
    Activity,
    InvalidActivity,
    Task,
    add_activity,
    change_activity,
    complete_activity,
    remove_activity,
    select_every_activity,
)
from regulars.features.members import relist, resolve_refs, select_listed, select_members
from regulars.features.programs import ProgramConfig
from regulars.flows.apply.document import ActivityPart, MarketingListPart, ProgramDocumentInvalid
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Rejected
from regulars.kit.ids import encode

Plain = dict[str, Any]
T = TypeVar("T")
# Members read in one statement, and names of nobody that a refusal repeats.
MEMBERS_A_READ: Final = 5_000
UNKNOWN_SHOWN_MAX: Final = 20


class MemberUnknown(ProgramDocumentInvalid):
    """The document puts somebody on a marketing list who is no member of this program; import the members first."""


async def exported_activities(
    tx: Transaction, program_id: int, emails: Mapping[int, str]
) -> dict[str, list[Plain]]:
    """Return by the code of its campaign what is and was to be done, as `apply` reads it."""
    found: dict[str, list[Plain]] = defaultdict(list)
    for one in await select_every_activity(tx, program_id):
        part = ActivityPart(
            one.subject,
            one.kind,
            one.details,
            emails.get(one.assignee or 0),
            one.due_on,
            one.completed_at is not None,
        )
        found[one.campaign].append(_plain(part))
    return {code: sorted(plain, key=_order) for code, plain in found.items()}


def wanted_activities(parts: Sequence[ActivityPart] | None, before: Sequence[Plain]) -> list[Plain]:
    """Return what an entry of a document wants to be done, in the words of the export.

    Left out, it stays as it is. What was done is history: it stays done, and stays, named or not.
    """
    if parts is None:
        return list(before)
    plain = sorted(map(_plain, parts), key=_order)
    pairs, gone = _matched(plain, before, _name_of_plain, _name_of_plain)
    kept = [{**new, "done": True} if old is not None and old.get("done") else new for new, old in pairs]
    return sorted([*kept, *(old for old in gone if old.get("done"))], key=_order)


async def put_activities(
    tx: Transaction,
    program_id: int,
    code: str,
    parts: Sequence[ActivityPart] | None,
    people: Mapping[str, int],
    *,
    now: datetime,
    by: str,
) -> None:
    """Let what has to be done for a campaign be what a document says; `people` are staff by address.

    Open ones that are not named go. Raises ProgramDocumentInvalid, also for another wording of what is done.
    """
    if parts is None:
        return
    here = [one for one in await select_every_activity(tx, program_id) if one.campaign == code]
    places = sorted(range(len(parts)), key=lambda place: _order(_plain(parts[place])))
    pairs, gone = _matched(places, here, lambda place: (parts[place].kind, parts[place].subject), _name_of)
    for one in gone:
        if one.completed_at is None:
            await remove_activity(tx, program_id, one.id)
    everybody = frozenset(people.values())
    for place, old in pairs:
        path, part = f"activities[{place}].", parts[place]
        task = _task(part, path, people)
        try:
            number = await _put(tx, program_id, code, task, old, everybody, now, by)
            if part.done:
                await complete_activity(tx, program_id, number, now=now, by=by)
        except Rejected as refusal:
            raise _located(refusal, path) from refusal


async def _put(
    tx: Transaction,
    program_id: int,
    code: str,
    task: Task,
    old: Activity | None,
    people: frozenset[int],
    now: datetime,
    by: str,
) -> int:
    if old is None:
        return (await add_activity(tx, program_id, code, task, people, now=now, by=by)).id
    if task != Task(old.kind, old.subject, old.details, old.assignee, old.due_on):
        await change_activity(tx, program_id, old.id, task, people, now=now)
    return old.id


async def members_of_lists(
    tx: Transaction, config: ProgramConfig, parts: Iterable[MarketingListPart]
) -> dict[str, frozenset[int]]:
    """Return by the code of its list whom a document wants on it; lists that say nothing of members are missing.

    Raises MemberUnknown, which says where.
    """
    found: dict[str, frozenset[int]] = {}
    errors: list[FieldError] = []
    for place, part in enumerate(parts):
        if part.members is None:
            continue
        known = await resolve_refs(tx, config, [ref.strip() for ref in part.members])
        unknown = [at for at, ref in enumerate(part.members) if ref.strip() not in known]
        errors += [
            FieldError(
                f"marketing_lists[{place}].members[{at}]",
                "unknown",
                f"{part.members[at]!r} is no member of this program.",
            )
            for at in unknown[:UNKNOWN_SHOWN_MAX]
        ]
        if len(unknown) > UNKNOWN_SHOWN_MAX:
            message = f"{len(unknown)} of {len(part.members)} are no members of this program."
            errors.append(FieldError(f"marketing_lists[{place}].members", "unknown", message))
        found[part.code] = frozenset(known.values())
    if errors:
        raise MemberUnknown(errors=errors)
    return found


async def plan_members(
    tx: Transaction, program_id: int, listed: Mapping[str, frozenset[int]], current: Plain, wanted: Plain
) -> None:
    """Write into both sides of a plan how many are on each list, and how many come and go."""
    before = {one["code"]: one for one in current.get("marketing_lists", ())}
    for entry in wanted.get("marketing_lists", ()):
        if (members := listed.get(entry["code"])) is None:
            continue
        here = await _on_list(tx, program_id, entry["code"])
        if entry["code"] in before:
            before[entry["code"]]["members"] = {"count": len(here), "put_on": 0, "taken_off": 0}
        entry["members"] = {
            "count": len(members),
            "put_on": len(members - here),
            "taken_off": len(here - members),
        }


async def put_members(
    tx: Transaction, program_id: int, code: str, members: frozenset[int], now: datetime
) -> None:
    """Let exactly these members be on a list."""
    here = await _on_list(tx, program_id, code)
    await relist(tx, program_id, code, members - here, listed=True, now=now)
    await relist(tx, program_id, code, here - members, listed=False, now=now)


async def exported_members(tx: Transaction, program_id: int, code: str) -> list[str]:
    """Return who is on a list: by an identifier, which means something in another installation too, else by id."""
    found: list[str] = []
    numbers = sorted(await _on_list(tx, program_id, code))
    for first in range(0, len(numbers), MEMBERS_A_READ):
        for one in await select_members(tx, program_id, numbers[first : first + MEMBERS_A_READ]):
            known = one.identifiers[0] if one.identifiers else None
            found.append(encode("mem", one.id) if known is None else f"{known.kind}:{known.value}")
    return sorted(found)


async def _on_list(tx: Transaction, program_id: int, code: str) -> frozenset[int]:
    found: set[int] = set()
    after = 0
    while rows := await select_listed(tx, program_id, code, after=after, limit=MEMBERS_A_READ):
        found.update(rows)
        after = rows[-1]
    return frozenset(found)


def _matched(
    wanted: Iterable[T], before: Iterable[Any], name: Callable[[T], Any], name_before: Callable[[Any], Any]
) -> tuple[list[tuple[T, Any | None]], list[Any]]:
    """Return each wanted one with the one of the same name that is there (the first with the first), and the rest."""
    waiting: dict[Any, deque[Any]] = defaultdict(deque)
    for one in before:
        waiting[name_before(one)].append(one)
    pairs = [(one, waiting[name(one)].popleft() if waiting[name(one)] else None) for one in wanted]
    return pairs, [one for rest in waiting.values() for one in rest]


def _plain(part: ActivityPart) -> Plain:
    """Return an activity as the export writes it: what is as usual is left out."""
    plain = {name: value for name, value in msgspec.structs.asdict(part).items() if value}
    if part.kind == "task":
        del plain["kind"]
    if part.due_on is not None:
        plain["due_on"] = part.due_on.isoformat()
    return plain


def _order(plain: Plain) -> tuple[str, str, str, str]:
    return (
        plain.get("due_on", "9999-12-31"),
        plain.get("subject", ""),
        plain.get("kind", ""),
        plain.get("details", ""),
    )


def _name_of_plain(plain: Plain) -> tuple[str, str]:
    return plain.get("kind", "task"), plain.get("subject", "")


def _name_of(activity: Activity) -> tuple[str, str]:
    return activity.kind, activity.subject


def _task(part: ActivityPart, path: str, people: Mapping[str, int]) -> Task:
    if part.assignee is not None and part.assignee not in people:
        message = f"Nobody here has the address {part.assignee!r}."
        raise ProgramDocumentInvalid(errors=[FieldError(f"{path}assignee", "unknown", message)])
    assignee = None if part.assignee is None else people[part.assignee]
    return Task(part.kind, part.subject, part.details, assignee, part.due_on)


def _located(refusal: Rejected, path: str) -> ProgramDocumentInvalid:
    if isinstance(refusal, InvalidActivity):
        errors = [FieldError(f"{path}{one.path}", one.code, one.message) for one in refusal.errors]
    else:
        errors = [FieldError(path.rstrip("."), refusal.code, refusal.message)]
    return ProgramDocumentInvalid(errors=errors)
