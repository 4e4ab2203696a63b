"""Servers of one database with one key: what one seals another opens, the key changes while both run, and a database
that came from elsewhere without its key says what is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx2
import psycopg
from tests.app.serving import ROOT, program_with_key, server
from tests.conftest import with_database
from tests.features.webhooks.setting import batch, notices
from tests.infra.http_out.receiver import Received, receiver

from regulars.app.secret_key import settle_secrets
from regulars.app.settings import Settings
from regulars.features.webhooks import NewEndpoint, SignatureWrong, add_endpoint, verify
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database
from regulars.infra.db.binaries import find_binaries
from regulars.infra.sealing import hold_keys, new_key_text
from regulars.infra.sealing.held import place_of_environment

WEBHOOKS = "/api/v1/programs/shop/webhooks"


def home(folder: Path) -> dict[str, str]:
    """Return the environment of an installation that has no key but the one in its home."""
    return {"REGULARS_HOME": str(folder), "REGULARS_SECRET_KEY": ""}


async def command(database_url: str, environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run a command; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "regulars.app", *arguments),
        cwd=ROOT,
        env={
            **os.environ,
            "REGULARS_DATABASE_URL": database_url,
            "REGULARS_OUTBOUND_ALLOW": "127.0.0.1",
            **environment,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, " ".join(said.decode().split())


@asynccontextmanager
async def two_servers(database_url: str, first: Path, second: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve requests from one home, and do the work behind them from another; yield a client of the first."""
    async with AsyncExitStack() as stack:
        _, address = await stack.enter_async_context(server(database_url, "--no-worker", **home(first)))
        (second / "secret.key").write_text((first / "secret.key").read_text())
        await stack.enter_async_context(server(database_url, **home(second)))
        yield await stack.enter_async_context(httpx2.AsyncClient(base_url=address))


async def test_servers_with_one_key(db: Database, database_url: str, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    for folder in (first, second, third):
        folder.mkdir()
    _, key = await program_with_key(db, SystemClock())
    async with receiver() as there, two_servers(database_url, first, second) as client:
        client.headers["authorization"] = f"Bearer {key}"
        old = (await client.post(WEBHOOKS, json={"url": there.url})).json()["secret"]
        await batch(db, SystemClock(), notices("points.earned"))
        [one] = await there.wait_for(1, within_s=30)
        verify(old, one.headers, one.body, SystemClock().now())

        # A server that has made a key of its own is not let in.
        code, said = await command(database_url, home(third), "serve", "--port", "0")
        assert (code, "Put its file back" in said) == (3, True), said

        # Everybody can open with the new key before anybody seals with it.
        kept, fresh = (first / "secret.key").read_text().splitlines()[-1], new_key_text()
        for keys in (f"{kept}\n{fresh}\n", f"{fresh}\n{kept}\n"):
            for folder in (first, second):
                (folder / "secret.key").write_text(keys)
        code, said = await command(database_url, home(first), "keys", "rotate-secret", "--reseal")
        assert (code, said.startswith("Sealed 1 secrets")) == (0, True), said
        for folder in (first, second):
            (folder / "secret.key").write_text(fresh)
        new = (await client.post(WEBHOOKS, json={"url": there.url})).json()["secret"]
        await batch(db, SystemClock(), notices("points.spent"))
        sent = (await there.wait_for(3, within_s=30))[1:]
        assert {secret for one in sent for secret in (old, new) if fits(secret, one)} == {old, new}


async def test_a_backup_that_is_restored_without_its_key(
    db: Database, database_url: str, postgres_url: str, tmp_path: Path
) -> None:
    """It says which key is missing; with that key back everything is as it was."""
    was, comes = tmp_path / "was", tmp_path / "comes"
    program, _ = await program_with_key(db, SystemClock())
    async with receiver() as there:
        with held(Settings(database_url=database_url, home=was, secret_key=None)) as settings:
            settle_secrets(settings, database_url, str)
            async with db.transaction() as tx:
                new = NewEndpoint(there.url, types=("*",))
                _, secret = await add_endpoint(tx, program, new, SystemClock().now())
        dumped = dump(database_url)
        assert secret.encode() not in dumped
        assert b"sealed:" in dumped
        with restored(postgres_url, dumped) as url:
            code, said = await command(url, home(comes), "serve", "--port", "0")
            assert (code, "Put its file back" in said, str(comes / "secret.key") in said) == (
                3,
                True,
                True,
            ), said
            comes.mkdir()
            shutil.copy(was / "secret.key", comes)
            async with server(url, **home(comes)), Database.open(url) as same:
                await batch(same, SystemClock(), notices("points.earned"))
                [one] = await there.wait_for(1, within_s=30)
            assert fits(secret, one)


@contextmanager
def held(settings: Settings) -> Iterator[Settings]:
    """Take the keys of another installation for a while."""
    hold_keys(settings.keys())
    yield settings
    hold_keys(place_of_environment())


def dump(database_url: str) -> bytes:
    """Return a backup of a database, as text."""
    words = [str(find_binaries() / "pg_dump"), "--no-owner", database_url]
    return subprocess.run(words, capture_output=True, check=True).stdout


@contextmanager
def restored(postgres_url: str, dumped: bytes) -> Iterator[str]:
    """Restore a backup into a database of its own; yield its URL."""
    name = f"t_{uuid.uuid4().hex}"
    url = with_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        words = [str(find_binaries() / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", url]
        subprocess.run(words, input=dumped, stdout=subprocess.DEVNULL, check=True)
        yield url
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def fits(secret: str, one: Received) -> bool:
    """Say whether a message was signed with a secret."""
    try:
        verify(secret, one.headers, one.body, SystemClock().now())
    except SignatureWrong:
        return False
    return True
