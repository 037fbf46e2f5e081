from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.gold import speaker_at
from eval.studies.peer_chunks import CHUNK_CHARACTERS, chroma_rank, cut_chunks
from eval.studies.peers import TOP, Peer, build_peers
from rag.settings import Settings
from rag.types import Filters, Range, Transcript

FILLER = "The pier was painted. " * 70


@pytest.fixture
def long_briefing(make: Callable[..., Transcript]) -> Transcript:
    return make(
        ("Lin Mei", "moderator", "The floor is open."),
        ("Daily Times", "reporter", "When is the harbour opening?"),
        ("Chen Tao", "official", f"The harbour opening is in May. {FILLER}"),
        ("Wu Lan", "official", f"{FILLER}The park hosts two university laboratories. 大学很好。"),
    )


def test_chunks_are_verbatim_small_and_know_who_says_each_sentence(
    long_briefing: Transcript,
) -> None:
    chunks = list(cut_chunks([long_briefing]))
    assert len(chunks) >= 4
    for chunk in chunks:
        whole = chunk.whole
        assert long_briefing.text[whole.start : whole.end] == whole.text
        assert len(whole.text) <= CHUNK_CHARACTERS
        for part in chunk.parts:
            assert whole.start <= part.start < part.end <= whole.end
            assert speaker_at(long_briefing, Range(part.start, part.end)) == part.speaker
    assert {part.speaker for chunk in chunks for part in chunk.parts} == {
        "Lin Mei", "Daily Times", "Chen Tao", "Wu Lan",
    }  # fmt: skip


def test_a_peer_retrieves_and_answers_from_its_chunks(
    long_briefing: Transcript, word_embedder: Any, tmp_path: Path
) -> None:
    chunks = list(cut_chunks([long_briefing]))
    rank = chroma_rank(chunks, word_embedder, tmp_path)
    peer = Peer([long_briefing], chunks, rank, word_embedder, 3)
    found = peer.search("Which university is in the park?", 20, Filters(), ())
    assert "two university laboratories" in found.hits[0].passage.text
    assert len(found.hits) == len(chunks)
    answer = peer.ask("Which university is in the park?", (), Filters())
    assert answer.status == "answered"
    assert answer.citations[0].speaker == "Wu Lan"
    quote = answer.citations[0].quote
    assert quote.startswith("The park hosts two university laboratories.")
    assert quote == long_briefing.text[answer.citations[0].start : answer.citations[0].end]
    assert 0 < answer.timings_ms["retrieve"] <= answer.timings_ms["total"]


def test_a_peer_keeps_to_the_transcripts_it_is_asked_about(
    make: Callable[..., Transcript], word_embedder: Any, tmp_path: Path
) -> None:
    both = [
        make(("Chen Tao", "official", f"The {what} is large."), id_=what)
        for what in ("harbour", "park")
    ]
    chunks = list(cut_chunks(both))
    peer = Peer(both, chunks, chroma_rank(chunks, word_embedder, tmp_path), word_embedder, 3)
    hits = peer.search("The harbour?", TOP, Filters(transcripts=("park",)), ()).hits
    assert {hit.passage.transcript_id for hit in hits} == {"park"}


@pytest.mark.model
@pytest.mark.slow
def test_both_peers_answer_with_the_real_model(
    long_briefing: Transcript, settings: Settings, tmp_path: Path
) -> None:
    pytest.importorskip("txtai", reason="txtai is not installed")
    for name, peer in build_peers([long_briefing], settings, tmp_path).items():
        hits = peer.search("Who hosts laboratories?", 20, Filters(), ()).hits
        assert "laboratories" in hits[0].passage.text, name
        assert peer.ask("Who hosts laboratories?", (), Filters()).citations, name
        other = Filters(transcripts=("elsewhere",))
        assert peer.search("Who hosts laboratories?", 20, other, ()).hits == ()
