"""Serves the web console under /console: built files from the package, and its one page for every address of its own.

Files with a hash in their name never change and are cached for a year; the page that names them is asked for every
time. The page names what its address needs first, so that scripts, styles and the first answers of the API are fetched
together. An installation without the built console answers with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from regulars.app.console_files import ASSETS, ConsoleFiles, Front
from regulars.features.staff import COOKIE

BUILT = Path(__file__).parent / "console_dist"
# One year, the longest that caches keep anything.
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK = "no-cache"
# Scripts and styles of our own files only; the component library sets sizes and colours in style attributes.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_MISSING = "The console is not built here. Run 'make console' in a clone, or install a released package.\n"
# Addresses that are for people without a session.
_OUTSIDE = ("sign-in", "welcome", "reset")
_NEW_PROGRAM = "programs/new"
# Which program it will be is known to the browser; what its first page needs is the same for all.
_ANY_PROGRAM = "program"
_SESSION = "/api/v1/session"
_HEAD_END = "</head>"


def console_routes(built: Path = BUILT) -> list[BaseRoute]:
    """Return the routes of the console, whose files are below `built`."""
    files = ConsoleFiles(built)

    async def answer(request: Request) -> Response:
        return console_answer(files, request.path_params.get("path", ""), request.headers)

    async def to_console(_: Request) -> Response:
        return RedirectResponse("/console/")

    return [
        Route("/console/{path:path}", answer, methods=["GET"], include_in_schema=False),
        Route("/", to_console, methods=["GET"], include_in_schema=False),
        Route("/console", to_console, methods=["GET"], include_in_schema=False),
    ]


def console_answer(files: ConsoleFiles, path: str, headers: Mapping[str, str]) -> Response:
    """Return the file at `path`; the console's page where it is an address of the console (no such file).

    A missing file below assets/ is 404: an open page of an older version then knows that it has to load again.
    """
    front = files.front()
    if front is None:
        return PlainTextResponse(_MISSING, status_code=503)
    found = files.file(path, headers.get("accept-encoding", "")) if path else None
    if found is not None:
        answer = Response(found.content, media_type=found.kind)
        answer.headers.update(_headers(_FOR_EVER if path.startswith(ASSETS) else _ASK, "accept-encoding"))
        if found.encoding:
            answer.headers["content-encoding"] = found.encoding
        return answer
    if path.startswith(ASSETS) or path.rsplit("/", 1)[-1].startswith(".") or ".." in path.split("/"):
        return PlainTextResponse("Not found.\n", status_code=404)
    return HTMLResponse(_page(front, path, headers), headers=_headers(_ASK, "cookie, accept-language"))


def _headers(cache: str, vary: str) -> dict[str, str]:
    return {"cache-control": cache, "content-security-policy": POLICY, "vary": vary}


def _page(front: Front, path: str, headers: Mapping[str, str]) -> str:
    """Return the page with what is needed at this address: by whoever seems to be signed in, in her language."""
    program = path.split("/", 1)[0]
    asked: tuple[str, ...] = ()
    if program in _OUTSIDE or f"{COOKIE}=" not in headers.get("cookie", ""):
        needed = front.files(path if program in _OUTSIDE else _OUTSIDE[0])
    elif path in ("", _NEW_PROGRAM):
        needed, asked = front.files(path or _ANY_PROGRAM), (_SESSION,)
    else:
        needed, asked = front.files(path), (_SESSION, f"/api/v1/programs/{quote(program, safe='')}")
    if headers.get("accept-language", "").lower().startswith("zh"):
        needed = (*needed, *front.catalogue("zh-CN"))
    early = "".join((*map(_file, needed), *map(_question, asked)))
    return front.html.replace(_HEAD_END, early + _HEAD_END, 1)


def _file(name: str) -> str:
    rel = "stylesheet" if name.endswith(".css") else "modulepreload"
    return f'<link rel="{rel}" crossorigin href="/console/{escape(name)}">'


def _question(url: str) -> str:
    """Have an answer of the API fetched before the scripts that will ask for it are there."""
    return f'<link rel="preload" as="fetch" crossorigin href="{escape(url)}">'
