"""The two requests a till waits for: a reward set aside or taken, and a reservation confirmed.

Requests that come together are done in one transaction (`Lane`); each is answered after the commit, once per
Idempotency-Key. `dry_run=true` does the same on its own and undoes it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec

from regulars.core.ledger import Terms
from regulars.features.programs import ProgramConfig
from regulars.flows.redemption import store
from regulars.flows.redemption.bodies import RedemptionBody, RedemptionCaptureBody, receipt_fields
from regulars.flows.redemption.confirm import confirm_at, opened_orders
from regulars.flows.redemption.counter import Counter, Ground, Grounds, Wallets, open_counter
from regulars.flows.redemption.lanes import Lane
from regulars.flows.redemption.model import Ask, Capture, Order, Result
from regulars.flows.redemption.refs import UnknownMember, ask_refs, member_number, members_named
from regulars.flows.redemption.store import Owners
from regulars.flows.redemption.take import take_at
from regulars.infra.clock import Clock
from regulars.infra.db import Asked, Database, Together, Transaction, act_as, act_for_nobody
from regulars.infra.web import KeptAnswer, Keyed, Subject, ask_keys, claimed, keep_answers
from regulars.kit.errors import Rejected, Unavailable
from regulars.kit.ids import decode

CREATED: Final = 201
# Reservations whose takers are remembered; who confirms another one waits for one more look into the database.
TAKERS_KNOWN_MAX: Final = 50_000
_encode = msgspec.json.Encoder(decimal_format="string").encode


class Caller(msgspec.Struct, frozen=True):
    """Who is calling, in which request.

    `revision` of the program = the caller is remembered as of it; None = was read just now.
    """

    subject: Subject
    revision: int | None = None
    request_id: str = ""


class CallerUnproven(Unavailable):
    """Your credential is being read again; try again."""


class FindCaller(Protocol):
    """Finds out who is calling, by the headers of a request."""

    async def __call__(self, headers: Mapping[str, str], /, *, anew: bool = False) -> Caller | None:
        """Return the caller, None without credentials; `anew`: not from memory. Raises Unauthenticated."""


class FindProgram(Protocol):
    """Knows programs by their codes."""

    async def __call__(self, code: str, /) -> int | None:
        """Return the id of a program that is not archived, None when there is none."""


class TakeRequest(msgspec.Struct, frozen=True):
    """A reward that somebody wants, for the member a reference names."""

    caller: Caller
    keyed: Keyed
    ref: str
    body: RedemptionBody


class CaptureRequest(msgspec.Struct, frozen=True):
    """A reservation to be confirmed."""

    caller: Caller
    keyed: Keyed
    redemption: str
    body: RedemptionCaptureBody


Request = TakeRequest | CaptureRequest


class Replayed(KeptAnswer, frozen=True):
    """An answer that was given before."""


class _Undo(Exception):
    """Ends a transaction that is not to be kept: a dry run, or a lone request that was refused."""

    def __init__(self, answer: KeptAnswer | Rejected) -> None:
        super().__init__("undone")
        self.answer = answer


class _Elsewhere(Exception):
    """Other wallets are needed than those that were likely to be: nothing is kept, and all is asked for in order."""


class Likely(NamedTuple):
    """Whose wallets requests need, lowest id first, whose redemptions they confirm, and whether these as a whole.

    `terms` = how points were kept when they were last read.
    """

    member_ids: list[int]
    owners: Owners
    terms: dict[int, Terms]
    whole: bool


class Till:
    """Does what tills ask for, many at a time. The application keeps one in `state.till`."""

    def __init__(
        self, db: Database, clock: Clock, grounds: Grounds, caller_of: FindCaller, program_of: FindProgram
    ) -> None:
        """Work in `db`; `caller_of` and `program_of` may share their look-ups between requests."""
        self._db = db
        self._clock = clock
        self.grounds = grounds
        self.caller_of = caller_of
        self.program_of = program_of
        self._lanes: dict[int, Lane[Request, KeptAnswer]] = {}
        self._takers: OrderedDict[int, int] = OrderedDict()

    async def do(self, program_id: int, request: Request, *, dry_run: bool = False) -> KeptAnswer:
        """Return the answer to a request, after the commit. Refuses with what `take` and `confirm` refuse.

        And with CallerUnproven where the program is no longer as it was when its caller was read.
        """
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
        if len(requests) == 1:
            caller = requests[0].caller
            act_as(caller.subject.credential, caller.request_id)
        else:  # what they did says itself who did it
            act_for_nobody()
        try:
            return await self._done(program_id, requests, self._likely(program_id, requests), dry_run=dry_run)
        except _Elsewhere:
            return await self._done(program_id, requests, None, dry_run=dry_run)

    async def _done(
        self, program_id: int, requests: Sequence[Request], likely: Likely | None, *, dry_run: bool
    ) -> list[KeptAnswer | Rejected]:
        try:
            async with self._db.transaction(joined=True) as tx:
                answers = await self._keyed(tx, program_id, requests, likely, dry_run=dry_run)
                if dry_run or (len(requests) == 1 and isinstance(answers[0], Rejected)):
                    raise _Undo(answers[0])
                return answers
        except _Undo as undone:
            return [undone.answer]

    def _likely(self, program_id: int, requests: Sequence[Request]) -> Likely | None:
        """Return whose wallets requests need, as far as this process can know; None where one could be anybody's."""
        terms = self.grounds.last_terms(program_id)
        if terms is None:
            return None
        members, owners = set(), {}
        for one in requests:
            if isinstance(one, TakeRequest):
                member_id = member_number(one.ref)
            else:
                number = _number(one)
                member_id = self._takers.get(number, 0)
                owners[number] = (member_id, member_id, member_id)
            if not member_id:
                return None
            members.add(member_id)
        whole = all(isinstance(one, TakeRequest) or _is_whole(one.body) for one in requests)
        return Likely(sorted(members), owners, terms, whole)

    def _note(self, order: Order) -> None:
        """Remember who took a reward: whoever confirms it will need her wallet."""
        self._takers[order.id] = order.member_id
        if len(self._takers) > TAKERS_KNOWN_MAX:
            self._takers.popitem(last=False)

    async def _keyed(
        self,
        tx: Transaction,
        program_id: int,
        requests: Sequence[Request],
        likely: Likely | None,
        *,
        dry_run: bool,
    ) -> list[KeptAnswer | Rejected]:
        keys = [one.keyed for one in requests]
        soon = Together(tx)
        ground = store.ask_ground(soon, program_id)
        asked_keys = None if dry_run else ask_keys(soon, keys)
        asked: _Asked | _Guessed
        if likely is None:
            asked = _Asked.of(soon, ground, program_id, requests, self.grounds.last_config(program_id))
        else:
            asked = _Guessed.of(soon, ground, program_id, likely)
        found = [None] if asked_keys is None else await claimed(asked_keys, keys)
        known = await _proven(ground, requests, found)
        fresh = [place for place, one in enumerate(known) if one is None]
        if not fresh:
            return [_replayed(one) for one in known if one is not None]
        now = self._clock.now()
        counter, done = await self._work(tx, program_id, requests, fresh, asked, now)
        answers = [None if before is None else _replayed(before) for before in known]

        async def keep(soon: Together) -> None:
            """Write the answers and keep them: what rules gave back by now is in them."""
            kept: list[tuple[Keyed, int, bytes, int | None]] = []
            for place, one in zip(fresh, done, strict=True):
                result = counter.answer(one)
                if isinstance(result, Rejected):
                    answers[place] = result
                    continue
                body = _encode(receipt_fields(result, counter.config, counter.book.by_id, now))
                answers[place] = KeptAnswer(200 if dry_run else CREATED, body)
                kept.append((keys[place], CREATED, body, result.order.member_id))
                if isinstance(requests[place], TakeRequest):
                    self._note(result.order)
            if not dry_run:
                await keep_answers(soon, kept, now)

        undone = dry_run or (len(requests) == 1 and isinstance(done[0], Rejected))
        await counter.close(keep, last=not undone)
        return [one for one in answers if one is not None]

    async def _work(
        self,
        tx: Transaction,
        program_id: int,
        requests: Sequence[Request],
        fresh: Sequence[int],
        asked: _Asked | _Guessed,
        now: datetime,
    ) -> tuple[Counter, list[Result]]:
        """Decide about some of the requests at one counter: confirmations first, they free what others may want."""
        ground = await self.grounds.open(tx, program_id, asked.ground)
        if isinstance(asked, _Guessed):
            mine, owners, orders = await asked.right(ground, requests, fresh)
            needed, wallets = asked.likely.member_ids, asked.wallets._replace(orders=None)
            counter = await open_counter(tx, self.grounds, program_id, needed, now, ground, asked=wallets)
            counter.orders = orders
        else:
            mine, owners = await asked.needed(tx, ground.config, requests, fresh)
            known = {number for number in mine if isinstance(number, int)}
            needed = sorted(known.union(*owners.values()))
            counter = await open_counter(tx, self.grounds, program_id, needed, now, ground, owners)
        alone = len(fresh) == 1
        some = [requests[place] for place in fresh]
        captures = [_capture_of(one) for one in some if isinstance(one, CaptureRequest)]
        opened = await opened_orders(counter, owners)
        confirmed = iter(await confirm_at(counter, opened, captures, alone=alone))
        takes = [one for one in some if isinstance(one, TakeRequest)]
        asks = [
            ask_of(number, one.body, one.caller.subject.credential)
            for one, number in zip(takes, mine, strict=True)
            if isinstance(number, int)
        ]
        granted = iter(await take_at(counter, asks, alone=alone))
        taken = iter([next(granted) if isinstance(number, int) else number for number in mine])
        return counter, [next(taken if isinstance(one, TakeRequest) else confirmed) for one in some]


