"""`regulars programs`, `keys`, `import`, `export members`, `members`, `products`, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.app.conftest import Run

from regulars.app.output import Exit


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line as elsewhere, with one program."""
    monkeypatch.setenv("REGULARS_PROGRAM", "acme")
    assert run("programs", "create", "acme", "--name", "Acme")[0] == Exit.DONE
    return run


MEMBERS = """external_id,E-Mail,phone,first_name,last_name,tags,consent.email,attribute.size,attribute.note
c1,ann@x.example,0170 1234567,Ann,=Lee,vip|new,yes,38,"two
lines"
c2,bad,,,,,,,
c3,,,,,,,40,
"""


def test_programs_are_made_listed_archived_and_brought_back(run: Run) -> None:
    assert run("programs", "create", "acme", "--name", "Again")[0] == Exit.REFUSED
    code, _, errors = run("programs", "create", "b", "--name", "B", "--zone", "Mars/Base")
    assert (code, "zone: Write an IANA time zone" in errors) == (Exit.REFUSED, True)
    assert run("programs", "archive", "acme")[0] == Exit.DONE
    assert json.loads(run("--json", "programs", "list")[1]) == []
    assert run("programs", "restore", "acme")[0] == Exit.DONE
    assert json.loads(run("--json", "programs", "list")[1])[0]["code"] == "acme"
    assert run("programs", "archive", "unknown")[0] == Exit.NOT_FOUND


def test_keys_are_issued_listed_and_revoked(run: Run) -> None:
    code, key, _ = run("keys", "issue", "--scope", "members:read", "--name", "till", "--days", 30)
    assert (code, key.startswith("ak_")) == (Exit.DONE, True)
    listed = json.loads(run("--json", "keys", "list")[1])
    assert (listed[0]["name"], listed[0]["scopes"], listed[0]["state"][:5]) == (
        "till",
        "members:read",
        "until",
    )
    assert key.strip() not in json.dumps(listed)
    assert run("keys", "revoke", listed[0]["prefix"])[0] == Exit.DONE
    assert json.loads(run("--json", "keys", "list")[1])[0]["state"] == "revoked"
    assert run("keys", "issue")[0] == Exit.USAGE
    code, _, errors = run("keys", "issue", "--scope", "member:read")
    assert (code, "Did you mean members:read" in errors) == (Exit.REFUSED, True)
    assert run("keys", "issue", "--source", "unknown")[0] == Exit.NOT_FOUND


def test_write_keys_have_names_of_their_own(run: Run, tmp_path: Path) -> None:
    document = tmp_path / "acme.yaml"
    document.write_text(
        "program: {code: acme, name: Acme, currency: EUR, zone: UTC, region: DE}\n"
        "sources: [{code: till, name: Till}]\n"
    )
    code, _, errors = run("apply", document, "--yes")
    assert code == Exit.DONE, errors
    for name in (("--name", "front"), ("--name", "back")):
        assert run("keys", "issue", "--source", "till", *name)[0] == Exit.DONE
    listed = json.loads(run("--json", "keys", "list")[1])
    assert {key["name"] for key in listed} == {"till", "till: front", "till: back"}
    code, secret, _ = run("keys", "sign", "till")
    assert (code, len(secret.strip())) == (Exit.DONE, 64)
    assert run("keys", "sign", "till", "--off")[0] == Exit.DONE
    assert run("keys", "sign", "unknown")[0] == Exit.NOT_FOUND


