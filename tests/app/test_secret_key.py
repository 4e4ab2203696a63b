"""Secrets of a whole installation: none stands in clear in any table, and people are told what to do about the key."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.app.serving import program_with_key
from tests.conftest import PACKAGE

from regulars.app.cli import main
from regulars.app.secret_key import SEALED
from regulars.features.draws import SEALED as DRAWS
from regulars.features.draws import Draw, Prize, close_draw, open_draw, put_draw
from regulars.features.programs import Source, load_config, program_by_code, put_source, sign_source
from regulars.features.staff import add_person, person_by_email, reset_person
from regulars.features.staff.codes import begin_authenticator, confirm_authenticator, use_code
from regulars.features.staff.oidc import _provider as provider_of
from regulars.features.staff.oidc import put_provider
from regulars.features.staff.store import select_sign_in
from regulars.features.webhooks import NewEndpoint, add_endpoint, select_endpoints, send_test
from regulars.features.webhooks.endpoints import rotate_secret
from regulars.features.webhooks.store import claim_messages
from regulars.flows.connection.connect import connect_shop
from regulars.flows.connection.model import Shop
from regulars.flows.connection.queries import HOOK_SECRET
from regulars.flows.connection.queries import queries as connections
from regulars.flows.offline.keys import rotate_keys, signing_key
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database, Transaction
from regulars.infra.sealing import KeyPlace, SecretUnreadable, hold_keys, new_key_text
from regulars.infra.sealing.held import place_of_environment
from regulars.kit import totp

Run = Callable[..., str]
WATCHED = re.compile(r"^SELECT audit\.watch\('([a-z_.]+)', '\{[^}]*\}', '\{([^}]*)\}'", re.MULTILINE)
# Hidden in the log of changes for another reason: hashes, what is personal, what is long.
NO_SECRET = {
    "rulesets.version.document",
    "draws.draw.revealed_seed",  # for everybody to see, and there only then
    "draws.draw.salt",  # names the holders of published entries; who reads it reads their members beside it
    "staff.passkey.credential_id",
    "staff.passkey.public_key",
    *(f"members.member.{name}" for name in ("birthday", "attributes")),
    *(
        f"members.profile.{name}"
        for name in ["first_name", "last_name", "email", "phone", "gender", "address", "name_key"]
    ),
    "members.identifier.value",
}


def test_each_column_that_the_log_hides_is_sealed_or_no_secret() -> None:
    written = WATCHED.findall((PACKAGE / "app" / "schema.sql").read_text(encoding="utf-8"))
    hidden = {f"{table}.{name}" for table, names in written for name in names.split(",") if name}
    secret = {name for name in hidden - NO_SECRET if not name.endswith("_hash")}
    assert secret == {f"{one.table}.{one.column}" for one in SEALED}


async def every_secret(db: Database, clock: FixedClock) -> list[bytes]:
    """Make one of each kind; return them as they are used."""
    program, _ = await program_with_key(db, clock)
    now = clock.now()
    async with db.transaction() as tx:
        _, webhook = await add_endpoint(tx, program, NewEndpoint("https://example.com/", types=("*",)), now)
        await put_source(
            tx, program, Source(0, "till", "Till", "segment", False, True, None, None, (), 100), now=now
        )
        source = await sign_source(tx, program, "till")
        shop = await connect_shop(tx, program, Shop("acme", "Acme", platform="woocommerce"), now)
        await put_provider(tx, "corp", "Corp", "https://id.example.com", "console", "client-secret-1", now)
        offline = (await signing_key(tx, program, now)).private
        await put_draw(tx, program, Draw("car", "Win a car", (Prize("car", "A car", 1),)), now)
        draw = await open_draw(tx, program, "car", now)
        assert draw.seed is not None
        seed = DRAWS[0].open_bytes(draw.seed, draw.id)
        await add_person(tx, "ann@example.com", "Ann", [], now=now, by="test")
        person = await select_sign_in(tx, "ann@example.com")
        assert person is not None
        asked = await begin_authenticator(tx, person, now)
        raw = base64.b32decode(asked.secret + "=" * (-len(asked.secret) % 8))
        await confirm_authenticator(tx, person, asked.challenge, totp.code_of(raw, totp.step_of(now)), now)
        # Another one that waits to be confirmed.
        await add_person(tx, "ben@example.com", "Ben", [], now=now, by="test")
        ben = await select_sign_in(tx, "ben@example.com")
        assert ben is not None
        waiting = (await begin_authenticator(tx, ben, now)).secret
        awaited = base64.b32decode(waiting + "=" * (-len(waiting) % 8))
    return [
        webhook.encode(),
        source.encode(),
        shop.secret.encode(),
        b"client-secret-1",
        offline,
        raw,
        awaited,
        seed,
    ]


def every_row(database_url: str) -> str:
    """Return what a dump of the database would say."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
            "AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return "\n".join(
            row[0]
            for table in tables
            for row in connection.execute(
                sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(*table))
            ).fetchall()
        )


