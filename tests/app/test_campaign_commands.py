"""`regulars campaigns` on a program made with `regulars apply`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flows.campaigning.test_campaigning import PROGRAM

from regulars.app.cli import main
from regulars.app.output import Exit

SPRING = {
    "code": "spring",
    "name": "Spring",
    "budget": "5000.00",
    "proposed_from": "2026-03-20",
    "proposed_to": "2026-04-19",
    "promotions": ["rule:tea"],
    "lists": ["vip"],
}
RECORDS = {"marketing_lists": [{"code": "vip", "name": "Best"}], "campaign_records": [SPRING]}


@pytest.fixture
def run(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Any]:
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_PROGRAM", "corner")

    def call(*arguments: object, code: int = 0) -> Any:
        with pytest.raises(SystemExit) as left:
            main(["--json", *(str(argument) for argument in arguments)])
        said = capsys.readouterr()
        assert (left.value.code or 0) == code, said.err
        return msgspec.json.decode(said.out if code == 0 else said.err) if (said.out or code) else None

    file = tmp_path / "program.yaml"
    file.write_bytes(msgspec.json.encode({**PROGRAM, **RECORDS}))
    call("apply", file, "--yes")
    return call


def test_a_campaign_by_hand(run: Callable[..., Any], tmp_path: Path) -> None:
    (row,) = run("campaigns", "list", "--search", "spr")
    assert (row["code"], row["status"], row["budget"], row["to"]) == (
        "spring",
        "draft",
        500_000,
        "2026-04-19",
    )
    assert (
        run("campaigns", "status", "spring", "proposed", code=Exit.REFUSED)["code"] == "campaign_incomplete"
    )
    assert run("campaigns", "status", "spring", "cancelled", "--reason", "rain")["status"] == "cancelled"
    run("campaigns", "note", "spring", "It rained")
    copy = run("campaigns", "copy", "spring", "autumn", "--begins", "2026-09-20", "--name", "Autumn")
    assert copy == {"code": "autumn", "status": "draft"}
    shown = run("campaigns", "show", "spring")
    assert [one["status"] for one in shown["steps"]] == ["draft", "cancelled"]
    assert (shown["notes"][0]["text"], shown["promotions"][0]["name"]) == ("It rained", "Tea on Tuesdays")
    assert run("campaigns", "activities") == []
    rows = run("campaigns", "calendar", "--from", "2026-09-01", "--to", "2026-09-30")
    assert [(one["kind"], one["code"]) for one in rows] == [("campaign", "autumn")]
    run("campaigns", "archive", "autumn")
    assert len(run("campaigns", "list")) == 1


def test_a_file_fills_a_list(run: Callable[..., Any], tmp_path: Path) -> None:
    members = tmp_path / "members.csv"
    members.write_text("external_id\nu1\nu2\n")
    run("import", "members", members)
    names = tmp_path / "vip.txt"
    names.write_text("external_id:u1\nu2\n\nnobody\n")
    put = run("campaigns", "list-import", "vip", names)
    assert (put["added"], put["unknown"], put["members"]) == (2, ["nobody"], 2)
    assert run("campaigns", "lists") == [{"code": "vip", "name": "Best", "members": 2}]
    off = run("campaigns", "list-import", "vip", names, "--remove")
    assert (off["removed"], off["members"]) == (2, 0)
