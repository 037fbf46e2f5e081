"""Data files of ours."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

from rag.types import Language


def data_lines(package: str, name: str) -> list[str]:
    """The lines of a data file of a package, but for those that begin with ``#``."""
    lines = (files(package) / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def data_rows(package: str, name: str) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file of a package."""
    return [json.loads(line) for line in data_lines(package, name)]


@cache
def data_table(package: str, name: str) -> dict[str, Any]:
    """What stands in a TOML file of a package."""
    return tomllib.loads((files(package) / name).read_text(encoding="utf-8"))


def wording(package: str, name: str, language: Language) -> Mapping[str, str]:
    """The product's own sentences in a language, by what they say, of a TOML file of a package."""
    return cast("Mapping[str, str]", data_table(package, name)[language])


def any_of(words: str) -> str:
    """A pattern of any of some words, between spaces: ``*`` is any ending, ``_`` a space."""
    return "|".join(
        re.escape(word).replace(r"\*", r"\w*").replace("_", " ") for word in words.split()
    )


@cache
def patterns(package: str, name: str) -> Mapping[str, str]:
    """The patterns of a data file by their kind, those of one kind as alternatives.

    A line is the kind, the pattern and an example of it, between tabs.
    """
    kinds: dict[str, list[str]] = {}
    for line in data_lines(package, name):
        kind, pattern, _example = line.split("\t")
        kinds.setdefault(kind, []).append(pattern)
    return {kind: "|".join(those) for kind, those in kinds.items()}
