"""The two requests a till waits for: a reward set aside or taken, and a reservation confirmed.

Requests that come together are done in one transaction (`Lane`); each is answered after the commit, once per
Idempotency-Key. `dry_run=true` does the same on its own and undoes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec

from regulars.flows.redemption import store
from regulars.flows.redemption.bodies import RedemptionBody, RedemptionCaptureBody, receipt_fields
from regulars.flows.redemption.confirm import confirm_at, read_orders
from regulars.flows.redemption.counter import Ground, Grounds, open_counter
from regulars.flows.redemption.lanes import Lane
from regulars.flows.redemption.model import Ask, Capture
from regulars.flows.redemption.refs import UnknownMember, resolve_refs
from regulars.flows.redemption.take import Result, take_at
from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction
from regulars.infra.web import KeptAnswer, Keyed, Subject, claim_keys, keep_answers
from regulars.kit.errors import Rejected
from regulars.kit.ids import decode

CREATED: Final = 201
_encode = msgspec.json.Encoder(decimal_format="string").encode


class FindSubject(Protocol):
    """Finds out who is calling, by the headers of a request."""

    async def __call__(self, headers: Mapping[str, str], /) -> Subject | None:
        """Return the subject, None without credentials. Raises Unauthenticated."""


class FindProgram(Protocol):
    """Knows programs by their codes."""

    async def __call__(self, code: str, /) -> int | None:
        """Return the id of a program that is not archived, None when there is none."""


class TakeRequest(msgspec.Struct, frozen=True):
    """A reward that somebody wants, for the member a reference names."""

    subject: Subject
    keyed: Keyed
    ref: str
    body: RedemptionBody


class CaptureRequest(msgspec.Struct, frozen=True):
    """A reservation to be confirmed."""

    subject: Subject
    keyed: Keyed
    redemption: str
    body: RedemptionCaptureBody


Request = TakeRequest | CaptureRequest
Done = tuple[Result, Ground]


class Replayed(KeptAnswer, frozen=True):
    """An answer that was given before."""


class _Undo(Exception):
    """Ends a transaction that is not to be kept: a dry run, or a lone request that was refused."""

    def __init__(self, answer: KeptAnswer | Rejected) -> None:
        super().__init__("undone")
        self.answer = answer


class Till:
    """Does what tills ask for, many at a time. The application keeps one in `state.till`."""

    def __init__(
        self, db: Database, clock: Clock, grounds: Grounds, subject_of: FindSubject, program_of: FindProgram
    ) -> None:
        """Work in `db`; `subject_of` and `program_of` may share their look-ups between requests."""
        self._db = db
        self._clock = clock
        self.grounds = grounds
        self.subject_of = subject_of
        self.program_of = program_of
        self._lanes: dict[int, Lane[Request, KeptAnswer]] = {}

    async def do(self, program_id: int, request: Request, *, dry_run: bool = False) -> KeptAnswer:
        """Return the answer to a request, after the commit. Refuses with what `take` and `confirm` refuse."""
        if dry_run:
            (answer,) = await self._batch(program_id, [request], dry_run=True)
            if isinstance(answer, Rejected):
                raise answer
            return answer
        lane = self._lanes.get(program_id)
        if lane is None:
            lane = self._lanes[program_id] = Lane(partial(self._batch, program_id), _place)
        return await lane.submit(request)

    async def drain(self) -> None:
        """Wait until everything has been answered: for an orderly stop."""
        for lane in list(self._lanes.values()):
            await lane.drain()

    async def _batch(
        self, program_id: int, requests: Sequence[Request], *, dry_run: bool = False
    ) -> list[KeptAnswer | Rejected]:
        """Do requests in one transaction; a lone one that is refused is undone with all it did."""
        try:
            async with self._db.transaction() as tx:
                answers = await self._keyed(tx, program_id, requests, dry_run=dry_run)
                if dry_run or (len(requests) == 1 and isinstance(answers[0], Rejected)):
                    raise _Undo(answers[0])
                return answers
        except _Undo as undone:
            return [undone.answer]

    async def _keyed(
        self, tx: Transaction, program_id: int, requests: Sequence[Request], *, dry_run: bool
    ) -> list[KeptAnswer | Rejected]:
        claimed: list[KeptAnswer | Rejected | None] = [None]
        if not dry_run:
            claimed = await claim_keys(tx, [one.keyed for one in requests])
        fresh = [one for one, known in zip(requests, claimed, strict=True) if known is None]
        done = iter(await self._work(tx, program_id, fresh) if fresh else ())
        answers: list[KeptAnswer | Rejected] = []
        kept = []
        now = self._clock.now()
        for request, known in zip(requests, claimed, strict=True):
            if known is not None:
                answers.append(_replayed(known))
                continue
            result, ground = next(done)
            if isinstance(result, Rejected):
                answers.append(result)
                continue
            body = _encode(receipt_fields(result, ground.config, ground.book.by_id, now))
            answers.append(KeptAnswer(200 if dry_run else CREATED, body))
            kept.append((request.keyed, CREATED, body, result.order.member_id))
        if not dry_run:
            await keep_answers(tx, kept, now)
        return answers

    async def _work(self, tx: Transaction, program_id: int, requests: Sequence[Request]) -> list[Done]:
        """Do requests at one counter: confirmations first, they free what others may want."""
        now = self._clock.now()
        ground = await self.grounds.open(tx, program_id)
        takes = [one for one in requests if isinstance(one, TakeRequest)]
        captures = [_capture_of(one) for one in requests if isinstance(one, CaptureRequest)]
        members: list[int | UnknownMember] = []
        if takes:
            found = await resolve_refs(tx, ground.config, [one.ref for one in takes])
            members = [_own(one.subject, number) for one, number in zip(takes, found, strict=True)]
        owners = await store.select_owners(tx, program_id, [c.order_id for c in captures]) if captures else {}
        known = {number for number in members if isinstance(number, int)}
        wallets = known.union(*owners.values()) if owners else known
        counter = await open_counter(tx, self.grounds, program_id, sorted(wallets), now, ground)
        alone = len(requests) == 1
        opened = await read_orders(counter, owners) if owners else {}
        confirmed = iter(await confirm_at(counter, opened, captures, alone=alone))
        asks = [
            ask_of(number, one.body, one.subject.credential)
            for one, number in zip(takes, members, strict=True)
            if isinstance(number, int)
        ]
        granted = iter(await take_at(counter, asks, alone=alone))
        taken = iter([next(granted) if isinstance(number, int) else number for number in members])
        await counter.close()
        return [(next(taken if isinstance(one, TakeRequest) else confirmed), ground) for one in requests]


def ask_of(member_id: int, body: RedemptionBody, actor: str) -> Ask:
    """Return what a body asks for."""
    return Ask(
        member_id,
        body.reward,
        body.quantity,
        body.points,
        body.store,
        body.reference,
        body.hold_s,
        body.confirm,
        actor,
    )


def _capture_of(one: CaptureRequest) -> Capture:
    number = redemption_number(one.redemption)
    return Capture(number, one.body.quantity, one.body.points, one.subject.credential)


def redemption_number(text: str) -> int:
    """Return the number in a redemption's public id; 0, which none has, where it is no such id."""
    try:
        return decode("rdm", text)
    except ValueError:
        return 0


def _own(subject: Subject, member: int | UnknownMember) -> int | UnknownMember:
    """A member acts for herself; others are not to be found."""
    if subject.kind == "member" and member != subject.member_id:
        return UnknownMember()
    return member


def _place(request: Request) -> tuple[object, ...]:
    """Requests with one key, and confirmations of one redemption, are done one after the other."""
    if isinstance(request, CaptureRequest):
        return (request.redemption,)
    return request.keyed.place


def _replayed(known: KeptAnswer | Rejected) -> KeptAnswer | Rejected:
    return known if isinstance(known, Rejected) else Replayed(known.status, known.body)
