"""What the server refuses is said in Chinese by the console: each sentence has one, with the same facts in it."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.console.conftest import DESK, Visit

from regulars.app.asgi import create_app
from regulars.kit.errors import Rejected

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "regulars"
TOLD: dict[str, str] = json.loads(
    (ROOT / "console" / "src" / "lib" / "refusals.zh-CN.json").read_text(encoding="utf-8")
)
PLACE = re.compile(r"\{\d+\}")
WRITE = "Write their Chinese into console/src/lib/refusals.zh-CN.json."
# Said to whoever runs a command, starts a server or migrates its database; nothing of it reaches a route.
OPERATORS = tuple(
    f"regulars.{place}"
    for place in (
        "app.bench",
        "app.commands",
        "app.demo",
        "app.events",
        "app.serve",
        "infra.db.backup",
        "infra.db.binaries",
        "infra.db.migrate",
    )
)
# Where field errors are written that no page shows: commands, measurements, and what stands in the database's log.
UNSEEN = ("app/commands/", "app/bench/", "infra/db/")

# These would fit nearly every sentence: what is put into them stands in the catalogue with them, in full.
OPEN = {
    "Write {0}.": (
        "Write an e-mail address such as ann@example.com.",
        "Write a telephone number such as +442079460000.",
        "Write a card number.",
        "Write a text of at most 255 characters.",
    ),
    "There is no such {0}.": ("There is no such partner.", "There is no such program."),
    "Choose {0}.": ("Choose `house`, `partner:<code>` or `campaign:<code>`.",),
}


def one_line(text: str) -> str:
    """Return a sentence as the console looks for it, however it was broken into lines."""
    return " ".join(text.split())


def untold(said: dict[str, str]) -> dict[str, str]:
    """Return the sentences that have no Chinese, with their places."""
    return {
        text: place
        for text, place in said.items()
        if any(one not in TOLD for one in OPEN.get(text, (one_line(text),)))
    }


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
    assert untold(said) == {}, WRITE


def test_every_mistake_in_a_field_has_its_sentence() -> None:
    said = dict(field_errors())
    assert len(said) > 200
    assert untold(said) == {}, WRITE


def test_what_the_checker_says_of_rules_has_its_sentence() -> None:
    said = dict(diagnostics())
    assert len(said) > 80
    assert untold(said) == {}, WRITE


def test_translations_name_no_other_facts() -> None:
    wrong = [
        text for text, chinese in TOLD.items() if not set(PLACE.findall(chinese)) <= set(PLACE.findall(text))
    ]
    assert wrong == []


def test_no_pattern_fits_everything() -> None:
    assert OPEN.keys() & TOLD.keys() == set()


def test_sentences_stand_on_one_line_and_say_something_themselves() -> None:
    assert [text for text in TOLD if text != one_line(text) or len(PLACE.sub("", text)) < 5] == []
    assert [text for text, chinese in TOLD.items() if not re.search(r"[一-鿿]", chinese)] == []


@pytest.mark.slow
def test_a_person_reads_them(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    visit = Visit(context, address)
    page, asked = visit.page, list[str]()
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{address}/console/sign-in")
    page.get_by_label("电子邮件").fill("nobody@example.com")
    # Who only comes to sign in waits for no sentences of refusals.
    assert [one for one in asked if "refusals" in one] == []
    page.get_by_role("textbox", name=re.compile("^密码")).fill("a wrong password")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("密码或验证码不正确")
    visit.sign_in()
    # Here the answer is no refusal: the page is drawn again when the sentences have come.
    page = visit.go("/online-retail/rules/conflicts")
    expect(page.get_by_text(re.compile("一笔 .* 的订单最多.*可得 ")).first).to_be_visible()
    expect(page.get_by_text("One order of")).to_have_count(0)
    page = visit.go("/online-retail/rules/new")
    page.get_by_role("button", name="移除", exact=True).first.click()
    found = page.get_by_text(TOLD["Write at least one effect, such as `award`."])
    expect(found.filter(visible=True).first).to_be_visible()
    page = visit.go("/online-retail/rules/edit/nowhere")
    expect(page.get_by_role("alert")).to_contain_text(TOLD["The program has no rule with this code."])
    context.close()
