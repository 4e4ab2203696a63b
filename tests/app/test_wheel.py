"""What is installed from a wheel works without a checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
LIST = (
    "from regulars.infra.db.migrate import load_migrations; import regulars; "
    "print(regulars.__file__, *(m.name for m in load_migrations()))"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(folder / built.stdout.split()[-1]) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_an_installed_package_finds_its_migrations(installed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIST],
        cwd=installed,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    where, *names = done.stdout.split()
    assert Path(where).is_relative_to(installed)
    assert names == [file.name for file in sorted((ROOT / "migrations").glob("*.sql"))]


def test_a_wheel_holds_all_sql_and_no_tests(installed: Path) -> None:
    wanted = {file.relative_to(ROOT / "src") for file in (ROOT / "src").rglob("*.sql")}
    assert wanted <= {file.relative_to(installed) for file in installed.rglob("*.sql")}
    assert {entry.name.split("-")[0] for entry in installed.iterdir()} == {"regulars"}
