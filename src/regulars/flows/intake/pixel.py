"""RudderStack's pixel: an image whose address says what happened, for mail and pages that run no code.

`/pixel/v1/track?writeKey=…&anonymousId=…&event=Mail+Opened&properties.campaign=spring`: each parameter is a field
of the message, dots lead into objects.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec
from starlette.datastructures import QueryParams
from starlette.responses import Response

from regulars.core.events import EventKind, Malformed

# A transparent GIF of one by one.
IMAGE: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# An address has a few dozen fields; more is no message.
FIELDS_MAX: Final = 100
DEPTH_MAX: Final = 8
KINDS: Final = {"track": EventKind.TRACK, "page": EventKind.PAGE}
_NOT_OF_THE_MESSAGE: Final = frozenset({"writeKey"})


def pixel_message(params: QueryParams) -> bytes:
    """Return the message that an address spells, as JSON. Raises Malformed for what cannot be one."""
    fields = [(name, value) for name, value in params.multi_items() if name not in _NOT_OF_THE_MESSAGE]
    if len(fields) > FIELDS_MAX:
        raise Malformed("too_many_fields", f"An address has at most {FIELDS_MAX} fields.")
    message: dict[str, Any] = {"channel": "web"}
    for name, value in fields:
        _put(message, name, value)
    return msgspec.json.encode(message)


def _put(message: dict[str, Any], name: str, value: str) -> None:
    *path, last = name.split(".")
    if len(path) >= DEPTH_MAX or not all((*path, last)):
        raise Malformed(
            "malformed_field", "Write the name of a field, with dots between objects.", name[:100]
        )
    place = message
    for step in path:
        inner = place.setdefault(step, {})
        if type(inner) is not dict:
            raise Malformed("malformed_field", "It is a value already, and has no fields.", name[:100])
        place = inner
    if last in place:
        raise Malformed("malformed_field", "It is there twice.", name[:100])
    place[last] = value


def pixel_response() -> Response:
    """Return the image, which nobody may keep: each time it is asked for is an event."""
    return Response(IMAGE, media_type="image/gif", headers={"cache-control": "no-store"})
