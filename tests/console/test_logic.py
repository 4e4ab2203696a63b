"""The console's logic without a browser: what stands in console/test, run by Vitest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[2] / "console"


def test_the_logic_of_the_console() -> None:
    if not (CONSOLE / "node_modules" / "vitest").exists() or not (CONSOLE / "src" / "api").exists():
        pytest.skip("The console is not built. Run 'make console'.")
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "true"}
    command = [str(tools / "npm"), "run", "--silent", "test"]
    done = subprocess.run(command, cwd=CONSOLE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
