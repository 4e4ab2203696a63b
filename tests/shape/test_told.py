"""What the documents tell people to type exists: every command with its options, every route, every make target."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer.main
import yaml
from tests.shape.repository import ROOT
from typer.core import TyperGroup

from regulars.app.asgi import create_app
from regulars.app.cli import build
from regulars.app.settings import Settings
from regulars.flows.apply import decode_document
from regulars.flows.apply.document import Document

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "ARCHITECTURE.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "adr"),
]
# What `main` takes out wherever it stands.
EVERYWHERE = {"--json", "--quiet", "-q", "--help"}
COMMAND = re.compile(r"(?:^|`|\$ |&& |\| |\()regulars ([a-z][^\n`|&>#;()]*)", re.MULTILINE)
MAKE = re.compile(r"(?:^|`|\$ )make ([a-z-]+)(?=[ `\n]|$)", re.MULTILINE)
ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) …?(/[a-z{][^\s`?,;)|\\]*)")
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
# What a part of a program's file is put behind.
PROGRAM = {"code": "told", "name": "Told", "currency": "EUR", "zone": "Europe/Berlin", "region": "DE"}
# Addresses on the reader's side, and what SDKs alone ask for (see tests/flows/intake).
UNDOCUMENTED = {"POST /hooks", "GET /v1/projects/{write_key}/settings"}


def told(page: Path, pattern: re.Pattern[str]) -> list[str]:
    """Return what a page says of a kind, lines that go on joined."""
    text = re.sub(r" *\\\n *", " ", page.read_text())
    return [" ".join(found) if isinstance(found, tuple) else found for found in pattern.findall(text)]


def words_of(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # a quotation that goes on behind what ended the command
        return line.split()


def unknown_in(command: Any, words: list[str]) -> Iterator[str]:
    """Yield what of a line the command line does not know."""
    path = ["regulars"]
    while isinstance(command, TyperGroup):
        word = next((word for word in words if not word.startswith("-")), None)
        if word is None or not re.fullmatch(r"[a-z][a-z-]*", word):
            return  # `regulars points …`: a page that speaks of the group
        if word not in command.commands:
            yield f"{' '.join(path)} has no command {word}"
            return
        path.append(word)
        words = words[words.index(word) + 1 :]
        command = command.commands[word]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for word in words:
        name = word.split("=")[0].rstrip("].,")
        if re.fullmatch(r"\[?--[a-z][a-z-]*", name) and name.lstrip("[") not in known | EVERYWHERE:
            yield f"{' '.join(path)} has no option {name}"


@pytest.fixture(scope="module")
def command_line() -> Any:
    return typer.main.get_command(build())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path, command_line: Any) -> None:
    wrong = [
        f"{line.strip()}: {mistake}"
        for line in told(page, COMMAND)
        for mistake in unknown_in(command_line, words_of(line))
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(told(page, MAKE)) <= targets


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, list[str]]]:
    """(method, parts of the path) of every route."""
    paths = create_app(Settings()).openapi()["paths"]
    return [(verb.upper(), path.strip("/").split("/")) for path, verbs in paths.items() for verb in verbs]


def ends_like(path: list[str], told_parts: list[str]) -> bool:
    """Say whether a path ends as a page tells it: a parameter stands for anything, and is told as anything."""
    tail = path[-len(told_parts) :]
    return len(tail) == len(told_parts) and all(
        said == part or part.startswith("{") for said, part in zip(told_parts, tail, strict=True)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_routes_exist(page: Path, routes: list[tuple[str, list[str]]]) -> None:
    wrong = [
        line
        for line in told(page, ROUTE)
        if line not in UNDOCUMENTED
        and not any(
            method == line.split()[0] and ends_like(path, line.split()[1].strip("/").split("/"))
            for method, path in routes
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_can_be_read(page: Path) -> None:
    """Parts of a program's file are taken as they stand; other YAML (a template, say) is not looked at."""
    sections = {field.encode_name for field in msgspec.structs.fields(Document)}
    for block in BLOCK.findall(page.read_text()):
        written = yaml.safe_load(block)
        if isinstance(written, dict) and sections.issuperset(written):
            decode_document({"program": PROGRAM, **written})
