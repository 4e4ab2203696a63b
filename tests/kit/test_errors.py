from __future__ import annotations

import copy
import pickle

import pytest

from regulars.kit import errors
from regulars.kit.errors import FieldError, Rejected


class InsufficientPoints(Rejected):
    """The wallet holds fewer points than asked for."""

    status = 409


class OtherName(Rejected):
    """Another code."""

    code = "told_otherwise"


def test_a_refusal_says_its_docstring_its_code_and_its_facts() -> None:
    refusal = InsufficientPoints(missing=12)
    assert refusal.message == "The wallet holds fewer points than asked for."
    assert refusal.code == "insufficient_points"
    assert refusal.status == 409
    assert refusal.missing == 12
    assert str(refusal) == "The wallet holds fewer points than asked for. (missing=12)"


def test_message_errors_and_code_can_be_given() -> None:
    wrong = FieldError(path="lines[3].price", code="negative", message="Write 0 or more.")
    refusal = OtherName("Not today.", errors=[wrong])
    assert (refusal.message, refusal.errors, refusal.code) == ("Not today.", (wrong,), "told_otherwise")


def test_a_fact_that_was_not_given_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="InsufficientPoints carries no fact 'missing'"):
        _ = InsufficientPoints().missing


def test_a_refusal_survives_copying_and_pickling() -> None:
    refusal = InsufficientPoints(missing=12)
    for twin in (copy.copy(refusal), pickle.loads(pickle.dumps(refusal))):
        assert (twin.message, twin.missing) == (refusal.message, 12)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Unauthenticated", 401),
        ("Forbidden", 403),
        ("NotFound", 404),
        ("Conflict", 409),
        ("PreconditionFailed", 412),
        ("TooLarge", 413),
        ("Invalid", 422),
        ("TooMany", 429),
        ("Unavailable", 503),
    ],
)
def test_general_refusals_have_their_status_and_a_sentence(name: str, status: int) -> None:
    refusal = getattr(errors, name)()
    assert refusal.status == status
    assert refusal.message.endswith(".")
