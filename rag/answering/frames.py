"""The words in which a quote is told: who said, asked or replied it, in the question's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rag.text.data_file import wording
from rag.text.language import spaced
from rag.types import Draft, DraftKind, Language, ScoredSentence, shown_speaker

# In an outline a question and its answer follow one another; beside other quotes it is said of a
# question that it is one.
Frame = Literal["said", "asked", "replied", "outlined_asked", "outlined_replied"]

_FRAMES = "rag.answering", "frames.toml"


def framed(frame: Frame, speaker: str, words: str, language: Language) -> str:
    """Words of a speaker between quotation marks, with who says them."""
    name = spaced(shown_speaker(speaker, language), language)
    told = wording(*_FRAMES, language)[frame]
    return told.format(speaker=name, quote=quoted(words, language)).strip()


def quoting(
    run: Sequence[ScoredSentence], frame: Frame, kind: DraftKind, language: Language
) -> Draft:
    """The draft that quotes sentences of one passage that follow each other."""
    passage = run[0].passage
    words = passage.text[run[0].range.start - passage.start : run[-1].range.end - passage.start]
    return Draft(framed(frame, passage.speaker, words, language), tuple(run), kind)


def is_bare_quote(text: str, speaker: str, quote: str, language: Language) -> bool:
    """Whether a claim says no more than that somebody said these words."""
    return text == framed("said", speaker, quote, language)


def quoted(words: str, language: Language) -> str:
    """Words between the quotation marks of a language."""
    return wording(*_FRAMES, language)["quoted"].format(words)
