"""The repository as a whole: finished, true, and at home on any machine."""

from __future__ import annotations

import re

import typer.main
from tests.conftest import RANKS, TESTS
from tests.shape import checks
from tests.shape.repository import ROOT, files, make_targets, read
from tests.shape.test_code import report

from regulars.app.cli import build

# Targets whose command is still to come, by name; this list only shrinks.
AWAITED: frozenset[str] = frozenset()
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")


def command_names() -> frozenset[str]:
    app = typer.main.get_command(build())
    return frozenset(getattr(app, "commands", {}))


def test_commands_in_documents_exist() -> None:
    documents = [path for path in files() if path in DOCUMENTS or path.startswith("docs/")]
    targets, commands = make_targets(), command_names()
    report(
        line for path in documents for line in checks.unknown_commands(path, read(path), targets, commands)
    )


def test_commands_in_the_makefile_exist() -> None:
    called = set(re.findall(r"\$\(BIN\)/regulars ([a-z-]+)", read("Makefile")))
    known = command_names()
    report(
        f"The Makefile calls 'regulars {name}', which does not exist." for name in called - known - AWAITED
    )
    report(
        f"'regulars {name}' is here. Remove it from AWAITED: the list only shrinks."
        for name in AWAITED & known
    )


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in files():
        if path.endswith(".md"):
            for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", read(path)):
                if not ((ROOT / path).parent / target).exists():
                    broken.append(f"{path} links to {target}, which does not exist.")
    report(broken)


def test_nothing_is_left_unfinished() -> None:
    report(line for path in files() for line in checks.unfinished(path, read(path)))


def test_nothing_names_a_host_of_packages_or_a_folder_of_one_machine() -> None:
    report(line for path in files() for line in checks.foreign_places(path, read(path)))


def test_every_target_explains_itself() -> None:
    silent = [
        name for name in make_targets() if not re.search(rf"^{name}:.*## ", read("Makefile"), re.MULTILINE)
    ]
    report(f"The target {name!r} of the Makefile has no '## …' for make help." for name in silent)


def test_dependencies_are_pinned_and_locked_without_hosts() -> None:
    pins = re.findall(r'"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^"]+)"', read("pyproject.toml"))
    assert len(pins) > 20
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ \n]+)", read("requirements-dev.lock"), re.MULTILINE))
    wrong = [
        f"{name}=={version}"
        for name, version in pins
        if locked.get(name.lower().replace("_", "-")) != version
    ]
    assert not wrong, f"Not in requirements-dev.lock: {', '.join(wrong)}. Run 'make lock'."


def test_the_files_that_begin_early_are_there() -> None:
    report(
        f"RANKS in tests/conftest.py names {name}, which is not there: take it out."
        for name in RANKS
        if not (TESTS / name).is_file()
    )
