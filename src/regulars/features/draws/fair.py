"""The algorithm of draws, so plain that anybody can write it again: SHA-256, HMAC, and counting. Pure.

1. When a draw opens, 32 random bytes (the seed) are taken and their commitment is published:
   commitment = SHA-256("regulars-draw-v1\\n" + draw + "\\n" + seed), hexadecimal.
2. When it closes, the entries are published: one line "id,holder,tickets\\n" each, ordered by id; their digest is
   SHA-256 of these lines. A public value that nobody controls (announced beforehand, such as a lottery's numbers of a
   later day) may be named; without one it is empty.
3. key = HMAC-SHA256(seed, "regulars-draw-v1\\n" + draw + "\\n" + digest + "\\n" + public value).
   Word i = the first 8 bytes of HMAC-SHA256(key, i as 8 bytes), big-endian, i = 0, 1, 2, …
   A number below n: words at or above the largest multiple of n below 2^64 are passed over, then word mod n.
4. For each prize in the published order, k = a number below the tickets still in: the winner is the entry that holds
   ticket k, counting tickets entry by entry. The entry leaves (with one win per holder, all entries of its holder).
5. An instant win has N places; its digest is SHA-256 of the lines "prize,quantity\\n" and N. For each prize, in order,
   j-th of all (j = 0, 1, …): swap place j with place j + (a number below N - j), starting from places in order; the
   prize lies at what is now place j. Plays take the places 0, 1, 2, … in order.

The holder of an entry is HMAC-SHA256(salt, member) in 16 hexadecimal letters; the salt is never published.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

VERSION: Final = "regulars-draw-v1"
_WORD: Final = 1 << 64


class Entry(msgspec.Struct, frozen=True):
    """An entry as it is published."""

    id: int
    holder: str
    tickets: int


class Pool(msgspec.Struct, frozen=True):
    """Prizes of one kind in the pool."""

    prize: str
    quantity: int


def commitment_of(draw: str, seed: bytes) -> str:
    """Return what is published before a draw instead of its seed."""
    return hashlib.sha256(f"{VERSION}\n{draw}\n".encode() + seed).hexdigest()


def holder_of(salt: bytes, member_id: int) -> str:
    """Return the name under which a member's entries are published."""
    return hmac.new(salt, str(member_id).encode(), hashlib.sha256).hexdigest()[:16]


def entries_digest(entries: Sequence[Entry]) -> str:
    """Return the digest of published entries."""
    text = "".join(f"{entry.id},{entry.holder},{entry.tickets}\n" for entry in entries)
    return hashlib.sha256(text.encode()).hexdigest()


def places_digest(pools: Sequence[Pool], places: int) -> str:
    """Return the digest of the prizes and places of an instant win."""
    text = "".join(f"{pool.prize},{pool.quantity}\n" for pool in pools)
    return hashlib.sha256(f"{text}{places}".encode()).hexdigest()


def numbers(draw: str, seed: bytes, digest: str, public_value: str) -> Numbers:
    """Return the numbers of a draw."""
    message = f"{VERSION}\n{draw}\n{digest}\n{public_value}".encode()
    return Numbers(hmac.new(seed, message, hashlib.sha256).digest())


class Numbers:
    """Numbers below given bounds, all from one key."""

    def __init__(self, key: bytes) -> None:
        """Begin with word 0."""
        self._words = _words(key)

    def below(self, bound: int) -> int:
        """Return a number in 0 … bound - 1, each equally likely."""
        largest = _WORD - _WORD % bound
        for word in self._words:
            if word < largest:
                return word % bound
        raise AssertionError("words never end")


def _words(key: bytes) -> Iterator[int]:
    place = 0
    while True:
        block = hmac.new(key, place.to_bytes(8, "big"), hashlib.sha256).digest()
        yield int.from_bytes(block[:8], "big")
        place += 1


