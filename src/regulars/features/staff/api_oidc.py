"""REST: signing in at an OpenID provider. Both addresses are opened by the browser itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response
from starlette.responses import RedirectResponse

from regulars.features.staff import oidc
from regulars.features.staff.api_session import ANYBODY
from regulars.features.staff.cookies import browser_of, is_secure, public_url, set_cookie
from regulars.infra.web import api_router
from regulars.kit.errors import Rejected

router = api_router("/api/v1/session/oidc", tag="session")

Code = Annotated[str, Path(max_length=63, description="Code of the identity provider")]
# What the browser keeps while somebody is at the provider.
KEPT = "regulars_oidc"
HOME = "/console/"
SIGN_IN = "/console/sign-in"


@router.get("/{code}", operation_id="begin_oidc", status_code=302, dependencies=ANYBODY)
async def get_begin(request: Request, code: Code) -> Response:
    """Go to the provider to sign in there."""
    state = request.app.state
    try:
        begun = await oidc.begin(state.db, code, _callback(request, code), state.clock.now())
    except Rejected as refusal:
        return _told(request, refusal)
    answer = RedirectResponse(begun.address, 302)
    answer.set_cookie(
        KEPT,
        begun.kept,
        max_age=int(oidc.ANSWER_WITHIN.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
        path="/api/v1/session/oidc",
    )
    return answer


@router.get("/{code}/callback", operation_id="finish_oidc", status_code=302, dependencies=ANYBODY)
async def get_callback(request: Request, code: Code) -> Response:
    """Come back from the provider, signed in."""
    state, now = request.app.state, request.app.state.clock.now()
    query, kept = dict(request.query_params), request.cookies.get(KEPT, "")
    try:
        opened = await oidc.finish(
            state.db, code, _callback(request, code), query, kept, browser_of(request), now
        )
    except Rejected as refusal:
        return _told(request, refusal)
    answer = RedirectResponse(HOME, 302)
    set_cookie(request, answer, opened, now)
    answer.delete_cookie(KEPT, path="/api/v1/session/oidc")
    return answer


def _told(request: Request, refusal: Rejected) -> Response:
    """Lead a person back to where she signs in, which says why by the code; programs are answered as everywhere."""
    if "text/html" not in request.headers.get("accept", ""):
        raise refusal
    return RedirectResponse(f"{SIGN_IN}?refused={refusal.code}", 302)


def _callback(request: Request, code: str) -> str:
    return f"{public_url(request)}/api/v1/session/oidc/{code}/callback"
