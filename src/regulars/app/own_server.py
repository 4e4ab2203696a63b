"""Whether it is a server of ours that listens at an address."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final

# A server on this machine that has not said by then that it lives is another one, or hangs.
ANSWER_S: Final = 1.0


def serves_there(host: str, port: int) -> bool:
    """Say whether Regulars, of whichever home, answers at this host and port."""
    with closing(HTTPConnection(host, port, timeout=ANSWER_S)) as connection:
        try:
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            return answer.status == HTTPStatus.OK and answer.read() == b'{"live":true}'
        except (OSError, HTTPException):
            return False
