"""Orders from shops' own platforms, into the same intake as all others. Joins slices that do not know each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request

from regulars.core.events import Event, EventStatus, Rejection, decode_plain, normal_identifier
from regulars.flows.connection import EDITED, ONLY_KNOWN, Taken
from regulars.flows.intake import IntakePort, Source
from regulars.kit.errors import NotFound

# An order ended that was never told as a sale: there is nothing to take back.
NEVER_SOLD = "never_sold"


class ShopIntake:
    """Takes the plain events of a shop's platform."""

    def __init__(self, port: IntakePort) -> None:
        """Hand events to `port`."""
        self._port = port

    async def take(
        self, program_id: int, source: str, messages: list[dict[str, Any]], received_at: datetime
    ) -> list[Taken]:
        """Return what became of each message. A guest's order is nobody's until it is claimed; what corrects an order
        finds it by itself.
        """
        found = await self._port.source_by_code(program_id, source)
        if found is None or not found.enabled:
            raise NotFound("The shop's source is disabled.")
        taken: dict[str, Taken] = {}
        events: list[Event] = []
        edits: dict[str, Event] = {}
        for message in messages:
            key = str(message["id"])
            message["member"] = known_by(message["member"], found.origin.phone_region)
            only_known = message.pop(ONLY_KNOWN, False)
            sale = message.pop(EDITED, None)
            decoded = decode_plain(message, found.origin, received_at)
            if isinstance(decoded, Rejection) and sale is not None:
                continue  # as its sale is, which is told beside it
            if isinstance(decoded, Rejection):
                self._port.note_rejections(found, [decoded])
                taken[key] = Taken(key, decoded.status.value, f"{decoded.path}: {decoded.message}")
            elif only_known and not await self._sold(found, decoded, received_at):
                taken[key] = Taken(key, NEVER_SOLD)
            elif sale is not None:
                edits[sale] = decoded
            else:
                events.append(decoded)
        # What corrects an order makes no members: it finds the order, and through it whose it was.
        sales = [event for event in events if event.type == "Order Completed"]
        corrections = [event for event in events if event.type != "Order Completed"]
        told_otherwise = await self._accept(found, sales, received_at, taken)
        corrections = [edits[key] for key in told_otherwise if key in edits] + corrections
        await self._accept(msgspec.structs.replace(found, enrol=False), corrections, received_at, taken)
        return list(taken.values())

    async def _accept(
        self, source: Source, events: list[Event], received_at: datetime, taken: dict[str, Taken]
    ) -> list[str]:
        """Note in `taken` what became of events; return the ids of those that were told otherwise before.

        The ids are a platform's own numbers of orders and refunds: told with something else of the order changed, it is
        the same sale, or the same refund, once more.
        """
        results = await self._port.accept(source, events, received_at=received_at) if events else []
        otherwise = []
        for event, result in zip(events, results, strict=True):
            status = result.status
            if status is EventStatus.DUPLICATE_WITH_DIFFERENT_PAYLOAD:
                otherwise.append(event.key)
                status = EventStatus.DUPLICATE
            taken[event.key] = Taken(event.key, status.value, result.message)
        return otherwise

    async def _sold(self, source: Source, end: Event, received_at: datetime) -> bool:
        """Return whether the order that ends was taken in; it is only tried out."""
        (tried,) = await self._port.accept(source, [end], received_at=received_at, dry_run=True)
        return tried.status is not EventStatus.WAITING_FOR_ORDER


def known_by(member: dict[str, Any], region: str) -> dict[str, str]:
    """Return the identifiers of a customer that are some; a mistyped telephone number is left out."""
    return {
        kind: normal
        for kind, value in member.items()
        if (normal := normal_identifier(kind, value, region)) is not None
    }


def shop_intake_of(request: Request) -> ShopIntake:
    """Return the intake of the application that serves a request."""
    return ShopIntake(request.app.state.intake_port)