async def _proven(
    ground: Asked, requests: Sequence[Request], known: Sequence[KeptAnswer | Rejected | None]
) -> list[KeptAnswer | Rejected | None]:
    """Return what is known of requests; CallerUnproven where the caller is remembered as of another revision."""
    revision = (await ground.one())[1]
    return [
        before if one.caller.revision in (None, revision) else CallerUnproven(retry_after=1)
        for one, before in zip(requests, known, strict=True)
    ]


_Named: TypeAlias = list[int | UnknownMember]


class _Asked(NamedTuple):
    """What a batch asks along with its keys: its ground, the members it names, and whose the redemptions are."""

    ground: Asked
    owners: Asked | None
    refs: Asked | None
    config: ProgramConfig | None

    @classmethod
    def of(
        cls,
        soon: Together,
        ground: Asked,
        program_id: int,
        requests: Sequence[Request],
        config: ProgramConfig | None,
    ) -> _Asked:
        """Ask; references are read by the program as it was last seen."""
        numbers = [_number(one) for one in requests if isinstance(one, CaptureRequest)]
        owners = store.ask_owners(soon, program_id, numbers) if numbers else None
        refs = [one.ref for one in requests if isinstance(one, TakeRequest)]
        return cls(ground, owners, ask_refs(soon, config, refs) if refs and config else None, config)

    async def needed(
        self, tx: Transaction, config: ProgramConfig, requests: Sequence[Request], fresh: Sequence[int]
    ) -> tuple[_Named, Owners]:
        """Return for some of the requests whom each names, and whose redemptions they confirm."""
        members = await self._members(tx, config, requests)
        found = await store.owners_of(self.owners) if self.owners else {}
        confirmed_now = {_number(requests[place]) for place in fresh}
        owners = {number: three for number, three in found.items() if number in confirmed_now}
        return [members[place] for place in fresh if place in members], owners

    async def _members(
        self, tx: Transaction, config: ProgramConfig, requests: Sequence[Request]
    ) -> dict[int, int | UnknownMember]:
        """Return by place whom each request names; asked again when the program has changed since."""
        takes = {place: one for place, one in enumerate(requests) if isinstance(one, TakeRequest)}
        if not takes:
            return {}
        refs = self.refs
        if refs is None or self.config is not config:
            refs = ask_refs(Together(tx), config, [one.ref for one in takes.values()])
        found = await members_named(refs, len(takes))
        return {
            place: _own(one.caller.subject, number)
            for (place, one), number in zip(takes.items(), found, strict=True)
        }