def winners(
    entries: Sequence[Entry], pools: Sequence[Pool], chosen: Numbers, *, once_per_holder: bool
) -> list[tuple[str, int]]:
    """Return (prize, entry id) in the order of the prizes; prizes are left over when no ticket is left."""
    inside = _Tickets(entries)
    won: list[tuple[str, int]] = []
    for prize in (pool.prize for pool in pools for _ in range(pool.quantity)):
        if not inside.total:
            return won
        entry = inside.holding(chosen.below(inside.total))
        won.append((prize, entry.id))
        inside.leave(entry, with_holder=once_per_holder)
    return won


class _Tickets:
    """The tickets still in a draw: a tree of sums, so that a million entries and a thousand prizes take a moment."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        size = 1
        while size < len(entries):
            size *= 2
        self.size = size
        self.sums = [0] * size + [entry.tickets for entry in entries] + [0] * (size - len(entries))
        for node in range(size - 1, 0, -1):
            self.sums[node] = self.sums[2 * node] + self.sums[2 * node + 1]
        self.places = {entry.id: place for place, entry in enumerate(entries)}
        self.of_holder: dict[str, list[Entry]] = {}
        for entry in entries:
            self.of_holder.setdefault(entry.holder, []).append(entry)

    @property
    def total(self) -> int:
        return self.sums[1]

    def holding(self, ticket: int) -> Entry:
        """Return the entry that holds a ticket, counted over those still in."""
        node = 1
        while node < self.size:
            node *= 2
            if ticket >= self.sums[node]:
                ticket -= self.sums[node]
                node += 1
        return self.entries[node - self.size]

    def leave(self, entry: Entry, *, with_holder: bool) -> None:
        for gone in self.of_holder[entry.holder] if with_holder else (entry,):
            node = self.size + self.places[gone.id]
            tickets = self.sums[node]
            while node:
                self.sums[node] -= tickets
                node //= 2


def winning_places(pools: Sequence[Pool], places: int, chosen: Numbers) -> list[tuple[str, int]]:
    """Return (prize, place) of an instant win, in the order of the prizes."""
    moved: dict[int, int] = {}
    won: list[tuple[str, int]] = []
    prizes = (pool.prize for pool in pools for _ in range(pool.quantity))
    for first, prize in enumerate(prizes):
        other = first + chosen.below(places - first)
        here, there = moved.get(first, first), moved.get(other, other)
        moved[first], moved[other] = there, here
        won.append((prize, there))
    return won


class Published(msgspec.Struct, frozen=True):
    """All that anybody needs to check a draw: what `regulars draws verify` reads. `seed` is hexadecimal."""

    draw: str
    kind: str
    commitment: str
    seed: str
    public_value: str
    pools: list[Pool]
    once_per_holder: bool = True
    places: int = 0
    entries: list[Entry] = []
    winners: list[tuple[str, int]] = []


def faults(published: Published) -> list[str]:
    """Return what is wrong with a published draw, in sentences; none = it is as was promised."""
    seed = bytes.fromhex(published.seed)
    found = []
    if commitment_of(published.draw, seed) != published.commitment:
        found.append("The seed is not the one that was promised: its hash is not the commitment.")
    if published.kind == "instant":
        digest = places_digest(published.pools, published.places)
        chosen = numbers(published.draw, seed, digest, published.public_value)
        expected = winning_places(published.pools, published.places, chosen)
    else:
        ids = [entry.id for entry in published.entries]
        if ids != sorted(set(ids)):
            found.append("The entries are not in the order of their ids, or one is there twice.")
        digest = entries_digest(published.entries)
        chosen = numbers(published.draw, seed, digest, published.public_value)
        expected = winners(
            published.entries, published.pools, chosen, once_per_holder=published.once_per_holder
        )
    for place, (says, should) in enumerate(zip(published.winners, expected, strict=False), 1):
        if tuple(says) != should:
            found.append(f"Prize {place} ({should[0]}) belongs to {should[1]}; {says[0]} went to {says[1]}.")
            break
    if len(published.winners) != len(expected):
        found.append(f"{len(expected)} prizes are won; {len(published.winners)} are published.")
    return found
