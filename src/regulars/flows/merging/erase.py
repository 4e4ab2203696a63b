"""A member is erased: nothing personal of her is left anywhere, and the books stay whole.

Her transfers, lots and draws stay as they are: they hold ids and amounts. What she had stays on her purse,
and ends as it would have ended. Her events keep what they moved and forget what they said. Who joins with her
telephone number tomorrow is somebody new.
"""

from __future__ import annotations

from datetime import datetime

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import (
    FOREVER,
    Cause,
    HoldStatus,
    Ids,
    Postings,
    Purse,
    Terms,
    close,
    micros,
    open_purses,
    post,
    select_accounts,
)
from regulars.features.care import erase_care
from regulars.features.members import erase_member, select_merged_ids
from regulars.features.programs import ProgramConfig, wallet_terms
from regulars.features.webhooks import subscribed_types
from regulars.flows.merging.merge import queries
from regulars.infra.db import Transaction, failpoint
from regulars.infra.web import erase_member_answers
from regulars.kit.ids import encode

# What is shorter is in too many documents that are not about her; a card number or a name of three letters is
# not.
WORD_LETTERS_MIN = 4


async def erase(tx: Transaction, config: ProgramConfig, member_id: int, *, now: datetime) -> list[int]:
    """Erase a member, and everybody who was merged into her, over all slices; return their ids.

    Refuses as `features.members.erase_member`: UnknownMember, MemberErased, MemberMerged.
    """
    known = await select_merged_ids(tx, member_id)
    words = [row[0] for row in await tx.all(queries.select_identifiers, member_ids=known)]
    member_ids = await erase_member(tx, config, member_id, now)
    terms = wallet_terms(config, await select_accounts(tx, config.id))
    batch_id = await next_batch_id(tx)
    postings = Postings(Ids(batch_id))
    purses, _ = await open_purses(tx, postings, member_ids, terms, micros(now))
    for purse in purses.values():
        _let_go(postings, purse, terms, micros(now))
    await post(tx, postings)
    failpoint("after_erase_posted_before_documents")
    await _erase_documents(tx, config.id, member_ids, words, now)
    await erase_care(tx, member_ids)
    for number in member_ids:
        await erase_member_answers(tx, number)
    told = []
    if "member.erased" in await subscribed_types(tx, config.id):
        told = [notice("member.erased", member_id, micros(now), {})]
    await announce(tx, batch_id, config.id, now, told)
    return member_ids


def _let_go(postings: Postings, purse: Purse, terms: dict[int, Terms], now: int) -> None:
    """Close the open holds of somebody who will not come back for them.

    What no time ends stays: tills may have accepted it, and who set it aside ends it.
    """
    for point_type_id, holds in purse.holds.items():
        for held in [one for one in holds if one.expires_at != FOREVER]:
            close(postings, purse, terms[point_type_id], held, HoldStatus.VOIDED, Cause(now, now))


async def _erase_documents(
    tx: Transaction, program_id: int, member_ids: list[int], words: list[str], now: datetime
) -> None:
    public_ids = [encode("mem", number) for number in member_ids]
    telling = [word for word in words if len(word) >= WORD_LETTERS_MIN] + public_ids
    # Parked documents are found by the events they belong to, deliveries by their messages: those go first.
    await tx.run(queries.erase_parked, program_id=program_id, member_ids=member_ids, words=telling, now=now)
    await tx.run(queries.erase_deliveries, program_id=program_id, public_ids=public_ids)
    await tx.run(queries.erase_messages, program_id=program_id, public_ids=public_ids)
    await tx.run(queries.erase_notices, member_ids=member_ids, names=[str(number) for number in member_ids])
    await tx.run(queries.erase_unmatched_events, program_id=program_id, words=telling)
    for query in (
        queries.erase_events,
        queries.erase_corrected_orders,
        queries.erase_effects,
        queries.erase_notes,
        queries.erase_holds,
        queries.erase_redemptions,
        queries.erase_checkouts,
        queries.erase_pooled_spends,
        queries.erase_states,
        queries.erase_states_before,
    ):
        await tx.run(query, member_ids=member_ids)
    await tx.run(queries.leave_households, member_ids=member_ids, now=now)
