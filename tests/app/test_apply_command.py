"""`regulars apply`, `export program` and `rules …`, as a person or a script calls them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.app.conftest import Run

from regulars.app.output import Exit

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee-shop.yaml"


def edited(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = EXAMPLE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "coffee-shop-products.csv").write_text(
        (EXAMPLE.parent / "coffee-shop-products.csv").read_text()
    )
    path = tmp_path / "program.yaml"
    path.write_text(text)
    return path


def test_plan_apply_and_apply_again(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("apply", EXAMPLE, "--dry-run")
    assert code == Exit.DIFFERENT
    assert "+ rule happy-hour" in out
    assert "publish the rules as version 1" in out
    code, _, errors = run("apply", EXAMPLE)
    assert (code, "--yes" in errors) == (Exit.REFUSED, True)
    code, out, _ = run("apply", EXAMPLE, "--yes")
    assert code == Exit.DONE
    assert out.count("Write key of the source") == 3
    code, out, _ = run("apply", EXAMPLE, "--yes")
    assert (code, out) == (Exit.DONE, "coffee-shop is as the file says; nothing to change.\n")
    code, out, _ = run("apply", edited(tmp_path, ("threshold: 150", "threshold: 200")), "--dry-run")
    assert code == Exit.DIFFERENT
    assert 'tiers[barista].threshold: "150" → "200"' in out


def test_machines_get_one_json_value(run: Run) -> None:
    code, out, _ = run("apply", EXAMPLE, "--yes", "--json")
    applied = json.loads(out)
    assert (code, applied["version"], len(applied["write_keys"])) == (Exit.DONE, 1, 3)
    code, out, _ = run("apply", EXAMPLE, "--dry-run", "--json")
    assert (code, json.loads(out)["changes"]) == (Exit.DONE, [])


def test_mistakes_name_the_line(run: Run, tmp_path: Path) -> None:
    wrong = edited(
        tmp_path, ("- award: {point_type: beans, points: 20}", "- award: {point_type: baens, points: 20}")
    )
    line = 1 + wrong.read_text().split("\n").index("      - award: {point_type: baens, points: 20}")
    code, _, errors = run("apply", wrong, "--yes")
    assert code == Exit.REFUSED
    assert f"rules[beach-days].then[0].award.point_type: line {line}: " in errors
    assert "Did you mean `beans`?" in errors
    assert run("rules", "list", "--program", "coffee-shop")[0] == Exit.NOT_FOUND


def test_an_export_is_what_apply_reads(run: Run, tmp_path: Path) -> None:
    run("apply", EXAMPLE, "--yes")
    file = tmp_path / "exported.yaml"
    assert run("export", "program", "--program", "coffee-shop", "--to", file)[0] == Exit.DONE
    assert "nothing to change" in run("apply", file, "--yes")[1]
    code, out, _ = run("export", "program", "--program", "coffee-shop", "--json")
    assert (code, json.loads(out)["program"]["code"]) == (Exit.DONE, "coffee-shop")


def test_rules_are_read_tested_published_and_rolled_back(run: Run, tmp_path: Path) -> None:
    run("apply", EXAMPLE, "--yes")
    shop = ("--program", "coffee-shop")
    assert "happy-hour" in run("rules", "list", *shop)[1]
    assert "On the first purchase, give 10 beans." in run("rules", "sentence", "welcome", *shop)[1]
    assert "milestone: first_purchase" in run("rules", "show", "welcome", *shop)[1]
    code, out, _ = run("rules", "test", *shop)
    assert (code, out.endswith("4 examples, 0 failed.\n")) == (Exit.DONE, True)
    assert run("rules", "check", *shop) == (Exit.DONE, "The rules can be published.\n", "")
    assert "greatest_award" in run("rules", "analyse", *shop)[1]
    assert run("rules", "publish", *shop, "--json")[1] == '{"version":1,"new":false}\n'
    run("apply", edited(tmp_path, ("points: 10}\n\n", "points: 15}\n\n")), "--yes")
    code, out, _ = run("rules", "diff", 1, 2, *shop)
    assert (code, "welcome" in out) == (Exit.DIFFERENT, True)
    assert run("rules", "roll-back", 1, *shop)[0] == Exit.DONE
    assert run("rules", "diff", 1, 3, *shop)[0] == Exit.DONE
    assert run("rules", "publish", *shop, "--json")[1] == '{"version":4,"new":true}\n'
    assert len(json.loads(run("rules", "versions", *shop, "--json")[1])) == 4
