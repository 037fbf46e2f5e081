"""Questions that the corpus itself suggests: the manifest's, and what the reporters asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rag.questions.question import leans_on_history
from rag.text.language import detect_language
from rag.text.sentences import split_sentences
from rag.types import Language, Transcript

_MAX_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be offered.

    ``exchange`` is where a reporter asked it, None for one of the manifest's.
    """

    text: str
    language: Language
    transcript_id: str
    exchange: int | None = None


def candidates(transcripts: Sequence[Transcript]) -> tuple[Candidate, ...]:
    """The questions that may make sense alone, each text once; the transcripts take turns.

    Those of the manifest come first in each. A reporter's sentence that points back at something
    said before it, or goes on from it, is left out.
    """
    mixed = zip_longest(*map(_of_transcript, transcripts))
    distinct: dict[str, Candidate] = {}
    for candidate in (each for turn in mixed for each in turn if each):
        distinct.setdefault(candidate.text.casefold(), candidate)
    return tuple(distinct.values())


def _of_transcript(transcript: Transcript) -> Iterable[Candidate]:
    for text in transcript.questions:
        yield Candidate(text, detect_language(text), transcript.id)
    for text, exchange in _asked(transcript):
        if (
            text.endswith(("?", "？"))
            and len(text) <= _MAX_CHARACTERS
            and not leans_on_history(text)
        ):
            yield Candidate(text, detect_language(text), transcript.id, exchange)


def _asked(transcript: Transcript) -> Iterator[tuple[str, int | None]]:
    """The reporters' sentences, each on one line, with the number of the exchange."""
    for turn in transcript.turns:
        for block in turn.blocks if turn.role == "reporter" else ():
            for start, end in split_sentences(transcript.text, block.start, block.end):
                yield " ".join(transcript.text[start:end].split()), turn.exchange
