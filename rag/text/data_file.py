"""Data files of ours that are read line by line."""

from __future__ import annotations

from importlib.resources import files


def data_lines(package: str, name: str) -> list[str]:
    """The lines of a data file of a package, but for those that begin with ``#``."""
    lines = (files(package) / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
