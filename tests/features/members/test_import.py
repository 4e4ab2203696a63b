"""Importing members from CSV files: what is taken, what is refused and where, killed and resumed, done twice."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.app.serving import START_WITHIN_S
from tests.features.members.world import NOW, TERMS, enrol, newcomer

from regulars.features.members import Member, get_member, resolve_ref
from regulars.features.members.errors import InvalidMember
from regulars.features.members.import_columns import read_header
from regulars.features.members.importing import ImportRunning, Progress, import_members
from regulars.features.members.store import select_page
from regulars.infra.clock import Clock, FixedClock
from regulars.infra.csv_files import CsvFile, ErrorFile, UnreadableFile, csv_lines, safe_cell
from regulars.infra.db import Database, load_queries

CLOCK = FixedClock(NOW)
scan = load_queries("tests.features.members", "scan.sql")


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def run(
    db: Database, path: Path, text: str = "", rows_of_piece: int = 3, clock: Clock = CLOCK, **renamed: str
) -> Progress:
    if text:
        write(path, text)
    return await import_members(db, TERMS, path, clock=clock, renamed=renamed, rows_of_piece=rows_of_piece)


async def member(db: Database, ref: str) -> Member:
    async with db.transaction() as tx:
        return await get_member(tx, TERMS, await resolve_ref(tx, TERMS, ref))


def errors(path: Path) -> list[tuple[str, ...]]:
    with path.with_name(f"{path.name}.errors.csv").open() as file:
        return [tuple(row) for row in csv.reader(file)][1:]


async def test_every_column_finds_its_place(db: Database, tmp_path: Path) -> None:
    text = (
        "\ufeffexternal_id;E-Mail;phone;card;first_name;last_name;gender;language;street;city;postal_code;country;birthday;zone;"
        "status;joined_at;tags;consent.email;consent.sms;attribute.size;attribute.code:text;attribute.vip;attribute.likes:list;notes\n"
        'c1;Ann@X.example;0170 1234567;ab-12;"Ann ""A""";Öz\\n;f;de;Main\\St 1;Ulm;01234;DE;1990-02-28;Europe/Berlin;'
        "blocked;2024-05-01;vip|new;yes;no;38.5;007;true;tea | cake;secret\n"
        "c2;;;;;;;;;;;;;;;;;;;;;;;\n"
    )
    done = await run(db, tmp_path / "m.csv", text, **{"e-mail": "email", "Notes": "-"})
    assert (done.created, done.updated, done.refused, done.lines) == (2, 0, 0, 3)
    ann = await member(db, "card:AB12")
    assert {i.kind for i in ann.identifiers} == {"external_id", "email", "phone", "card"}
    assert (ann.profile.first_name, ann.profile.last_name, ann.profile.phone) == (
        'Ann "A"',
        "Öz\\n",
        "+491701234567",
    )
    assert ann.profile.address == {
        "street": "Main\\St 1",
        "city": "Ulm",
        "postal_code": "01234",
        "country": "DE",
    }
    assert (str(ann.birthday), ann.zone, ann.status, ann.tags) == (
        "1990-02-28",
        "Europe/Berlin",
        "blocked",
        ["new", "vip"],
    )
    assert ann.joined_at == datetime(2024, 5, 1, tzinfo=UTC)
    assert {channel: c.granted for channel, c in ann.consent.items()} == {"email": True, "sms": False}
    assert ann.attributes == {"size": Decimal("38.5"), "code": "007", "vip": True, "likes": ["tea", "cake"]}
    bare = await member(db, "external_id:c2")
    assert (bare.status, bare.attributes, bare.joined_at, bare.profile.last_name) == ("active", {}, NOW, None)


