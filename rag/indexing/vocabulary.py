"""Who speaks in a corpus, and which names are written in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions.names import NAME
from rag.types import Passage


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is learnt from a corpus: plain values, so that an index can store them.

    ``names`` are those in Latin letters, ``people`` the speakers who are no reporters.
    """

    names: tuple[str, ...]
    people: tuple[str, ...]
    outlets: tuple[str, ...]


def learn(passages: Sequence[Passage]) -> Vocabulary:
    """The vocabulary of a corpus."""
    texts = [f"{p.speaker}: {p.text}" for p in passages]
    texts.extend(dict.fromkeys(p.title for p in passages))
    speakers = dict.fromkeys((p.speaker, p.role == "reporter") for p in passages if p.speaker)
    return Vocabulary(
        names=tuple(dict.fromkeys(name for text in texts for name in NAME.findall(text))),
        people=tuple(dict.fromkeys(name for name, asks in speakers if not asks)),
        outlets=tuple(dict.fromkeys(name for name, asks in speakers if asks)),
    )
