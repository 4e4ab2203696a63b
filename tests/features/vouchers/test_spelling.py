"""Codes as people type them lead to the code that is meant, and never to another one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import START
from tests.features.vouchers.test_vouchers import ANN, PROGRAM, Desk

from regulars.features.vouchers import import_codes, return_vouchers, void_vouchers
from regulars.features.vouchers.batches import Refused, import_piece
from regulars.features.vouchers.errors import CodeTaken, InvalidDefinition
from regulars.features.vouchers.patterns import ALPHABET, make_codes
from regulars.features.vouchers.spelling import as_typed, bare, confusable, respell
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

patterns = st.lists(
    st.sampled_from(["#", "#", "##", "-", "A", "TEN", "7", "0", "*"]), min_size=1, max_size=9
).map("".join)
letters = st.text(ALPHABET + "01", max_size=8)


@pytest.fixture
async def desk(db: Database, clock: FixedClock) -> Desk:
    return Desk(db, clock)


def fill(pattern: str, taken: st.DataObject) -> str:
    """Return a code of a pattern."""
    return "".join(taken.draw(st.sampled_from(ALPHABET)) if part in "#*" else part for part in pattern)


@st.composite
def typed(draw: st.DrawFn, code: str) -> str:
    """Return a code as somebody types it: hyphens left out or written as blanks or dashes, small letters, blanks."""
    parts = []
    for letter in code:
        if letter == "-":
            parts.append(draw(st.sampled_from(["-", "", " ", "\u2013", "\u2011", " - "])))
        else:
            parts.append(
                draw(st.sampled_from([letter, letter.lower(), f" {letter}", chr(ord(letter) + 0xFEE0)]))
            )
    return "".join(parts)


@given(patterns, st.data())
def test_however_it_is_typed_a_code_of_a_pattern_is_that_code(pattern: str, data: st.DataObject) -> None:
    code = fill(pattern, data)
    assert respell(pattern, bare(as_typed(data.draw(typed(code))))) == code


@given(patterns, letters)
def test_what_is_respelled_is_the_same_letters_with_the_pattern_s_hyphens(pattern: str, text: str) -> None:
    found = respell(pattern, text)
    if found is not None:
        assert bare(found) == text
        assert [place for place, part in enumerate(found) if part == "-"] == [
            place for place, part in enumerate(pattern) if part == "-"
        ]


@given(patterns, patterns, st.data())
def test_patterns_that_are_let_in_have_no_two_codes_that_differ_in_hyphens_alone(
    one: str, other: str, data: st.DataObject
) -> None:
    assert confusable(one, other) == confusable(other, one)
    code = fill(one, data)
    again = respell(other, bare(code))
    if again is not None and again != code:
        assert confusable(one, other)


@given(patterns, st.data())
def test_a_pattern_with_a_hyphen_moved_is_refused_exactly_where_codes_could_meet(
    pattern: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(pattern)))
    moved = pattern[:place] + "-" + pattern[place:]
    assert confusable(pattern, moved)
    assert not confusable(pattern, pattern)


async def test_hyphens_blanks_and_case_do_not_matter_at_the_till(desk: Desk) -> None:
    await desk.define()
    code = await desk.issue()
    for spelled in (
        code,
        code.lower(),
        bare(code),
        code.replace("-", " "),
        code.replace("-", "\u2013"),
        code[:5] + code[5:].replace("-", ""),
    ):
        (found,) = await desk.find(spelled)
        assert (found.code, found.refusal) == (code, None), spelled
    (unknown,) = await desk.find("TEN-2222-222")
    assert unknown.refusal is not None
    assert await desk.redeem(bare(code).lower(), code, order="o1") == [code], "named twice, used once"
    async with desk.db.transaction() as tx:
        assert await return_vouchers(tx, PROGRAM, "o1", codes=[bare(code)], now=desk.clock.now()) == [code]
    await desk.reserve(bare(code), code.lower())
    assert await desk.use(order="o2") == [code]
    async with desk.db.transaction() as tx:
        assert await void_vouchers(tx, PROGRAM, [bare(code)], now=desk.clock.now()) == [code]


async def test_imported_codes_are_what_they_are(desk: Desk, tmp_path: Path) -> None:
    """No pattern says where their hyphens belong: AB-1, A-B1 and AB1 are three codes, and AB-2 is not AB2."""
    await desk.define(pattern=None)
    path = tmp_path / "codes.csv"
    path.write_text("code\nAB-1\nA-B1\nAB1\nAB-2\n")
    await import_codes(desk.db, PROGRAM, "ten", path, clock=desk.clock, bearer=True)
    for spelled, code in {"AB-1": "AB-1", "a-b1": "A-B1", "a b 1": "AB1", " ab-2": "AB-2"}.items():
        (found,) = await desk.find(spelled)
        assert (found.code, found.refusal) == (code, None)
    for spelled in ("AB2", "A-B2", "AB 2"):
        assert (await desk.refusal(spelled)).code == "unknown_voucher"


async def test_no_code_is_made_that_would_be_taken_for_another(desk: Desk, tmp_path: Path) -> None:
    await desk.define()
    code = await desk.issue()
    close = [bare(code), bare(code)[:4] + "-" + bare(code)[4:], "TEN-OTHER"]
    for spelled in close[:2]:
        with pytest.raises(CodeTaken) as taken:
            await desk.name(spelled.lower())
        assert taken.value.facts == {"code": code}
    async with desk.db.transaction() as tx:
        batch, refused = await import_piece(
            tx, PROGRAM, "ten", close, mark="m", at=0, last=True, now=desk.clock.now(), bearer=True
        )
    says = f"This code differs from {code} in hyphens alone."
    assert (batch.done, refused) == (1, [Refused(1, close[0], says), Refused(2, close[1], says)])
    path = tmp_path / "codes.csv"
    path.write_text(f"code\n{close[0]}\nTEN-MORE\n")
    done = await import_codes(desk.db, PROGRAM, "ten", path, clock=desk.clock, bearer=True)
    assert (done.done, done.refused) == (1, 1)
    assert says in path.with_name("codes.csv.errors.csv").read_text()


async def test_the_other_way_round_a_code_is_not_made_that_exists_without_hyphens(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.define()
    await desk.name("TEN22222222")
    made = iter([["TEN-2222-2222"], ["TEN-3333-3333"]])
    monkeypatch.setattr("regulars.features.vouchers.issue.make_codes", lambda pattern, count: next(made))
    assert await desk.issue() == "TEN-3333-3333"


async def test_patterns_whose_codes_could_meet_are_refused(desk: Desk) -> None:
    await desk.define()
    await desk.define("same", pattern="TEN-####-####")
    await desk.define("other", pattern="OLD########")
    for pattern in ("TEN########", "T-EN####-####", "###-####-####-"):
        with pytest.raises(InvalidDefinition) as refusal:
            await desk.define("close", pattern=pattern)
        assert [(one.path, one.code) for one in refusal.value.errors] == [("pattern", "too_close")]
    await desk.define(
        "other", pattern="OLD-####-####"
    )  # its own may change: older codes are spelled in full then


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_typed_no_two_codes_are_the_same(database_url: str, data: st.DataObject) -> None:
    """Codes of two patterns beside imported ones that look like them: each spelling leads home or nowhere."""
    asyncio.run(_spell(database_url, data))


async def _spell(database_url: str, data: st.DataObject) -> None:
    async with Database.open(database_url, min_size=1, max_size=1, name="spelling") as db:
        desk = Desk(db, FixedClock(START))
        await desk.define("ten")
        await desk.define("sun", pattern="SUN-####-####")
        await desk.define("pool", pattern=None)
        made = {}
        for kind, pattern in (("ten", "TEN-####-####"), ("sun", "SUN-####-####")):
            (code,) = make_codes(pattern, 1)
            made[await desk.name(code, code=kind)] = kind
        home = data.draw(st.sampled_from(sorted(made)))
        close = data.draw(typed(home).map(as_typed))
        near = close[: data.draw(st.integers(0, len(close)))] + data.draw(st.sampled_from(["", "-", "A"]))
        kept = set(made)
        for code in {close, near, near + "-7"} - {""}:
            async with db.transaction() as tx:
                await import_piece(
                    tx,
                    PROGRAM,
                    "pool",
                    [code],
                    mark=f"{START}{code}",
                    at=0,
                    last=True,
                    now=START,
                    bearer=True,
                )
            (found,) = await desk.find(code, member=ANN)
            kept |= {code} if found.code == code and found.refusal is None else set()
        for code in kept:
            (found,) = await desk.find(code.lower())
            assert found.code == code, "each by its own name"
        for code in made:
            (found,) = await desk.find(data.draw(typed(code)))
            assert found.code == code, "a code of a pattern however it is typed"