async def test_refused_rows_are_listed_with_line_column_and_reason_and_the_rest_is_taken(
    db: Database, tmp_path: Path
) -> None:
    await enrol(db, newcomer(external_id="old", email="old@x.example"), newcomer(card="K9"))
    rows = [
        "external_id,email,card,birthday,attribute.size,status",
        "c1,ann@x.example,,1990-01-01,38,",
        "c2,=cmd|x,,,,",
        "c3,,,1990-13-01,,",
        ",,,,,",
        "c4,,,,XL,",
        '"c5\nx",,,,,',
        "c6,,,,,gone",
        "old,,K9,,,",
        "c7,,,,,,,",
        "c8\x00,,,,,",
        "c9,,,,40,active",
    ]
    path = tmp_path / "m.csv"
    path.write_bytes("\r\n".join(rows).encode() + b"\r\nc10,\xff\xfe@x,,,,\r\nc11")
    done = await run(db, path)
    assert (done.created, done.updated, done.refused) == (3, 0, 10)
    found = [(line, column) for line, column, *_ in errors(path)]
    assert found == [
        ("3", "email"), ("4", "birthday"), ("5", ""), ("6", "attribute.size"), ("7", "external_id"), ("9", "status"),
        ("10", "card"), ("11", ""), ("12", "external_id"), ("14", ""),
    ]  # fmt: skip
    assert errors(path)[0][3] == "'=cmd|x"
    for ref in ["external_id:c1", "external_id:c9", "external_id:c11"]:
        await member(db, ref)


async def test_importing_again_changes_the_same_members_and_makes_nobody(
    db: Database, tmp_path: Path
) -> None:
    lines = [f"c{n},n{n}@x.example,{n},vip,yes" for n in range(20)]
    text = "\n".join(["external_id,email,attribute.size,tags,consent.email", *lines])
    assert (await run(db, tmp_path / "m.csv", text)).created == 20
    before = await member(db, "external_id:c7")
    again = await run(db, tmp_path / "m.csv", clock=FixedClock(NOW + timedelta(days=1)))
    assert (again.created, again.updated, again.refused) == (0, 20, 0)
    assert await member(db, "external_id:c7") == before
    changed = text.replace("c7,n7@x.example,7,vip,yes", "c7,new@x.example,8,gold,no") + "\nc20,,5,,"
    done = await run(db, tmp_path / "m2.csv", changed)
    assert (done.created, done.updated) == (1, 20)
    after = await member(db, "email:n7@x.example")
    assert (after.attributes, after.tags) == ({"size": 8}, ["gold", "vip"])
    assert {i.value for i in after.identifiers} == {"c7", "n7@x.example", "new@x.example"}
    assert after.id == before.id


async def test_rows_of_one_file_that_share_an_identifier_are_one_member(db: Database, tmp_path: Path) -> None:
    rows = ["c1,,K1,1,", "c2,,,,", "c1,ann@x.example,,,2", ",ann@x.example,K1,3,", "c2,,K1,,"]
    text = "\n".join(["external_id,email,card,attribute.a,attribute.b", *rows])
    done = await run(db, tmp_path / "m.csv", text, rows_of_piece=100)
    assert (done.created, done.updated, done.refused) == (2, 2, 1)
    assert (await member(db, "email:ann@x.example")).attributes == {"a": 3, "b": 2}


async def test_a_person_who_joins_while_her_row_is_imported_is_one_member(
    db: Database, tmp_path: Path
) -> None:
    [ann] = await enrol(db, newcomer(email="n5@x.example"))
    text = "external_id,email\n" + "".join(f"c{n},n{n}@x.example\n" for n in range(10))
    done = await run(db, tmp_path / "m.csv", text, rows_of_piece=100)
    assert (done.created, done.updated) == (9, 1)
    assert (await member(db, "external_id:c5")).id == ann


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.features.members.world import NOW, TERMS
from regulars.features.members.importing import import_members
from regulars.infra.clock import Clock, FixedClock
from regulars.infra.db import Database

pieces = 0

def count(progress):
    global pieces
    pieces += 1
    if pieces == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with Database.open(sys.argv[1], name="worker") as db:
        await import_members(db, TERMS, Path(sys.argv[2]), clock=FixedClock(NOW), rows_of_piece=10, on_progress=count)

