"""Data files of ours."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def data_lines(package: str, name: str) -> list[str]:
    """The lines of a data file of a package, but for those that begin with ``#``."""
    lines = (files(package) / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def data_table(package: str, name: str) -> dict[str, Any]:
    """What stands in a TOML file of a package."""
    return tomllib.loads((files(package) / name).read_text(encoding="utf-8"))
