"""Cross-origin requests: which web pages may call, and the headers that tell their browsers."""

from __future__ import annotations

from collections.abc import Iterable

PREFLIGHT_SECONDS = 900


def cors_headers(origin: str | None, allowed: Iterable[str]) -> dict[str, str]:
    """Return the headers that let a page of `origin` read the answer; none unless it is `allowed` ("*": all)."""
    if origin is None:
        return {}
    names = set(allowed)
    if "*" not in names and origin not in names:
        return {}
    return {"access-control-allow-origin": origin, "vary": "Origin"}


def preflight_headers(
    origin: str | None, allowed: Iterable[str], methods: str, headers: str
) -> dict[str, str]:
    """Return the answer's headers to a preflight: what a page of `origin` may send."""
    answer = cors_headers(origin, allowed)
    if answer:
        answer |= {
            "access-control-allow-methods": methods,
            "access-control-allow-headers": headers,
            "access-control-max-age": str(PREFLIGHT_SECONDS),
        }
    return answer
