"""REST: gift cards. Paying and looking need the PIN; wrong ones are counted per card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Protocol

from fastapi import Depends, Request, Response

from regulars.features.giftcards import UnknownPayment, check_pin
from regulars.features.programs import ProgramConfig
from regulars.flows.gifting.bodies import (
    BalanceBody,
    BlockBody,
    CardAnswer,
    CardBalanceAnswer,
    CreateBody,
    CreditBody,
    NewCardAnswer,
    PayBody,
    PinBody,
    RefundBody,
    balance_answer,
    card_answer,
)
from regulars.flows.gifting.money import (
    CardBalance,
    activate,
    balance,
    block,
    create,
    pay,
    refund,
    replace_pin,
    top_up,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Once, Subject, api_router, once_per_key, program_in_path, route_roles
from regulars.kit.ids import decode

router = api_router("/api/v1/programs/{program}/gift-cards", tag="gift cards")

MAKE = route_roles("owner", "operator", "manager", scope="giftcards:make")
USE = route_roles("owner", "operator", "manager", "agent", scope="giftcards:use")

ProgramId = Annotated[int, Depends(program_in_path)]
OnceKey = Annotated[Once, Depends(once_per_key)]
User = Annotated[Subject, Depends(USE)]


class Programs(Protocol):
    """What the application's `state.programs` can do for gift cards."""

    async def config_of(self, tx: Transaction, program_id: int) -> ProgramConfig:
        """Return a program as it is now."""


class _Card:
    """One request about a card."""

    def __init__(self, request: Request, program_id: int) -> None:
        self.state = request.app.state
        self.program_id = program_id
        self.now = self.state.clock.now()

    async def config(self, tx: Transaction) -> ProgramConfig:
        programs: Programs = self.state.programs
        return await programs.config_of(tx, self.program_id)

    async def pin(self, number: str, pin: str) -> None:
        await check_pin(self.state.db, self.program_id, number, pin, self.now)

    async def moved(
        self, once: Once, work: Callable[[Transaction, ProgramConfig], Awaitable[CardBalance]]
    ) -> Response:
        """Move money once per idempotency key."""

        async def answered(tx: Transaction) -> CardBalanceAnswer:
            config = await self.config(tx)
            return balance_answer(await work(tx, config), config.currency)

        return await once.answer(self.state.db, answered, now=self.now, status=201)

    async def credited(
        self, once: Once, credit: Callable[..., Awaitable[CardBalance]], subject: Subject, body: CreditBody
    ) -> Response:
        """Put money on a card by `activate` or `top_up`, once per idempotency key."""
        return await self.moved(
            once,
            lambda tx, config: credit(
                tx,
                config,
                body.number,
                body.amount,
                actor=subject.credential,
                now=self.now,
                reference=body.reference,
            ),
        )


@router.post("", operation_id="make_gift_cards", status_code=201, dependencies=[Depends(MAKE)])
async def make(
    request: Request,
    program_id: ProgramId,
    body: CreateBody,
) -> list[NewCardAnswer]:
    """Make cards with nothing on them. PINs are shown this once: print them, keep them nowhere."""
    asked = _Card(request, program_id)
    async with asked.state.db.transaction() as tx:
        made = await create(tx, await asked.config(tx), body.point_type, body.count, asked.now)
    return [NewCardAnswer(number=card.number, pin=card.pin) for card in made]


@router.post(
    "/activate", operation_id="activate_gift_card", status_code=201, response_model=CardBalanceAnswer
)
async def post_activate(
    request: Request, program_id: ProgramId, subject: User, body: CreditBody, once: OnceKey
) -> Response:
    """Put the first money on a card that was paid for at the till."""
    return await _Card(request, program_id).credited(once, activate, subject, body)


@router.post("/topup", operation_id="top_up_gift_card", status_code=201, response_model=CardBalanceAnswer)
async def post_top_up(
    request: Request, program_id: ProgramId, subject: User, body: CreditBody, once: OnceKey
) -> Response:
    """Put more money on an active card."""
    return await _Card(request, program_id).credited(once, top_up, subject, body)


@router.post("/pay", operation_id="pay_with_gift_card", status_code=201, response_model=CardBalanceAnswer)
async def post_pay(
    request: Request, program_id: ProgramId, subject: User, body: PayBody, once: OnceKey
) -> Response:
    """Pay with a card, a part of what is on it or all. 409 `card_too_low` says what is there."""
    asked = _Card(request, program_id)
    await asked.pin(body.number, body.pin)
    return await asked.moved(
        once,
        lambda tx, config: pay(
            tx,
            config,
            body.number,
            body.amount,
            actor=subject.credential,
            now=asked.now,
            reference=body.reference,
            up_to=body.up_to,
        ),
    )


@router.post("/refund", operation_id="refund_to_gift_card", status_code=201, response_model=CardBalanceAnswer)
async def post_refund(
    request: Request, program_id: ProgramId, subject: User, body: RefundBody, once: OnceKey
) -> Response:
    """Return a payment to its card, whole or in part."""
    asked = _Card(request, program_id)
    try:
        payment = decode("trf", body.payment)
    except ValueError:
        raise UnknownPayment from None
    return await asked.moved(
        once,
        lambda tx, config: refund(
            tx,
            config,
            body.number,
            payment,
            actor=subject.credential,
            now=asked.now,
            amount=body.amount,
            reference=body.reference,
        ),
    )


@router.post("/balance", operation_id="get_gift_card_balance", dependencies=[Depends(USE)])
async def read_balance(
    request: Request,
    program_id: ProgramId,
    body: BalanceBody,
) -> CardBalanceAnswer:
    """Say what is on a card, by its number and PIN."""
    asked = _Card(request, program_id)
    await asked.pin(body.number, body.pin)
    async with asked.state.db.transaction(read_only=True, snapshot=True) as tx:
        config = await asked.config(tx)
        return balance_answer(await balance(tx, config, body.number, asked.now), config.currency)


@router.post("/block", operation_id="block_gift_card", dependencies=[Depends(USE)])
async def post_block(
    request: Request,
    program_id: ProgramId,
    body: BlockBody,
) -> CardAnswer:
    """Block a card that was lost, or free it again; what is on it stays."""
    asked = _Card(request, program_id)
    async with asked.state.db.transaction() as tx:
        config = await asked.config(tx)
        return card_answer(await block(tx, config, body.number, blocked=body.blocked, now=asked.now))


@router.post("/pin", operation_id="replace_gift_card_pin", dependencies=[Depends(MAKE)])
async def post_pin(request: Request, program_id: ProgramId, body: PinBody) -> NewCardAnswer:
    """Give a card another PIN, shown this once; the one before is worth nothing."""
    asked = _Card(request, program_id)
    async with asked.state.db.transaction() as tx:
        made = await replace_pin(tx, await asked.config(tx), body.number)
    return NewCardAnswer(number=made.number, pin=made.pin)
