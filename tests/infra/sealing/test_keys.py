"""Sealed values open in their own place with their own key, and nowhere else; files of keys are private and whole."""

from __future__ import annotations

import base64
from pathlib import Path
from threading import Barrier, Thread

import pytest

from regulars.infra.sealing import KeyPlace, Keyring, SecretKeyMalformed, SecretUnreadable, new_key_text
from regulars.infra.sealing.keys import key_id_of

FIRST, SECOND = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
PLACE = b"webhooks.secret\0secret\x007\x001"


def test_what_is_sealed_opens_in_its_place_alone() -> None:
    ring = Keyring.of(FIRST)
    sealed = ring.seal(b"whsec_1", PLACE)
    assert b"whsec" not in sealed.encode()
    assert ring.open(sealed, PLACE) == b"whsec_1"
    assert ring.seal(b"whsec_1", PLACE) != sealed
    with pytest.raises(SecretUnreadable):
        ring.open(sealed, PLACE.replace(b"7", b"8"))


@pytest.mark.parametrize("at", [-1, 30])
def test_a_changed_letter_is_noticed(at: int) -> None:
    ring = Keyring.of(FIRST)
    raw = bytearray(base64.urlsafe_b64decode(ring.seal(b"whsec_1", PLACE).rpartition(":")[2]))
    raw[at] ^= 1
    changed = f"sealed:{ring.current}:{base64.urlsafe_b64encode(raw).decode()}"
    with pytest.raises(SecretUnreadable):
        ring.open(changed, PLACE)


@pytest.mark.parametrize("value", ["whsec_clear", "sealed:", "sealed:0:0", "sealed:abc", ""])
def test_what_is_not_sealed_does_not_open(value: str) -> None:
    with pytest.raises(SecretUnreadable):
        Keyring.of(FIRST).open(value, PLACE)


def test_the_first_key_seals_and_any_opens() -> None:
    old, both = Keyring.of(FIRST), Keyring.of(f"{SECOND},\n {FIRST}")
    sealed = old.seal(b"1", PLACE)
    assert both.open(sealed, PLACE) == b"1"
    assert key_id_of(both.seal(b"1", PLACE)) == both.current != old.current
    assert both.ids == (both.current, old.current)
    with pytest.raises(SecretUnreadable):
        old.open(both.seal(b"1", PLACE), PLACE)


@pytest.mark.parametrize("text", ["", "short", "?" * 44, base64.b64encode(b"1" * 31).decode()])
def test_what_is_no_key_is_refused_with_words(text: str) -> None:
    with pytest.raises(SecretKeyMalformed, match="openssl rand -base64 32"):
        Keyring.of(text)


def test_a_file_is_private_and_says_what_it_is(tmp_path: Path) -> None:
    place = KeyPlace(None, tmp_path / "new" / "secret.key")
    assert place.read() is None
    made = place.make()
    assert place.file.stat().st_mode & 0o777 == 0o600
    assert place.file.read_text().startswith("# ")
    again = place.read()
    assert again is not None
    assert again.ids == made.ids == place.make().ids
    place.file.chmod(0o644)
    assert place.open_to_others()
    assert list(place.file.parent.iterdir()) == [place.file]


def test_of_two_that_make_the_file_at_once_both_have_the_key_that_stays(tmp_path: Path) -> None:
    place, together = KeyPlace(None, tmp_path / "secret.key"), Barrier(8)
    rings: list[Keyring] = []

    def make() -> None:
        together.wait()
        rings.append(place.make())

    threads = [Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ring.current for ring in rings}) == 1


def test_said_outright_a_key_needs_no_file(tmp_path: Path) -> None:
    place = KeyPlace(new_key_text(), tmp_path / "secret.key")
    assert place.read() is not None
    assert not place.file.exists()
    assert not place.open_to_others()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(SecretKeyMalformed, match=str(tmp_path)):
        KeyPlace(None, tmp_path / "secret.key").read()


@pytest.mark.parametrize("content", [b"", b"hello", b"\xf8\x00"])
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    place = KeyPlace(None, tmp_path / "secret.key")
    place.file.write_bytes(content)
    with pytest.raises(SecretKeyMalformed, match=r"secret\.key holds no secret key"):
        place.read()
