"""Takes what `make native` compiled into the wheel, which is then for this kind of machine and this Python alone.

Never compiles: a wheel built without `make native`, or after the sources changed, is plain Python and runs anywhere.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledModules(BuildHookInterface[Any]):
    """The hook that hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the libraries to a wheel; an editable installation runs what stands in src."""
        build = _build()
        libraries = [] if version == "editable" else build.up_to_date()
        if libraries:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            build_data["force_include"] |= {
                str(library): str(library.relative_to(build.OUTPUT)) for library in libraries
            }


def _build() -> ModuleType:
    # Hatchling runs this file by its path, so that its neighbour is no module that could be imported by name.
    spec = importlib.util.spec_from_file_location("native_build", Path(__file__).with_name("build.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
