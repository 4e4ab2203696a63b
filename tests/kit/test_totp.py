"""One-time codes against the vectors of RFC 6238, appendix B, and RFC 4226, appendix D."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from regulars.kit import totp

SECRET = b"12345678901234567890"
SEEDS = {
    "sha1": SECRET,
    "sha256": b"12345678901234567890123456789012",
    "sha512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
# Seconds, and the eight digits of SHA-1, SHA-256 and SHA-512.
VECTORS = """
         59 94287082 46119246 90693936
 1111111109 07081804 68084774 25091201
 1111111111 14050471 67062674 99943326
 1234567890 89005924 91819424 93441116
 2000000000 69279037 90698825 38618901
20000000000 65353130 77737706 47863826
"""


@pytest.mark.parametrize("line", VECTORS.strip().splitlines())
def test_the_vectors_of_rfc_6238(line: str) -> None:
    seconds, *codes = line.split()
    for (algorithm, seed), code in zip(SEEDS.items(), codes, strict=True):
        assert totp.code_of(seed, int(seconds) // 30, 8, algorithm) == code


def test_the_counter_values_of_rfc_4226() -> None:
    expected = [
        "755224",
        "287082",
        "359152",
        "969429",
        "338314",
        "254676",
        "287922",
        "162583",
        "399871",
        "520489",
    ]
    assert [totp.code_of(SECRET, step) for step in range(10)] == expected


def test_a_code_is_found_one_step_early_or_late_and_no_more() -> None:
    now = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
    step = totp.step_of(now)
    for drift, found in ((-2, None), (-1, step - 1), (0, step), (1, step + 1), (2, None)):
        code = totp.code_of(SECRET, totp.step_of(now + timedelta(seconds=30 * drift)))
        assert totp.matching_step(SECRET, code, now) == found
    assert totp.matching_step(SECRET, "12345", now) is None
    assert totp.matching_step(SECRET, "", now) is None


def test_the_address_holds_what_an_authenticator_needs() -> None:
    address = totp.address_of(SECRET, "Regulars", "ann@example.com")
    assert address == (
        "otpauth://totp/Regulars%3Aann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Regulars"
    )
