"""The session in a browser: the cookie, and what a request says of where it comes from."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response

from regulars.features.staff.authenticator import COOKIE
from regulars.features.staff.model import Browser, Opened


def browser_of(request: Request) -> Browser:
    """Return where a request comes from. The address is the connection's: the server trusts its proxies, not us."""
    return Browser(request.client.host if request.client else "", request.headers.get("user-agent", ""))


def set_cookie(request: Request, response: Response, opened: Opened, now: datetime) -> None:
    """Let the browser keep the session: unseen by scripts, not sent from other sites, over TLS where we have it."""
    response.set_cookie(
        COOKIE,
        opened.token,
        max_age=int((opened.expires_at - now).total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
        path="/",
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Let the browser forget the session."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=is_secure(request), path="/")


def is_secure(request: Request) -> bool:
    """Whether the browser reaches us over TLS, by the connection or by the address the operator gave."""
    return public_url(request).startswith("https:")


def public_url(request: Request) -> str:
    """Return where the service is reached from outside: as the operator says, else as this request did."""
    settings = getattr(request.app.state, "settings", None)
    given = getattr(settings, "public_url", None)
    return (given or str(request.base_url)).rstrip("/")
