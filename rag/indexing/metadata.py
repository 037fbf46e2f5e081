"""What a passage is about, in plain values: what Chroma keeps beside its words and vector."""

from __future__ import annotations

from rag.types import Passage, Transcript

Metadata = dict[str, str | int]


def passage_metadata(passage: Passage, transcript: Transcript) -> Metadata:
    """Where a passage stands, who says it and in which transcript.

    Names are those of ``hetao search --json``; ``publisher``, ``url``, ``exchange`` and ``day``
    come in addition. Texts are "" where there is none. ``day`` is the date as a number such as
    20230905, for Chroma compares nothing else; it is left out where there is no date, as is
    ``exchange`` of what nobody asked for.
    """
    about: Metadata = {
        "transcript_id": passage.transcript_id,
        "title": passage.title,
        "publisher": transcript.publisher,
        "url": transcript.address_at(passage.page, passage.start),
        "date": passage.date.isoformat() if passage.date else "",
        "page": passage.page,
        "turn": passage.turn,
        "speaker": passage.speaker,
        "role": passage.role,
        "start": passage.start,
        "end": passage.end,
    }
    if passage.date:
        about["day"] = int(passage.date.strftime("%Y%m%d"))
    if passage.exchange is not None:
        about["exchange"] = passage.exchange
    return about
