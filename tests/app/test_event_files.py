"""Files of events as people keep them: what cannot be read is refused in words, row by row, and can be sent again."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.app.events.files import EventFile, UnreadableEvents
from regulars.core.events import Rejection


def test_a_row_that_is_not_utf8_is_refused_alone(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_bytes(b"\xef\xbb\xbfuser_id;order_id;total;store\r\nu;1;5;M\xfcnchen\r\nu;2;5;ok\r\n")
    (_, torn), (_, good) = list(EventFile(file).messages())
    assert isinstance(torn, Rejection)
    assert isinstance(good, dict)
    assert good["order"]["order_id"] == "2"


def test_a_header_that_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("user_id,order_id,summe\nu,1,5\n")
    with pytest.raises(UnreadableEvents, match="summe"):
        list(EventFile(file).messages())


def test_a_file_of_rejected_events_is_sent_when_it_is_repaired(tmp_path: Path) -> None:
    file = tmp_path / "day.csv.rejected.jsonl"
    file.write_text('{"place": 2, "code": "x", "message": "y", "event": {"type": "Seen", "user_id": "u"}}\n')
    assert list(EventFile(file).messages()) == [(1, {"type": "Seen", "user_id": "u"})]
