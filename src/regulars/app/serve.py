"""Serving: the database brought up and migrated, then server processes that end without dropping a request."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn

from regulars.app.draining import WORKER_VARIABLE, DrainingProcesses, DrainingServer
from regulars.app.metrics import MULTIPROCESS_VARIABLE
from regulars.app.own_server import serves_there
from regulars.app.secret_key import settle_secrets
from regulars.app.settings import Settings
from regulars.app.shop_clock import clock_in, hand_on, told
from regulars.app.wire import WireProtocol
from regulars.features.staff import FIRST_ADMIN, first_admin_link, link_path
from regulars.infra.clock import Clock
from regulars.infra.db import Database
from regulars.infra.db.migrate import migrate, migration_state
from regulars.infra.db.revival import Revival
from regulars.kit.errors import Conflict

# Told to stop, a server says goodbye (under 2 s), then gives requests this long; jobs get 3 s after that. Together less
# than the 10 s after which orchestrators kill.
DRAIN_S = 4
# A process that says nothing for so long is replaced; a busy machine makes it wait its turn for seconds.
HANGING_S = 20
# Waiting connections of the listening socket; more come at once when a shop opens its doors.
BACKLOG = 2_048


log = structlog.get_logger("regulars.serve")


class NotMigrated(Conflict):
    """The database is older than this version. Run 'regulars migrate'."""


class PortUnusable(Conflict):
    """This machine cannot listen there. Set REGULARS_HOST to an address of this machine, and a port above 1023."""


class PortTaken(Conflict):
    """Something else listens there. Stop it, or choose another port with --port or REGULARS_PORT."""


class AlreadyServing(Conflict):
    """Regulars itself listens there already. Use that one, or stop it first; another home needs a port of its own
    (--port or REGULARS_PORT)."""


def prepare(settings: Settings, progress: Callable[[str], None]) -> str:
    """Start the embedded server where no other was named, bring its tables up to date, and return the URL.

    A server of your own is not changed in passing: raises NotMigrated when migrations are missing there. Raises
    SecretKeyMissing and SecretKeyWrong when its secrets were sealed with a key that is not here.
    """
    url = settings.database()
    if settings.database_url is None:
        migrate(url, progress=lambda name: progress(f"applying {name}"))
    elif migration_state(url).pending:
        raise NotMigrated
    settle_secrets(settings, url, progress)
    return url


def look_after(settings: Settings) -> None:
    """Have the embedded server started again should it die, for as long as this process lives."""
    if settings.database_url is None:
        Revival(settings.postgres_folder, port=settings.postgres_port).begin()


def serve(settings: Settings, progress: Callable[[str], None], *, workers: int) -> None:
    """Answer requests until told to stop (SIGTERM or SIGINT). The processes read the environment that is set here.

    Raises PortTaken, AlreadyServing, and what `prepare` raises.
    """
    _see_port(settings.host, settings.port)
    os.environ["REGULARS_DATABASE_URL"] = prepare(settings, progress)
    progress(f"serving on http://{settings.host}:{settings.port}, documentation at /docs")
    look_after(settings)
    _welcome(settings, os.environ["REGULARS_DATABASE_URL"], progress)
    os.environ[WORKER_VARIABLE] = "1" if settings.worker else "0"
    if workers > 1:
        os.environ[MULTIPROCESS_VARIABLE] = tempfile.mkdtemp(prefix="regulars-metrics-")
    # The server raises the signal again once everything is answered; told to stop and stopped is no failure.
    signal.signal(signal.SIGTERM, _leave)
    config = uvicorn.Config(
        "regulars.app.asgi:from_environment",
        factory=True,
        http=WireProtocol,
        host=settings.host,
        port=settings.port,
        workers=workers,
        backlog=BACKLOG,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
        timeout_worker_healthcheck=HANGING_S,
    )
    if workers > 1:
        DrainingProcesses(config, _listening(settings, workers)).run()
    else:
        DrainingServer(config).run()


def _welcome(settings: Settings, url: str, progress: Callable[[str], None]) -> None:
    """Tell whoever starts a fresh installation how to become its first administrator, and what time it is here."""

    async def ask() -> tuple[Clock, str | None]:
        async with Database.open(url, max_size=1, name="api") as db, db.transaction() as tx:
            clock = await clock_in(tx)
            return clock, await first_admin_link(tx, clock.now())

    clock, token = asyncio.run(ask())
    hand_on(clock)
    for sentence in filter(None, [told(clock)]):
        progress(sentence)
    if token is not None:
        home = settings.address
        progress("nobody may sign in yet; this link makes the administrator, once, within a day:")
        progress(f"  {home}{link_path(FIRST_ADMIN, token)}")


def _listening(settings: Settings, workers: int) -> list[socket.socket]:
    """Return a bound socket for each process, between which Linux deals the connections; elsewhere one for all.

    From one socket whichever process wakes first takes every connection that waits: of 32 tills that came together one
    process had all, and the other core was idle.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sockets: list[socket.socket] = []
    for _ in range(workers if sys.platform == "linux" else 1):
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((settings.host, sockets[0].getsockname()[1] if sockets else settings.port))
        bound.set_inheritable(True)
        sockets.append(bound)
    host, port = sockets[0].getsockname()[:2]
    log.info(f"running on http://{host}:{port}")
    return sockets


def _see_port(host: str, port: int) -> None:
    """Refuse with PortTaken or AlreadyServing before anything is started, not in the words of the server's log."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                refusal = AlreadyServing if serves_there(host, port) else PortTaken
                raise refusal(address=f"{host}:{port}") from error
            raise PortUnusable(address=f"{host}:{port}") from error


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a signal handler
    sys.exit(0)
