"""The quick reading of telephone numbers gives what the full reading gives, for every country and spelling."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.events import normal_identifier
from regulars.features.members import phones

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMATS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
    phonenumbers.PhoneNumberFormat.RFC3966,
)
TYPES = range(11)


def full(text: str, region: str) -> str | None:
    return normal_identifier("phone", text, region)


@pytest.mark.parametrize("region", REGIONS)
def test_examples_of_every_country_in_every_spelling(region: str) -> None:
    for kind in TYPES:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        for form in FORMATS:
            text = phonenumbers.format_number(number, form)
            for spelled in (
                text,
                text.replace("-", " "),
                text.replace("+", "00"),
                f" {text} ",
                "0" + text.lstrip("+"),
            ):
                for home in (region, "DE", "US", "IT"):
                    assert phones.normal_phone(spelled, home) == full(spelled, home), (spelled, home)


@settings(max_examples=1500)
@given(st.from_regex(r"(\+|00|0|)[0-9 ().\-]{3,18}", fullmatch=True), st.sampled_from(REGIONS))
def test_any_digits_in_any_country(text: str, region: str) -> None:
    assert phones.normal_phone(text, region) == full(text, region)


def test_most_german_and_british_numbers_take_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "normal_identifier", lambda *_: pytest.fail("the full reading was asked"))
    assert phones.normal_phone("+49 170 1234567", "GB") == "+491701234567"
    assert phones.normal_phone("0170 1234567", "DE") == "+491701234567"
    assert phones.normal_phone("+44 7400 123456", "DE") == "+447400123456"
    assert phones.normal_phone("07400 123456", "GB") == "+447400123456"
