"""Serves the web console under /console: built files from the package, and its one page for every address of its own.

Files with a hash in their name never change and are cached for a year; the page that names them is asked for every
time. An installation without the built console answers with what to do.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

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


def console_routes(built: Path = BUILT) -> list[BaseRoute]:
    """Return the routes of the console, whose files are below `built`."""

    async def answer(request: Request) -> Response:
        return file_response(built, request.path_params.get("path", ""), request.headers)

    async def to_console(_: Request) -> Response:
        return RedirectResponse("/console/")

    return [
        Route("/", to_console, methods=["GET"], include_in_schema=False),
        Route("/console", to_console, methods=["GET"], include_in_schema=False),
        Route("/console/{path:path}", answer, methods=["GET"], include_in_schema=False),
    ]


def file_response(built: Path, path: str, headers: Headers) -> Response:
    """Return the file at `path` below `built`; the console's page where it is an address of the console (no such file).

    A missing file below assets/ is 404: an open page of an older version then knows that it has to load again.
    """
    page = built / "index.html"
    found = (built / path).resolve()
    if not page.exists():
        return PlainTextResponse(_MISSING, status_code=503)
    if not found.is_relative_to(built.resolve()) or found.name.startswith("."):
        return PlainTextResponse("Not found.\n", status_code=404)
    hashed = path.startswith("assets/")
    if not found.is_file():
        if hashed:
            return PlainTextResponse("Not found.\n", status_code=404)
        found = page
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    answer = {
        "cache-control": _FOR_EVER if hashed else _ASK,
        "content-security-policy": POLICY,
        "vary": "accept-encoding",
    }
    packed = found.with_name(f"{found.name}.gz")
    if "gzip" in headers.get("accept-encoding", "") and packed.is_file():
        return FileResponse(packed, media_type=kind, headers={**answer, "content-encoding": "gzip"})
    return FileResponse(found, media_type=kind, headers=answer)