async def test_no_table_holds_a_secret_in_clear(db: Database, database_url: str, clock: FixedClock) -> None:
    made = await every_secret(db, clock)
    assert all(len(secret) >= 15 for secret in made)
    dump = every_row(database_url)
    for secret in made:
        written = {secret.hex(), base64.b64encode(secret).decode(), secret.decode("latin-1")}
        assert not [form for form in written if form in dump]
    assert dump.count("sealed:") + dump.count(b"sealed:".hex()) == len(made)


async def test_with_another_key_nothing_opens_and_everything_can_be_set_anew(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    was = await every_secret(db, clock)
    hold_keys(KeyPlace(new_key_text(), tmp_path))
    try:
        async with db.transaction() as tx:
            await refused_everywhere(tx, was, clock)
        async with db.transaction() as tx:
            await set_anew(tx, clock)
    finally:
        hold_keys(place_of_environment())


async def refused_everywhere(tx: Transaction, was: list[bytes], clock: FixedClock) -> None:
    """What cannot be read stands for nothing: no request fits it, and nobody is let in without it."""
    program = await program_by_code(tx, "shop")
    till = (await load_config(tx, program.id)).sources_by_code["till"]
    assert till.signing_secret is not None
    assert till.signing_secret.encode() not in was
    person = await select_sign_in(tx, "ann@example.com")
    assert person is not None
    code = totp.code_of(was[5], totp.step_of(clock.now()) + 1)
    for opening in (
        use_code(tx, person, code, clock.now()),
        provider_of(tx, "corp"),
        signing_key(tx, program.id, clock.now()),
        close_draw(tx, program.id, "car", clock.now()),
    ):
        with pytest.raises(SecretUnreadable):
            await opening


async def set_anew(tx: Transaction, clock: FixedClock) -> None:
    """Set each kind anew and use it, as docs/how-to/operate.md says."""
    now, program = clock.now(), await program_by_code(tx, "shop")
    [endpoint] = await select_endpoints(tx, program.id)
    webhook = await rotate_secret(tx, program.id, endpoint.id, now)
    await send_test(tx, program.id, endpoint.id, now)
    [message] = await claim_messages(tx, {endpoint.id: 1}, now, 45)
    assert message.secrets == [webhook]
    source = await sign_source(tx, program.id, "till")
    assert (await load_config(tx, program.id)).sources_by_code["till"].signing_secret == source
    shop = Shop("acme", "Acme", platform="woocommerce", secret="given-by-the-shop")
    hook = (await connect_shop(tx, program.id, shop, now)).hook
    sealed = (await tx.one(connections.select_hook, id=hook))[5]
    assert HOOK_SECRET.open(sealed, hook) == "given-by-the-shop"
    await put_provider(tx, "corp", "Corp", "https://id.example.com", "console", "client-secret-2", now)
    assert (await provider_of(tx, "corp")).client_secret == "client-secret-2"
    await reset_person(tx, (await person_by_email(tx, "ann@example.com")).id, now)
    ann = await select_sign_in(tx, "ann@example.com")
    assert ann is not None
    assert ann.totp_secret is None
    assert (await rotate_keys(tx, program.id, now)).private == (
        await signing_key(tx, program.id, now)
    ).private


@pytest.fixture
def run(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run commands of an installation whose home is new."""
    monkeypatch.delenv("REGULARS_SECRET_KEY")
    for name, value in {
        "DATABASE_URL": database_url,
        "HOME": str(tmp_path / "home"),
        "PORT": "0",
        "OUTBOUND_ALLOW": "127.0.0.1",
    }.items():
        monkeypatch.setenv(f"REGULARS_{name}", value)
    monkeypatch.setenv("COLUMNS", "250")

    def call(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = capsys.readouterr()
        assert left.value.code == code, said.out + said.err
        return said.out + said.err

    yield call
    monkeypatch.undo()
    hold_keys(place_of_environment())


def finding(run: Run) -> dict[str, Any]:
    """Return what doctor says of the key; that it finds the tests' unsafe server besides is known."""
    said = json.loads(run("doctor", "--json", code=5))
    return {one["check"]: one for one in said["findings"]}["secret key"]


def test_the_life_of_a_key(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "home" / "secret.key"
    assert finding(run)["found"] == "none yet; the first start makes one"
    assert not file.exists()
    made = json.loads(run("programs", "create", "shop", "--name", "Shop", "--currency", "EUR", "--json"))
    assert made["code"] == "shop"
    assert file.stat().st_mode & 0o777 == 0o600
    run("webhooks", "add", "http://127.0.0.1:9/", "--program", "shop")
    assert (finding(run)["state"], finding(run)["found"].split()[1:]) == ("ok", ["seals", "1", "secrets"])

    done = json.loads(run("keys", "rotate-secret", "--json"))
    assert (done["sealed"], done["unreadable"]) == (1, 0)
    assert finding(run)["found"].startswith(done["key"])
    file.chmod(0o640)
    assert (finding(run)["state"], finding(run)["advice"]) == ("warn", f"chmod 600 {file}")
    file.chmod(0o600)

    kept = file.rename(tmp_path / "kept")
    said = " ".join(run("programs", "list", code=3).split())
    assert "Put its file back" in said
    assert str(file) in said
    assert (finding(run)["state"], finding(run)["found"]) == ("fail", f"the key {done['key']} is missing")
    run("keys", "rotate-secret", code=3)
    assert not file.exists()
    file.write_text("no key\n")
    assert finding(run)["state"] == "fail"
    file.write_text(base64.b64encode(bytes(32)).decode())
    assert "here is" in finding(run)["found"]
    assert "another key" in " ".join(run("programs", "list", code=3).split())
    kept.rename(file)
    run("programs", "list")

    file.unlink()
    lost = json.loads(run("keys", "rotate-secret", "--lost", "--json"))
    assert (lost["sealed"], lost["unreadable"]) == (0, 1)
    assert (finding(run)["state"], finding(run)["found"]) == ("warn", "1 secrets cannot be read")
    run("programs", "list")


def test_what_stood_in_clear_is_found_and_sealed_by_migrate(
    run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("programs", "create", "shop", "--name", "Shop", "--currency", "EUR")
    run("webhooks", "add", "http://127.0.0.1:9/", "--program", "shop")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE webhooks.secret SET secret = 'whsec_clear'")
    assert (finding(run)["state"], finding(run)["found"]) == ("warn", "1 secrets stand in clear")
    monkeypatch.setattr("regulars.app.commands.database.migrate", lambda *_, **__: [])
    assert "sealed 1 secrets" in run("migrate")
    assert "whsec_clear" not in every_row(database_url)
    assert finding(run)["state"] == "ok"