asyncio.run(main())
"""


async def killed(url: str, path: Path, pieces: int, failpoints: str = "") -> None:
    """Import in a process that is killed after some pieces, or at a fail-point."""
    root = Path(__file__).parents[3]
    environment = {
        "REGULARS_TEST_MODE": "1",
        "REGULARS_FAILPOINTS": failpoints,
        "PYTHONPATH": f"{root}:{root / 'src'}",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, url, str(path), str(pieces), env=os.environ | environment, cwd=root
    )
    assert await asyncio.wait_for(process.wait(), START_WITHIN_S) == -signal.SIGKILL


async def members(db: Database) -> int:
    async with db.transaction() as tx:
        return len(await select_page(tx, 1, after=0, limit=200))


@pytest.mark.crash
async def test_a_killed_import_goes_on_where_it_stopped(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    lines = [f"c{n},{'bad' if n % 10 == 3 else f'n{n}@x.example'}" for n in range(95)]
    path = write(tmp_path / "m.csv", "\n".join(["external_id,email", *lines]))
    await killed(database_url, path, 3)
    assert await members(db) == 27
    await killed(database_url, path, 9, "after_import_piece_before_commit=kill")
    assert await members(db) == 27
    await killed(database_url, path, 2)
    done = await run(db, path, rows_of_piece=10)
    assert (done.created, done.updated, done.refused) == (85, 0, 10)
    assert [int(line) for line, *_ in errors(path)] == [n + 2 for n in range(95) if n % 10 == 3]
    assert await members(db) == 85


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("external_id,shoe", "shoe"),
        ("external_id,external_id", "external_id"),
        ("first_name", "header"),
        ("external_id,consent.fax", "consent.fax"),
        ("external_id,attribute.", "attribute."),
        ("external_id,", "column 2"),
    ],
)
def test_a_header_that_is_not_understood_says_which_column(header: str, path: str) -> None:
    with pytest.raises(InvalidMember) as caught:
        read_header(header.split(","), TERMS)
    assert [error.path for error in caught.value.errors] == [path]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe,x\n", b",,\n", b"external_id,card\rc1,1\r"])
def test_a_file_that_is_no_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        CsvFile(path)


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text('external_id,card\nc1,"open\n' + "x,y\n" * 60_000)
    with CsvFile(path) as file:
        records = list(file.records())
    assert "not CSV" in records[0].problem
    assert len(records) > 20_000


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=6),
            min_size=2,
            max_size=2,
        ),
        max_size=12,
    ),
    st.integers(0, 12),
)
def test_reading_on_from_any_record_gives_the_rest(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], stop: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "m.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(["a", "b"])
        writer.writerows(rows)
    with CsvFile(path) as file:
        assert [r.fields for r in file.records()] == rows
    with CsvFile(path) as file:
        records = file.records()
        first = [next(records).fields for _ in range(min(stop, len(rows)))]
        mark = file.offset, file.line
    with CsvFile(path) as file:
        file.go_to(*mark)
        assert first + [r.fields for r in file.records()] == rows


def test_cells_that_a_spreadsheet_would_compute_are_made_harmless(tmp_path: Path) -> None:
    assert [safe_cell(text) for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1", ""]] == [
        "'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "x=1", "",
    ]  # fmt: skip
    assert csv_lines([["=a", 'b"', "-1"], [-1, Decimal("-2.40"), Decimal("1E+3")]]) == (
        '\'=a,"b""",\'-1\n-1,-2.40,1000\n'
    ), "texts are protected, numbers are numbers"
    errors_file = ErrorFile(tmp_path / "e.csv")
    size = errors_file.append([(2, "email", "bad", "=x")], at=0)
    assert errors_file.append([(3, "email", "bad", "lost")], at=size) > size
    assert errors_file.append([], at=size) == size
    errors_file.append([(4, "email", "bad", "y")], at=size)
    assert errors_file.path.read_text() == "line,column,reason,value\n2,email,bad,'=x\n4,email,bad,y\n"


async def test_one_file_imported_by_two_at_once_is_taken_once(db: Database, tmp_path: Path) -> None:
    lines = [f"c{n},{'bad' if n % 5 == 0 else ''}" for n in range(60)]
    path = write(tmp_path / "m.csv", "\n".join(["external_id,email", *lines]))
    found = await asyncio.gather(*(run(db, path, rows_of_piece=5) for _ in range(3)), return_exceptions=True)
    done = [f for f in found if isinstance(f, Progress)]
    assert all(isinstance(f, Progress | ImportRunning) for f in found)
    assert max(progress.created for progress in done) == 48
    assert await members(db) == 48
    assert [int(line) for line, *_ in errors(path)] == [n + 2 for n in range(0, 60, 5)]
