from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kit.ids import ID_MAX, PREFIXES, IdBlock, decode, encode

numbers = st.integers(min_value=0, max_value=ID_MAX)


@given(st.sampled_from(sorted(PREFIXES)), numbers)
def test_every_id_comes_back(prefix: str, number: int) -> None:
    text = encode(prefix, number)
    assert len(text) == len(prefix) + 1 + 13
    assert decode(prefix, text) == number
    assert decode(prefix, text.upper()) == number


@given(numbers, numbers)
def test_ids_sort_like_their_numbers(one: int, other: int) -> None:
    assert (encode("mem", one) < encode("mem", other)) == (one < other)


def test_the_public_form_is_stable() -> None:
    assert encode("mem", 0) == "mem_0000000000000"
    assert encode("mem", 32) == "mem_0000000000010"
    assert encode("evt", ID_MAX) == "evt_7zzzzzzzzzzzz"


def test_letters_that_look_alike_are_read_as_digits() -> None:
    assert decode("mem", "mem_00000000000iO") == decode("mem", "mem_0000000000010")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mem",
        "mem_",
        "mem_1",
        "evt_0000000000000",
        "mem_00000000000000",
        "mem_000000000000u",
        "mem_zzzzzzzzzzzzz",
    ],
)
def test_what_is_not_an_id_of_this_kind_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        decode("mem", text)


@pytest.mark.parametrize(("prefix", "number"), [("mem", -1), ("mem", ID_MAX + 1), ("xyz", 1)])
def test_what_cannot_be_an_id_is_not_encoded(prefix: str, number: int) -> None:
    with pytest.raises(ValueError):
        encode(prefix, number)


def test_a_block_hands_out_each_number_once() -> None:
    block = IdBlock(10, 3)
    assert [block.take() for _ in range(3)] == [10, 11, 12]
    assert len(block) == 0
    with pytest.raises(IndexError):
        block.take()


def test_a_block_beyond_the_range_is_refused() -> None:
    with pytest.raises(ValueError):
        IdBlock(ID_MAX, 2)
