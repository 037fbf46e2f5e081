"""What the product says where there is no answer, or beside one, in the question's language."""

from __future__ import annotations

from rag.text.data_file import wording
from rag.types import Language


def notice(name: str, language: Language) -> str:
    """The words of ``notices.toml`` by their name."""
    return wording("rag.answering", "notices.toml", language)[name]
