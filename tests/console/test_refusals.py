"""What the server refuses is said in Chinese by the console: each sentence has one, with the same facts in it."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

from regulars.app.asgi import create_app
from regulars.kit.errors import Rejected

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "regulars"
TOLD: dict[str, str] = json.loads(
    (ROOT / "console" / "src" / "lib" / "refusals.zh-CN.json").read_text(encoding="utf-8")
)
PLACE = re.compile(r"\{\d+\}")
WRITE = "Write their Chinese into console/src/lib/refusals.zh-CN.json."
# Said to whoever starts a server or migrates its database; nothing of it reaches a route.
OPERATORS = ("regulars.infra.db.migrate", "regulars.infra.db.binaries")
# Where field errors are written that no page shows: commands, measurements, and what stands in the database's log.
UNSEEN = ("app/commands/", "app/bench/", "infra/db/")


def one_line(text: str) -> str:
    """Return a sentence as the console looks for it, however it was broken into lines."""
    return " ".join(text.split())


def refusals() -> Iterator[type[Rejected]]:
    """Yield every refusal of every slice that the application is made of."""
    assert create_app is not None
    waiting: list[type[Rejected]] = [Rejected]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith("regulars.") and not one.__module__.startswith(OPERATORS):
                yield one


def written(node: ast.expr | None) -> str | None:
    """Return a text as the catalogue has it: {0} {1} for what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    text, places = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            text, places = f"{text}{{{places}}}", places + 1
    return text


def field_errors() -> Iterator[tuple[str, str]]:
    """Yield the sentence of each FieldError, and of each refusal with words of its own, with its place."""
    named = {one.__name__: 0 for one in refusals()} | {"FieldError": 2}
    for path in sorted(CODE.rglob("*.py")):
        place = path.relative_to(CODE).as_posix()
        if place.startswith(UNSEEN):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            at = named.get(_called(node))
            if at is None or not isinstance(node, ast.Call) or len(node.args) <= at:
                continue
            text = written(node.args[at])
            # A refusal's first word may be a fact or a code; a sentence has a full stop.
            if text and text.endswith(".") and PLACE.sub("", text).strip(" ."):
                yield text, f"{place}:{node.lineno}"


def diagnostics() -> Iterator[tuple[str, str]]:
    """Yield what the checker of rules says of a place, where it is written in one piece."""
    for path in sorted((CODE / "core" / "rules").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if _called(node) in ("add", "refuse") and isinstance(node, ast.Call) and len(node.args) == 3:
                text = written(node.args[2])
                if text and ".{" not in text and PLACE.sub("", text).strip(" ."):
                    yield text, f"{path.name}:{node.lineno}"


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def test_every_refusal_has_its_sentence() -> None:
    said = {one_line(inspect.cleandoc(one.__doc__ or "")): one.__name__ for one in refusals()}
    assert len(said) > 300
    missing = {text: name for text, name in said.items() if text not in TOLD}
    assert missing == {}, WRITE


def test_every_mistake_in_a_field_has_its_sentence() -> None:
    said = dict(field_errors())
    assert len(said) > 200
    missing = {text: place for text, place in said.items() if one_line(text) not in TOLD}
    assert missing == {}, WRITE


def test_what_the_checker_says_of_rules_has_its_sentence() -> None:
    said = dict(diagnostics())
    assert len(said) > 80
    missing = {text: place for text, place in said.items() if one_line(text) not in TOLD}
    assert missing == {}, WRITE


def test_translations_name_no_other_facts() -> None:
    wrong = [
        text for text, chinese in TOLD.items() if not set(PLACE.findall(chinese)) <= set(PLACE.findall(text))
    ]
    assert wrong == []


def test_sentences_stand_on_one_line_and_say_something_themselves() -> None:
    assert [text for text in TOLD if text != one_line(text) or len(PLACE.sub("", text)) < 5] == []
    assert [text for text, chinese in TOLD.items() if not re.search(r"[一-鿿]", chinese)] == []
