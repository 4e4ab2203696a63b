"""Versions on the wire."""

from __future__ import annotations

import pytest

from regulars.infra.web import etag_of, revision_in, version_in
from regulars.kit.errors import PreconditionFailed


def test_what_goes_out_comes_back() -> None:
    assert version_in(etag_of("abc")) == "abc"
    assert version_in(f"W/{etag_of('abc')}") == "abc"
    assert revision_in(etag_of(7)) == 7
    assert (version_in(None), version_in(" * "), revision_in("*"), revision_in(None)) == (
        None,
        "*",
        None,
        None,
    )


@pytest.mark.parametrize("header", ["", "abc", '"', '""', '"a', '"a", "b"' * 20, '"' + "9" * 200 + '"'])
def test_what_was_never_ours_does_not_match(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        revision_in(header)
