"""Compiles the hot path: every module with a `.pxd` beside it becomes a C extension, by Cython. `make native`.

The result is the whole package under build/native, beside its Python, to be put in front of it (`PYTHONPATH`) or into
a wheel. The Python that stands in src is what is compiled, and what runs where nothing was: there is no second
source. Only what changed is compiled again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "regulars"
MIGRATIONS = ROOT / "migrations"
OUTPUT = ROOT / "build" / "native"
# Exit code when it cannot be done here: no compiler, or no headers of Python.
NOT_HERE = 75
# Annotations say what people and mypy read; what the compiler may rely on stands in the .pxd files alone.
DIRECTIVES = ("language_level=3", "annotation_typing=False", "binding=True")
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def main() -> int:
    """Bring build/native up to date; return the exit code."""
    compiler = compiler_command()
    if compiler is None:
        print(
            "No C compiler or no headers of Python here; the plain Python runs, at about four fifths of the speed."
        )
        print("On Debian: apt-get install gcc python3-dev")
        return NOT_HERE
    mirror()
    due = [module for module in modules() if is_due(module, compiler)]
    if due:
        print(f"compiling {len(due)} modules of the hot path (a minute or two the first time)")
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            list(pool.map(lambda module: compile_module(module, compiler), due))
    check()
    return 0


def compiler_command() -> list[str] | None:
    """Return the command that makes a shared library of a C file; None where there is none."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    include = sysconfig.get_path("include")
    if shutil.which(command[0]) is None or not Path(include, "Python.h").exists():
        return None
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    return [
        *command,
        *shared,
        "-O2",
        "-fPIC",
        "-fwrapv",
        "-w",
        "-DNDEBUG",
        "-DCYTHON_WITHOUT_ASSERTIONS",
        f"-I{include}",
    ]


def modules() -> list[Path]:
    """Return what is compiled, as files under build/native."""
    return sorted(
        OUTPUT / path.relative_to(SOURCE.parent).with_suffix(".py") for path in SOURCE.rglob("*.pxd")
    )


def mirror() -> None:
    """Let build/native hold what src holds, as an installed package would, and nothing that src no longer has."""
    copies = {OUTPUT / path.relative_to(SOURCE.parent): path for path in SOURCE.rglob("*")}
    copies |= {OUTPUT / "regulars" / path.relative_to(ROOT): path for path in MIGRATIONS.rglob("*")}
    copies = {
        copy: path for copy, path in copies.items() if path.is_file() and "__pycache__" not in path.parts
    }
    for copy, path in copies.items():
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    built = {made for module in modules() for made in made_of(module)}
    for path in OUTPUT.rglob("*"):
        if path.is_file() and path not in copies.keys() | built and "__pycache__" not in path.parts:
            path.unlink()


def made_of(module: Path) -> tuple[Path, Path]:
    """Return the library of a module, and the digest of what it was made from."""
    library = module.with_suffix("").with_name(module.stem + SUFFIX)
    return library, library.with_name(library.name + ".sum")


def digest(module: Path, compiler: list[str]) -> str:
    """Return one digest of all that a library depends on: its source, what is declared for it, the tools."""
    sums = hashlib.sha256(repr((sys.version, compiler, DIRECTIVES)).encode())
    for path in [module, Path(__file__), *sorted(declarations(module.with_suffix(".pxd"), set()))]:
        sums.update(path.read_bytes())
    return sums.hexdigest()


def declarations(declared: Path, found: set[Path]) -> set[Path]:
    """Return a `.pxd` and those that it takes from, added to `found`."""
    if declared not in found and declared.exists():
        found.add(declared)
        for name in re.findall(r"^from (regulars\S+) cimport ", declared.read_text(), re.MULTILINE):
            declarations(OUTPUT.joinpath(*name.split(".")).with_suffix(".pxd"), found)
    return found


def is_due(module: Path, compiler: list[str]) -> bool:
    """Say whether a module has to be compiled."""
    library, made_from = made_of(module)
    return not library.exists() or not made_from.exists() or made_from.read_text() != digest(module, compiler)


def up_to_date() -> list[Path]:
    """Return the libraries when all of them are made from what src holds now, else none."""
    compiler = compiler_command()
    same = all((OUTPUT / path.relative_to(SOURCE.parent)).exists() for path in SOURCE.rglob("*.pxd")) and all(
        module.exists() and module.read_bytes() == (SOURCE.parent / module.relative_to(OUTPUT)).read_bytes()
        for module in modules()
    )
    if compiler is None or not same or any(is_due(module, compiler) for module in modules()):
        return []
    return [made_of(module)[0] for module in modules()]


def compile_module(module: Path, compiler: list[str]) -> None:
    """Compile one module."""
    library, made_from = made_of(module)
    text = module.with_suffix(".c")
    directives = [word for directive in DIRECTIVES for word in ("-X", directive)]
    translate = [
        sys.executable,
        "-m",
        "cython",
        *directives,
        "-o",
        str(text),
        str(module.relative_to(OUTPUT)),
    ]
    run(translate)
    # Beside the old one and then in its place: a process that runs goes on with what it has.
    fresh = library.with_suffix(".new")
    run([*compiler, "-o", str(fresh), str(text)])
    fresh.replace(library)
    text.unlink()
    made_from.write_text(digest(module, compiler))


def run(command: list[str]) -> None:
    """Run a command in build/native. Ends the build with what it said when it fails."""
    done = subprocess.run(command, cwd=OUTPUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def check() -> None:
    """Import every compiled module; end the build when one of them is still Python."""
    names = [".".join(path.relative_to(OUTPUT).with_suffix("").parts) for path in modules()]
    lines = "import importlib, sys; [print(importlib.import_module(name).__file__) for name in sys.argv[1:]]"
    environment = os.environ | {"PYTHONPATH": str(OUTPUT)}
    done = subprocess.run(
        [sys.executable, "-c", lines, *names], env=environment, capture_output=True, text=True, check=False
    )
    plain = [line for line in done.stdout.splitlines() if line.endswith(".py")]
    if done.returncode or plain:
        raise SystemExit(f"The compiled hot path cannot be imported: {plain or done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
