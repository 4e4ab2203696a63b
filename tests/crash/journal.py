"""Clients of a server that may die, and the journal they keep outside of it: what was sent, and what the answer meant.

The three kinds of answer: done (2xx), definitely not (4xx, or marked in the list), unknown (everything else: 5xx, a
broken connection, no answer). A good client sends what is unknown once more, the same, and believes the first answer
that is none of the unknown.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx2

PATH = "/api/v1/events"
CLIENTS = 8
BATCH = 5
DONE = ("accepted", "duplicate")


class Journal:
    """Every message ever sent, by its id, and what is known of each."""

    def __init__(self, headers: dict[str, str], seed: int) -> None:
        self.headers = headers
        self.random = random.Random(seed)
        self.sent: dict[str, dict[str, Any]] = {}
        self.done: dict[str, int] = {}
        self.refused: set[str] = set()
        self.unknown: set[str] = set()
        self.twice: list[str] = []

    # ---- messages

    def message(self) -> dict[str, Any]:
        """Return an order that nobody sent before; one in twenty cannot be accepted."""
        number = len(self.sent)
        cents = self.random.randrange(100, 10_000)
        message: dict[str, Any] = {
            "id": f"m{number}",
            "type": "Order Completed",
            "member": {"user_id": f"u{number % 13}"},
            "order": {"order_id": f"o{number}", "revenue": f"{cents // 100}.{cents % 100:02}"},
        }
        if number % 20 == 19:
            message["order"]["revenue"] = "-1.00"
        self.sent[message["id"]] = message
        return message

    @property
    def cents(self) -> dict[str, int]:
        """What each order that was done is worth in cents."""
        return {key: int(self.sent[key]["order"]["revenue"].replace(".", "")) for key in self.done}

    # ---- sending

    async def post(self, client: httpx2.AsyncClient, messages: list[dict[str, Any]]) -> bool:
        """Send messages together and note what the answer means; return whether there was a definite one."""
        keys = [message["id"] for message in messages]
        self.unknown |= set(keys)
        try:
            answer = await client.post(PATH, json=messages, headers=self.headers, timeout=20)
        except httpx2.HTTPError:
            return False
        if answer.status_code >= 500:
            return False
        assert answer.status_code == 200, answer.text
        for key, result in zip(keys, answer.json()["results"], strict=True):
            self.unknown.discard(key)
            if result["status"] in DONE:
                if key in self.done and result["status"] == "accepted":
                    self.twice.append(key)
                self.done[key] = self.done.get(key, 0) + 1
            else:
                self.refused.add(key)
        return True

    async def load(self, address: str, count: int, reached: asyncio.Event | None = None) -> None:
        """Send new messages from some clients until `count` more are done.

        With `reached`, say so by it and go on until the server does not answer any more.
        """
        aim = len(self.done) + count

        async def one() -> None:
            async with httpx2.AsyncClient(base_url=address) as client:
                while reached is not None or len(self.done) < aim:
                    if not await self.post(client, [self.message() for _ in range(BATCH)]):
                        return
                    if reached is not None and len(self.done) >= aim:
                        reached.set()

        await asyncio.gather(*(one() for _ in range(CLIENTS)))

    async def resolve(self, address: str) -> None:
        """Send everything unknown once more, the same."""
        async with httpx2.AsyncClient(base_url=address) as client:
            again = [self.sent[key] for key in sorted(self.unknown)]
            for first in range(0, len(again), BATCH):
                assert await self.post(client, again[first : first + BATCH])

    async def alter(self, address: str) -> None:
        """Send some messages that were done with another content: each is refused, the first stands."""
        async with httpx2.AsyncClient(base_url=address) as client:
            altered = [
                {**self.sent[key], "member": {"user_id": "thief"}} for key in sorted(self.done)[:BATCH]
            ]
            answer = await client.post(PATH, json=altered, headers=self.headers)
            statuses = {result["status"] for result in answer.json()["results"]}
            assert statuses == {"duplicate_with_different_payload"}
