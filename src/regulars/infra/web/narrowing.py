"""Which of a person's grants count at an address: of the program in it, and of the parts the route keeps to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

import msgspec

from regulars.infra.web.subject import Grant, Subject
from regulars.kit.errors import Forbidden, Rejected

# Where an address names no program, a person of several says here which one is meant.
PROGRAM_HEADER: Final = "x-program"
# The id of no program: for somebody at an address of a program that is not hers.
NOWHERE: Final = -1
PARTNER: Final = "partner"
REGION: Final = "region"


class ProgramNotNamed(Rejected):
    """You belong to several programs; say in the header X-Program which one is meant."""

    status = 400


def narrowed(
    subject: Subject,
    path: Mapping[str, str],
    headers: Mapping[str, str],
    parts: Collection[str],
    opens: Callable[[Grant], bool],
) -> Subject:
    """Return `subject` with the roles and scopes that count at an address.

    Where some of them open it (`opens`), only these count: who calls it as a partner, and may do more elsewhere,
    must not see more here. Somebody of another program keeps her roles and gets a program that does not
    exist, so that she is told what everybody is told of a program that is not there. Raises ProgramNotNamed, Forbidden.
    """
    if not subject.grants:
        return subject
    grants = [grant for grant in subject.grants if _keeps_to(grant, parts)]
    code = path.get("program")
    if code is None:
        here = _of_one_program(grants, headers.get(PROGRAM_HEADER))
    else:
        here = [grant for grant in grants if grant.program_id is None or grant.program == code]
        if not here:
            return _stranger(subject, grants)
    return _joined(subject, [grant for grant in here if opens(grant)] or here)


def _keeps_to(grant: Grant, parts: Collection[str]) -> bool:
    return (grant.partner is None or PARTNER in parts) and (grant.region is None or REGION in parts)


def _of_one_program(grants: list[Grant], wanted: str | None) -> list[Grant]:
    if any(grant.program_id is None for grant in grants) and wanted is None:
        return [grant for grant in grants if grant.program_id is None]
    if wanted is not None:
        here = [grant for grant in grants if grant.program_id is None or grant.program == wanted]
        if not here:
            raise Forbidden("You have no role in the program that X-Program names.")
        return here
    if len({grant.program_id for grant in grants}) > 1:
        raise ProgramNotNamed
    return grants


def _joined(subject: Subject, grants: list[Grant]) -> Subject:
    programs = {grant.program_id for grant in grants}
    return msgspec.structs.replace(
        subject,
        program_id=None if None in programs or not programs else next(iter(programs)),
        roles=frozenset[str]().union(*(grant.roles for grant in grants)),
        scopes=frozenset[str]().union(*(grant.scopes for grant in grants)),
        partners=_kept([grant.partner for grant in grants]),
        regions=_kept([grant.region for grant in grants]),
    )


def _kept(parts: list[str | None]) -> frozenset[str] | None:
    """Return the parts to which somebody is kept; None as soon as one grant is for the whole."""
    named = frozenset(part for part in parts if part is not None)
    return named if len(named) and None not in parts else None


def _stranger(subject: Subject, grants: list[Grant]) -> Subject:
    return msgspec.structs.replace(
        subject,
        program_id=NOWHERE,
        roles=frozenset[str]().union(*(grant.roles for grant in grants)),
        scopes=frozenset[str]().union(*(grant.scopes for grant in grants)),
        partners=frozenset(),
        regions=frozenset(),
    )
