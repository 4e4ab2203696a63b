"""Every sentence of the console has its Chinese, with the same figures in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.console.conftest import Visit

SOURCE = Path(__file__).parents[2] / "console" / "src"
CATALOGUE: dict[str, str] = json.loads((SOURCE / "lib" / "catalogue.zh-CN.json").read_text(encoding="utf-8"))
SAID = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
# Words that stand in tables and are translated where they are shown.
TABLES = {
    "app/navigation.ts": re.compile(r'label: "([^"]+)"'),
    "features/rulesets/templates.ts": re.compile(r'(?:name|about): "([^"]+)"'),
    "features/rulesets/TriggerEditor.tsx": re.compile(r'label: "([^"]+)"'),
    "features/rulesets/EffectsEditor.tsx": re.compile(r'label: "([^"]+)"'),
    "features/finance/Accounts.tsx": re.compile(r'says: "([^"]+)"'),
    "features/dashboards/model.ts": re.compile(r'title: "([^"]+)"'),
}
OWN = re.compile(r"\.(attributes|properties)\.")
FIGURE = re.compile(r"\{\{\w+\}\}")


def sentences() -> dict[str, str]:
    """Return every sentence with the file that says it."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.ts*")):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith("api/"):
            continue
        text = path.read_text(encoding="utf-8")
        for pattern in (SAID, TABLES.get(name)):
            for match in pattern.finditer(text) if pattern else ():
                found.setdefault(match.group(1).replace('\\"', '"'), name)
    return found


def test_nothing_is_left_in_english() -> None:
    missing = {text: name for text, name in sentences().items() if text and text not in CATALOGUE}
    assert missing == {}, "Write their Chinese into console/src/lib/catalogue.zh-CN.json."


def test_translations_have_the_same_figures() -> None:
    wrong = [
        text
        for text, chinese in CATALOGUE.items()
        if sorted(FIGURE.findall(text)) != sorted(FIGURE.findall(chinese))
    ]
    assert wrong == []


@pytest.mark.slow
def test_words_that_the_server_lists_are_translated(visit: Visit) -> None:
    request, program = visit.page.request, f"{visit.address}/api/v1/programs/online-retail"
    groups = request.get(f"{program}/rule-fields").json()["groups"]
    # Attributes and properties are called as the program calls them.
    fields = [one for group in groups for one in group["fields"] if not OWN.search(one["path"])]
    said = [one["label"] for one in groups + fields]
    for report in request.get(f"{program}/reports").json()["data"]:
        said += [report["title"], report["says"], *report["by"]]
        said += [words for field in report["fields"] for words in (field["name"], field["says"])]
    # What stands in brackets is the name of a tier set or of a kind of points.
    plain = {re.sub(r" \(.*\)$", "", words).replace("_", " ") for words in said}
    assert plain - CATALOGUE.keys() == set(), "Write their Chinese into console/src/lib/catalogue.zh-CN.json."
