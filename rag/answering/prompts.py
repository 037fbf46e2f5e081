"""The prompts: files of the folder ``prompts``, filled strictly, one version for all."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from rag.types import Language

LANGUAGE_NAMES: dict[Language, str] = {
    "en": "English",
    "zh-Hans": "Simplified Chinese (简体中文)",
    "zh-Hant": "Traditional Chinese (繁體中文)",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# What the prompts mark their own parts with, as <passages> and [1], and models their turns, as
# <|im_start|> and [INST].
_MARKS = str.maketrans({"[": "(", "]": ")", "【": "(", "】": ")", "<": "‹", ">": "›", "|": "/"})


class Prompt(NamedTuple):
    """What a model is told: ``system`` the same for many questions, ``user`` at the end."""

    system: str
    user: str


def fill(name: str, **values: str) -> str:
    """The prompt ``name`` with a value for each of its ``{placeholders}``.

    Raises ValueError that names a placeholder without a value or a value without a placeholder.
    Values are put in once: braces in them stay as they are.
    """
    text = _read(name)
    wanted, given = set(_PLACEHOLDER.findall(text)), set(values)
    if wanted != given:
        raise ValueError(
            f"The prompt {name!r} cannot be filled: without a value {sorted(wanted - given)}, "
            f"without a placeholder {sorted(given - wanted)}."
        )
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


@lru_cache(maxsize=1)
def version() -> str:
    """A hash over all prompts: what was written under another one is out of date."""
    folder = files("rag.answering") / "prompts"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".txt"))
    whole = "\0".join(f"{name}\0{(folder / name).read_text('utf-8')}" for name in names)
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def as_data(text: str) -> str:
    """Text of a transcript, a user or a model as one line that no mark of a prompt is in.

    Nothing of it can begin a line, number a sentence or end a part, and nothing is invisible.
    """
    visible = "".join(
        char
        for char in unicodedata.normalize("NFC", text).translate(_MARKS)
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    return " ".join(visible.split())


def _read(name: str) -> str:
    return (files("rag.answering") / "prompts" / f"{name}.txt").read_text("utf-8").strip()
