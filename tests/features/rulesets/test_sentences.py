"""Rules in plain words, in every language: the same rules read, in the words that the console has for them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.core.rules.kit import rule

from regulars.core.rules import FieldCatalog, sentence
from regulars.core.rules import wording_en as en
from regulars.core.rules import wording_zh as zh
from regulars.features.rulesets.document import with_campaign
from regulars.features.rulesets.own_words import with_own_attributes
from regulars.features.rulesets.vocabulary import Vocabulary, catalog_for
from regulars.flows.apply.source import _yaml

ROOT = Path(__file__).parents[3]
CONSOLE = ROOT / "console" / "src"
CATALOGUE: dict[str, str] = json.loads((CONSOLE / "lib" / "catalogue.zh-CN.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "sentences.json").read_text(encoding="utf-8"), parse_float=str
)
WORDS = Vocabulary(
    "EUR",
    2,
    {"points": 0, "stars": 2},
    {"club": ("silver", "gold")},
    {"favourite_tea": "text", "vip": "boolean", "spent": "number"},
    ("email",),
    {"origin": "text"},
    partners=("acme",),
    vouchers=("ten",),
    draws=("car",),
)
SHOP = catalog_for(WORDS, frozenset({"summer"}))
LANGUAGE = ("collections", "tables")
KEPT = {"points", "SKU", "Webhook", "UTC", "EUR", "GBP"}
"""Latin words of a Chinese sentence besides what a program names: a point type, and what the console writes so too."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: next(iter(case["rule"].values()), ""))
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_rule_is_read_in_each_language(case: dict[str, Any], language: Any) -> None:
    assert sentence(rule(**case["rule"]), SHOP, None, language) == case[language]


def test_different_rules_do_not_read_alike() -> None:
    for language in ("en", "zh-CN"):
        texts = [case[language] for case in CASES]
        assert len(set(texts)) == len(texts)


def test_one_of_what_only_sounds_like_many_keeps_its_s() -> None:
    """The unit is a program's own word: one point, but one status, one bonus, one class."""
    words = en.English("EUR", 2)
    assert words.counted(Decimal(1), "points") == "1 point"
    for unit in ("status", "bonus", "class"):
        assert words.counted(Decimal(1), unit) == f"1 {unit}"


def templates() -> list[dict[str, Any]]:
    """The rules that the console offers to begin with, made for a program by the console's own code."""
    place = json.dumps(str(CONSOLE / "features" / "rulesets" / "templates.ts"))
    words = '{points: "points", base: "per-amount", tierSet: "club", tier: "gold"}'
    script = (
        f"const found = (await import({place})).TEMPLATES.map((t) => ({{code: t.code, ...t.make({words})}}));"
    )
    print_it = "console.log(JSON.stringify(found))"
    done = subprocess.run(
        [str(Path(sys.executable).with_name("node")), "--input-type=module", "-e", script + print_it],
        capture_output=True,
        check=True,
        timeout=60,
    )
    made: list[dict[str, Any]] = json.loads(done.stdout)
    return made


def latin(text: str, named: set[str]) -> set[str]:
    """Latin words of a sentence that stand in no quotes and that nobody named."""
    return set(re.findall(r"[A-Za-z][\w.-]*", re.sub("“.*?”", "", text))) - named


def test_templates_are_read_in_chinese() -> None:
    rules = templates()
    assert len(rules) > 10
    for one in rules:
        text = sentence(one, SHOP, {"rules": rules}, "zh-CN")
        assert text.endswith("。"), text
        assert latin(text, KEPT | {"club"}) == set(), text


@pytest.mark.parametrize("example", ["online-retail", "coffee-shop"])
def test_rules_of_the_demo_are_read_in_chinese(example: str) -> None:
    _, document = _yaml((ROOT / "examples" / f"{example}.yaml").read_text(encoding="utf-8"))
    catalog, around = _catalog(document), {key: document[key] for key in LANGUAGE if key in document}
    around["groups"] = [{"code": code, **group} for code, group in document["groups"].items()]
    around["rules"] = [with_campaign(one, document["campaigns"]) for one in document["rules"]]
    for one in around["rules"]:
        text = sentence(one, catalog, around, "zh-CN")
        assert text.endswith("。"), text
        named = {*catalog.point_types, *(catalog.partners or ()), *catalog.attributes, *catalog.tier_sets}
        assert latin(text, KEPT | named) == set(), text


def _catalog(document: dict[str, Any]) -> FieldCatalog:
    words = Vocabulary(
        document["program"]["currency"],
        2,
        {one["code"]: int(one.get("scale", 0)) for one in document["point_types"]},
        {one["code"]: tuple(tier["code"] for tier in one["tiers"]) for one in document["tier_sets"]},
        partners=tuple(one["code"] for one in document["partners"]),
    )
    return catalog_for(with_own_attributes(words, document["rules"]), frozenset(document["campaigns"]))


def test_fields_are_called_as_in_the_console() -> None:
    ours = {path: field.label for path, field in SHOP.fields.items() if path in zh.FIELDS}
    assert {path: CATALOGUE[label] for path, label in ours.items()} == zh.FIELDS
    named = ("member.attributes.", "member.identifiers.", "event.properties.", "line.product.")
    for path, field in SHOP.fields.items():
        family, _, of = field.label.removesuffix(")").partition(" (")
        if path.startswith(("member.tier.", "member.wallet.")):
            assert zh.Chinese("EUR", 2).noun(field) == f"{CATALOGUE[family]}（{of}）"
        elif path not in zh.FIELDS:
            assert path.startswith(named), f"Give the field {path} a Chinese name."


def test_operators_are_called_as_in_the_console() -> None:
    source = (CONSOLE / "features" / "rulesets" / "model.ts").read_text(encoding="utf-8")
    (table,) = re.findall(r"OPERATORS: Record<string, string> = \{(.*?)\};", source, re.DOTALL)
    names = {code.strip('"'): label for code, label in re.findall(r'("?[\w!<>=]+"?): "([^"]+)"', table)}
    assert names.keys() >= zh.VERBS.keys()
    assert {code: CATALOGUE[names[code]] for code in zh.VERBS} == zh.VERBS


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        *zip(en.WEEKDAYS, zh.WEEKDAYS, strict=True),
        ("rounded down", zh.ROUNDED["floor"]),
        ("rounded up", zh.ROUNDED["ceil"]),
        ("rounded half up", zh.ROUNDED["half_up"]),
        ("rounded half to even", zh.ROUNDED["half_even"]),
        ("per member", zh.PER["member"]),
        ("for all members together", zh.PER["rule"]),
        ("for the whole campaign", zh.PER["campaign"]),
        ("per member in the campaign", zh.PER["member_in_campaign"]),
        ("ever", zh.PERIODS["lifetime"]),
        ("per order", zh.PERIODS["order"]),
        *[(f"a {period}", zh.PERIODS[period]) for period in ("day", "week", "month", "quarter", "year")],
        ("the sum of", zh.MEASURES["sum"]),
        ("the smallest", zh.MEASURES["min"]),
        ("the largest", zh.MEASURES["max"]),
        ("how many different", zh.MEASURES["distinct"]),
        ("The house", zh.HOUSE),
        *zh.PAYERS.items(),
    ],
)
def test_words_are_those_of_the_console(english: str, chinese: str) -> None:
    assert CATALOGUE[english] == chinese
