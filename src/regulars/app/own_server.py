"""Whether it is a server of ours that listens at an address."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import httpx2

# A server on this machine that has not said by then that it lives is another one, or hangs.
ANSWER_S: Final = 1.0


def serves_there(host: str, port: int) -> bool:
    """Say whether Regulars, of whichever home, answers at this host and port."""
    address = f"[{host}]" if ":" in host else host
    try:
        with httpx2.Client(timeout=ANSWER_S, trust_env=False) as client:
            answer = client.get(f"http://{address}:{port}/livez")
    except httpx2.HTTPError:
        return False
    return answer.status_code == HTTPStatus.OK and answer.content == b'{"live":true}'
