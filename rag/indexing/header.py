"""What an index was made of: its header, by which one is told from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from rag.settings import Settings

# Raise it when a change to parsing, cutting, tokenising or storing makes old indexes wrong.
FORMAT = 8


@dataclass(frozen=True, slots=True)
class Recipe:
    """Whatever makes two indexes over the same files different."""

    format: int
    embedder: str
    passage_tokens: int
    question_context: bool

    @classmethod
    def of(cls, settings: Settings, embedder_id: str) -> Recipe:
        """The recipe that these settings ask for."""
        return cls(FORMAT, embedder_id, settings.passage_tokens, settings.question_context)


@dataclass(frozen=True, slots=True)
class Header:
    """What an index was made of. ``files`` maps each file to the SHA-256 of what was read."""

    recipe: Recipe
    files: Mapping[str, str]
    passages: int
    fingerprint: str


def fingerprint(recipe: Recipe, files: Mapping[str, str], transcripts: bytes) -> str:
    """One hash over settings, model, files and what was read of them (the manifest included)."""
    parts = json.dumps([asdict(recipe), dict(sorted(files.items()))]).encode()
    return hashlib.sha256(parts + b"\0" + transcripts).hexdigest()
