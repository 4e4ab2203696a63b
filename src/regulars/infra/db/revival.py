"""An embedded server that was killed is started again by whoever serves on it, without hands."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import structlog

from regulars.infra.db.binaries import EmbeddedServerFailed
from regulars.infra.db.embedded import ensure_running, has_crashed

log = structlog.get_logger("regulars.postgres")

# A till waits no longer than it would for a restart of the server itself; a look costs two reads of small files.
LOOK_EVERY_S: Final = 0.5
# One that cannot start, as on a full disk, reads its log each time before it knows.
RETRY_EVERY_S: Final = 5.0


class Revival:
    """Looks after the server of one folder, in a thread of its own, from `begin` to the end of the process.

    A server that was stopped in order stays stopped: whoever stopped it wanted that.
    """

    def __init__(self, folder: Path, *, port: int | None) -> None:
        """Look after the server of `folder`, which also listens on 127.0.0.1:`port` where one is given."""
        self._folder = folder
        self._port = port

    def begin(self) -> None:
        """Begin to look, in the background."""
        threading.Thread(target=self._look, name="postgres-revival", daemon=True).start()

    def _look(self) -> None:
        pause = threading.Event()
        wait_s = LOOK_EVERY_S
        while not pause.wait(wait_s):
            revived = not has_crashed(self._folder) or self._revive()
            wait_s = LOOK_EVERY_S if revived else RETRY_EVERY_S

    def _revive(self) -> bool:
        log.warning("postgres_died", folder=str(self._folder))
        try:
            ensure_running(self._folder, port=self._port)
        except EmbeddedServerFailed as failure:
            # Backends of the dead one may hold its memory, or the disk is full; a later look tries again.
            log.warning("postgres_not_started", reason=failure.message)
            return False
        log.info("postgres_started_again")
        return True