class _Guessed(NamedTuple):
    """What a batch asks along with its keys when it is likely whose wallets it needs: these, with their locks.

    Whom a reference names and who owns a redemption then follows from the rows of these members.
    """

    ground: Asked
    likely: Likely
    wallets: Wallets

    @classmethod
    def of(cls, soon: Together, ground: Asked, program_id: int, likely: Likely) -> _Guessed:
        """Ask."""
        wallets = Wallets.ask(
            soon, program_id, likely.member_ids, likely.terms, likely.owners, drawn=not likely.whole
        )
        return cls(ground, likely, wallets)

    async def right(
        self, ground: Ground, requests: Sequence[Request], fresh: Sequence[int]
    ) -> tuple[_Named, Owners, dict[int, Order]]:
        """Return what `needed` does, and the redemptions: the guess was right, all requests are new, all members there.

        Raises _Elsewhere when one was merged or erased, or is not of this program, when somebody else paid, and when
        the program has changed.
        """
        there = {row[0] for row in await self.wallets.members.rows() if row[1] not in ("merged", "erased")}
        orders = await store.orders_of(self.wallets.orders) if self.wallets.orders is not None else {}
        paid = {one.id: (one.member_id, one.payer_id, one.member_id) for one in orders.values()}
        if (
            self.likely.terms is not ground.terms
            or len(fresh) < len(requests)
            or there != set(self.likely.member_ids)
            or paid != self.likely.owners
            or any(one.program_id != ground.config.id for one in orders.values())
        ):
            raise _Elsewhere
        takes = [one for one in requests if isinstance(one, TakeRequest)]
        mine = [_own(one.caller.subject, member_number(one.ref)) for one in takes]
        return mine, self.likely.owners, orders


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


def _number(one: Request) -> int:
    return redemption_number(one.redemption) if isinstance(one, CaptureRequest) else 0


def _is_whole(body: RedemptionCaptureBody) -> bool:
    return body.quantity is None and body.points is None


def _capture_of(one: CaptureRequest) -> Capture:
    return Capture(_number(one), one.body.quantity, one.body.points, one.caller.subject.credential)


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
