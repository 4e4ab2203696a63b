"""How much the intake holds at once. Beyond it callers are told to come back: a full queue is never made longer."""

from __future__ import annotations

from regulars.flows.intake.port import IntakeOverloaded

# Requests that are read or wait for their commit: eight times what 32 clients and a batching SDK fleet need, and at
# 32 KB each still only 16 MB.
REQUESTS_WAITING_MAX = 512
# Unpacked bodies in memory; with the events made of them (about 3 times) this stays below the server's 300 MB.
BYTES_WAITING_MAX = 48 * 1024 * 1024
# A micro-batch commits within a fraction of a second; a second later there is room again.
OVERLOADED_RETRY_AFTER_S = 1


class Gate:
    """Counts what is inside. `with gate.request():` around a request, `with gate.bytes_held(n):` around its body."""

    def __init__(self, requests_max: int = REQUESTS_WAITING_MAX, bytes_max: int = BYTES_WAITING_MAX) -> None:
        """Let at most this many requests and bytes in."""
        self.requests = 0
        self.bytes = 0
        self._requests_max = requests_max
        self._bytes_max = bytes_max

    def request(self) -> Inside:
        """Hold one request. Raises IntakeOverloaded when there are too many."""
        if self.requests >= self._requests_max:
            raise IntakeOverloaded(retry_after=OVERLOADED_RETRY_AFTER_S)
        return Inside(self, 1, 0)

    def bytes_held(self, count: int) -> Inside:
        """Hold `count` bytes. Raises IntakeOverloaded when they do not fit beside those already held."""
        if self.bytes and self.bytes + count > self._bytes_max:
            raise IntakeOverloaded(retry_after=OVERLOADED_RETRY_AFTER_S)
        return Inside(self, 0, count)


class Inside:
    """What a `with` around it holds of a gate; let in when it begins, as it is made there."""

    __slots__ = ("_bytes", "_gate", "_requests")

    def __init__(self, gate: Gate, requests: int, bytes_: int) -> None:
        self._gate, self._requests, self._bytes = gate, requests, bytes_

    def __enter__(self) -> None:
        self._gate.requests += self._requests
        self._gate.bytes += self._bytes

    def __exit__(self, *_: object) -> None:
        self._gate.requests -= self._requests
        self._gate.bytes -= self._bytes
