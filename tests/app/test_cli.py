from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
import typer
import typer.main
from typer.core import TyperGroup

from regulars.app import commands
from regulars.app.cli import build, main
from regulars.app.menu import MENU, WORDS
from regulars.app.output import Exit, Output
from regulars.kit.errors import FieldError, Invalid, NotFound

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line with a home of its own; return exit code, output and errors."""
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out, shown.err

    return call


def test_without_a_command_it_explains_itself(run: Run) -> None:
    code, out, _ = run()
    assert code == Exit.USAGE
    assert "doctor" in out
    assert "Exit codes: 0 done" in out.replace("\n", " ")


def test_an_unknown_command_is_a_mistake_of_use(run: Run) -> None:
    code, _, errors = run("fly")
    assert code == Exit.USAGE
    assert "No such command 'fly'" in errors


def test_migrate_says_what_is_missing_applies_it_and_has_nothing_left(
    run: Run, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", empty_database_url)
    assert run("migrate", "--check")[:2] == (Exit.DIFFERENT, "0001_pre_initial.sql\n")
    code, out, errors = run("migrate")
    assert (code, out, errors) == (Exit.DONE, "Applied 1.\n", "applying 0001_pre_initial.sql\n")
    assert run("migrate", "--json") == (Exit.DONE, '{"applied":[]}\n', "")
    assert run("migrate", "--check") == (Exit.DONE, "Nothing to apply.\n", "")


def test_a_database_that_is_away_has_its_exit_code_and_says_where_to_look(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
    code, out, errors = run("migrate")
    assert (code, out) == (Exit.UNAVAILABLE, "")
    assert "regulars doctor" in errors
    code, _, errors = run("--json", "migrate")
    assert msgspec.json.decode(errors)["code"] == "database_unavailable"


def test_a_server_of_your_own_is_not_ours_to_stop(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
    code, _, errors = run("db", "stop")
    assert code == Exit.REFUSED
    assert "its own tools" in errors
    assert run("db", "url")[:2] == (Exit.DONE, "postgresql://nobody@127.0.0.1:1/x\n")


def test_an_embedded_server_that_does_not_run(run: Run) -> None:
    code, out, _ = run("db", "status", "--json")
    assert code == Exit.UNAVAILABLE
    assert msgspec.json.decode(out)["running"] is False
    assert run("db", "stop")[:2] == (Exit.DONE, "It was not running.\n")


def test_doctor_speaks_to_people_and_to_machines(
    run: Run, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", empty_database_url)
    code, out, _ = run("doctor")
    assert code == Exit.UNHEALTHY
    assert "migrations" in out
    code, out, _ = run("doctor", "--json")
    told = msgspec.json.decode(out)
    assert (code, told["healthy"]) == (Exit.UNHEALTHY, False)
    assert told["findings"][-1]["advice"] == "Run 'regulars migrate'."


def test_a_setting_that_is_not_valid_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PORT", "many")
    code, _, errors = run("doctor")
    assert code == Exit.USAGE
    assert "port: Input should be a valid integer" in errors


@pytest.mark.parametrize(
    "url", ["rubbish", "mysql://u:s3cret@localhost/db", "postgresql://u:s3cret@host:port/db"]
)
def test_a_database_url_that_is_none_is_refused_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", url)
    code, _, errors = run("migrate")
    assert code == Exit.USAGE
    assert "database_url" in errors
    assert "postgresql://user:password@host:5432/name" in errors.replace("\n", "")
    assert "s3cret" not in errors


def test_a_port_that_is_taken_is_a_refusal(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        code, out, errors = run("serve", "--port", str(other.getsockname()[1]))
    assert code == Exit.REFUSED
    assert "--port or REGULARS_PORT" in errors.replace("\n", " ")
    assert "serving on" not in out + errors


def test_a_program_that_is_no_text_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "program.yaml").write_bytes(b"program: \xff")
    code, _, errors = run("apply", "program.yaml")
    assert code == Exit.REFUSED
    assert "not text in UTF-8" in errors


def test_failpoints_are_listed(run: Run) -> None:
    _, out, _ = run("db", "failpoints", "--json")
    assert "after_migration_before_note" in [point["name"] for point in msgspec.json.decode(out)]


def test_refusals_have_stable_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = Invalid(errors=[FieldError(path="price", code="negative", message="Write 0 or more.")])
    assert [Output().refuse(refusal) for refusal in (NotFound(), wrong)] == [Exit.NOT_FOUND, Exit.REFUSED]
    assert "price: Write 0 or more." in capsys.readouterr().err


def test_quiet_leaves_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Output(quiet=True)
    quiet.say("loading")
    quiet.progress("half")
    quiet.result({"n": 1}, "one")
    assert capsys.readouterr() == ("one\n", "")


def _module(name: str) -> ModuleType:
    return import_module(f"{commands.__name__}.{name}")


def test_each_command_is_found_by_its_word_alone() -> None:
    """Only the modules of the given word are imported, so the menu must say exactly which add it."""
    folder = Path(commands.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")}
    listed = {module for known in WORDS.values() for module in known.modules}
    assert {name for name in modules if hasattr(_module(name), "register")} == listed
    assert _words(build()) == set(WORDS)
    for word, known in WORDS.items():
        assert word in _words(build(word)), word
        beside = {other for other, its in WORDS.items() if set(its.modules) & set(known.modules)}
        assert _words(build(word)) <= beside


def test_the_menu_says_what_the_commands_say_of_themselves() -> None:
    whole = typer.main.get_command(build())
    assert isinstance(whole, TyperGroup)
    own = {
        word: " ".join((command.help or "").split("\n\n")[0].split())
        for word, command in whole.commands.items()
    }
    assert own == {word: known.says for word, known in WORDS.items()}


def test_the_menu_is_printed_without_the_commands() -> None:
    """Help, a word that is none, and the words a shell completes take a second less than importing everything."""
    loaded = (
        "print(sorted(m for m in sys.modules if m.startswith('regulars.app.commands.')), file=sys.stderr)"
    )
    program = f"import sys\nfrom regulars.app.cli import main\ntry: main()\nfinally: {loaded}"

    def run(*words: str, **environment: str) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            env={**os.environ, "COLUMNS": "200", **environment},
            capture_output=True,
            text=True,
        )
        *said, last = done.stderr.splitlines()
        assert last == "[]", last
        return done.stdout, "\n".join(said)

    help_text, _ = run("--help")
    assert all(f" {word} " in help_text for word in WORDS)
    assert all(panel in help_text for panel in MENU)
    assert "Did you mean 'events'" in run("evnts")[1]
    completed, _ = run(_REGULARS_COMPLETE="complete_bash", COMP_WORDS="regulars ev", COMP_CWORD="1")
    assert completed.split() == ["events"]


def test_a_shell_completes_words_behind_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "regulars.app"],
        env={
            **os.environ,
            "_REGULARS_COMPLETE": "complete_bash",
            "COMP_WORDS": "regulars events ta",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["tail"]


def _words(app: typer.Typer) -> set[str]:
    groups = {group.name or "" for group in app.registered_groups}
    return groups | {
        found.name or getattr(found.callback, "__name__", "") for found in app.registered_commands
    }
