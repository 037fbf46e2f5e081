"""Questions to start with, taken from what the reporters asked."""

from __future__ import annotations

from collections.abc import Sequence

from rag.text.sentences import split_sentences
from rag.types import Transcript

_MIN_WORDS, _MAX_CHARACTERS = 5, 160


def example_questions(transcripts: Sequence[Transcript], count: int) -> tuple[str, ...]:
    """At most ``count`` of the reporters' own questions, the transcripts taken in turn."""
    asked = [_questions(transcript) for transcript in transcripts]
    longest = max((len(questions) for questions in asked), default=0)
    mixed = [questions[i] for i in range(longest) for questions in asked if i < len(questions)]
    return tuple(dict.fromkeys(mixed))[:count]


def _questions(transcript: Transcript) -> list[str]:
    found = []
    for turn in transcript.turns:
        if turn.role != "reporter":
            continue
        for block in turn.blocks:
            for start, end in split_sentences(transcript.text, block.start, block.end):
                sentence = " ".join(transcript.text[start:end].split())
                long_enough = len(sentence.split()) >= _MIN_WORDS or not sentence.isascii()
                if (
                    sentence.endswith(("?", "？"))
                    and long_enough
                    and len(sentence) <= _MAX_CHARACTERS
                ):
                    found.append(sentence)
    return found