def test_members_are_imported_found_shown_and_exported_as_they_were(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text(MEMBERS)
    code, out, _ = run("--json", "import", "members", path, "--map", "E-Mail=email")
    done = json.loads(out)
    assert (code, done["created"], done["refused"]) == (Exit.REFUSED, 2, 1)
    assert "4,email,This is no email.,bad" in Path(done["errors"]).read_text()
    assert "=Lee" in run("members", "find", "=lee")[1]
    shown = json.loads(run("--json", "members", "show", "phone:0170 1234567")[1])
    assert shown["attributes"] == {"size": 38, "note": "two\nlines"}
    assert "ann@x.example" in run("members", "show", "external_id:c1")[1]
    assert run("members", "show", "external_id:c2")[0] == Exit.NOT_FOUND
    first = tmp_path / "out.csv"
    assert run("export", "members", "--to", first)[0] == Exit.DONE
    assert "'=Lee" in first.read_text()
    assert run("export", "members")[1] == first.read_text()
    again = json.loads(run("--json", "import", "members", first)[1])
    assert (again["created"], again["updated"], again["refused"]) == (0, 2, 0)
    assert json.loads(run("--json", "members", "show", "external_id:c1")[1]) == shown
    run("programs", "create", "other", "--name", "Other")
    assert json.loads(run("--json", "import", "members", first, "--program", "other")[1])["created"] == 2
    second = tmp_path / "out2.csv"
    run("export", "members", "--to", second, "--program", "other")
    assert second.read_text() == first.read_text()


def test_a_header_that_is_not_understood_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("external_id,shoe\n1,2\n")
    code, _, errors = run("import", "members", path)
    assert (code, "shoe: Unknown column" in errors) == (Exit.REFUSED, True)
    assert run("import", "members", path, "--map", "shoe")[0] == Exit.USAGE
    assert run("import", "members", path, "--map", "shoe=attribute.shoe")[0] == Exit.DONE


def test_products_and_stock_are_imported_and_listed(run: Run, tmp_path: Path) -> None:
    products = tmp_path / "products.csv"
    products.write_text(
        "sku,name,points,price,earns,attribute.size\ntea,Tea,5,399,yes,XL\nmug,Mug,x,,,\n,No,,,,\ntea,Green tea,,,,\n"
    )
    code, out, _ = run("--json", "import", "products", products)
    assert (code, json.loads(out)["taken"], json.loads(out)["refused"]) == (Exit.REFUSED, 2, 2)
    assert json.loads(run("--json", "products", "list")[1])[0]["name"] == "Green tea"
    stock = tmp_path / "stock.csv"
    stock.write_text("sku,store,quantity\ntea,s1,5\n")
    assert json.loads(run("--json", "import", "stock", stock)[1])["refused"] == 1
    assert "no store with this code" in (tmp_path / "stock.csv.errors.csv").read_text()
    products.write_text("sku,colour\ntea,red\n")
    assert run("import", "products", products)[0] == Exit.REFUSED


def test_members_join_change_merge_part_and_are_erased(run: Run) -> None:
    """What an operator does for one member, as over the API."""
    code, text, _ = run(
        "--json", "members", "join", "external_id:1", "--set", "first_name=Ann", "--tag", "vip"
    )
    ann = json.loads(text)
    assert (code, ann["profile"]["first_name"], ann["tags"]) == (Exit.DONE, "Ann", ["vip"])
    assert run("members", "join", "external_id:1")[0] == Exit.REFUSED
    changed = json.loads(run("--json", "members", "change", ann["id"], "--no-spending")[1])
    assert (changed["spending_blocked"], changed["earning_blocked"]) == (True, False)
    said = json.loads(run("--json", "members", "consent", ann["id"], "email", "--yes")[1])
    assert said["consent"]["email"]["granted"] is True
    run("members", "join", "external_id:2")
    merged = json.loads(
        run("--json", "members", "merge", ann["id"], "external_id:2", "--reason", "one person")[1]
    )
    assert merged["target"] == ann["id"]
    assert json.loads(run("--json", "members", "show", "external_id:2")[1])["id"] == ann["id"]
    assert run("members", "undo-merge", merged["merge"])[0] == Exit.DONE
    assert json.loads(run("--json", "members", "show", "external_id:2")[1])["id"] == merged["source"]
    assert json.loads(run("--json", "members", "show", "user_id:1")[1])["id"] == ann["id"]
    assert run("members", "erase", ann["id"], "--yes")[0] == Exit.DONE
    assert run("members", "show", "external_id:1")[0] != Exit.DONE


def test_a_program_that_is_not_there_is_named(run: Run) -> None:
    assert run("migrate")[0] == 0
    code, _, said = run("members", "show", "--program", "coffe", "ann")
    assert code == 4
    assert "There is no program with the code coffe." in said
