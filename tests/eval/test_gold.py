from __future__ import annotations

from dataclasses import replace

import pytest

from eval.gold import Locator, QuoteError, speaker_at
from eval.records import EvidenceLine, Span
from eval.retrieval import hit_gains
from rag.indexing.passages import cut_passages
from rag.types import Page, Range, Transcript, Turn


def find(source: Transcript, quote: str, **where: object) -> list[str]:
    gold = Locator([source]).locate(EvidenceLine(quote=quote, **where))  # type: ignore[arg-type]
    return [source.text[start:end] for _, start, end in gold.spans]


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("five halls", "five halls"),
        ("five\n  halls", "five halls"),
        ("opens in 2028.", "opens in 2028 ."),
        ("halls.The bridge", "halls. The bridge"),
        ("园区 有三条\n线路。", "园区有三条线路。"),
    ],
)
def test_a_quote_is_found_whatever_its_white_space(
    transcript: Transcript, quote: str, words: str
) -> None:
    assert find(transcript, quote) == [words]


@pytest.mark.parametrize(
    "quote", ["ive halls", "five hal", "202", "Five halls", "It has six halls."]
)
def test_half_words_and_other_words_are_not_found(transcript: Transcript, quote: str) -> None:
    with pytest.raises(QuoteError, match="not found"):
        find(transcript, quote)


def test_every_occurrence_counts(transcript: Transcript) -> None:
    assert find(transcript, "The") == ["The", "The", "The"]


def test_transcript_page_and_speaker_narrow_the_search(transcript: Transcript) -> None:
    assert len(find(transcript, "The", page=1)) == 2
    assert len(find(transcript, "The", page=2)) == 1
    assert len(find(transcript, "The", speaker="Li Wen")) == 1
    for name in ("harbour", "harbour-p1.txt", "harbour-p1"):
        assert len(find(transcript, "The", transcript=name)) == 3


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"transcript": "ferry"}, 'no transcript "ferry"'),
        ({"page": 9}, "no page 9"),
        ({"page": 2}, "not found"),
        ({"speaker": "Zhou An"}, 'is by "Li Wen", not by "Zhou An"'),
    ],
)
def test_a_quote_somewhere_else_is_a_fault(
    transcript: Transcript, where: dict[str, object], says: str
) -> None:
    with pytest.raises(QuoteError, match=says):
        find(transcript, "five halls", **where)


def test_a_quote_across_turns_is_by_no_one_speaker(transcript: Transcript) -> None:
    across = transcript.text[transcript.turns[0].start : transcript.turns[1].end]
    with pytest.raises(QuoteError, match="is by no one speaker"):
        find(transcript, across, speaker="Li Wen")


def test_a_huge_quote_is_a_fault_and_not_a_crash(transcript: Transcript) -> None:
    with pytest.raises(QuoteError):
        find(transcript, "five halls " * 1800)


def test_words_in_furniture_inside_a_turn_have_no_speaker() -> None:
    text = "One. [Photo] Two."
    turn = Turn(1, "Li Wen", "official", 1, (Range(0, 4), Range(13, 17)))
    page = Page(1, "t.txt", "", 0, len(text))
    transcript = Transcript("t", "T", None, "", "", text, (page,), (turn,))
    assert speaker_at(transcript, Range(13, 17)) == "Li Wen"
    assert speaker_at(transcript, Range(5, 12)) is None
    assert speaker_at(replace(transcript, turns=()), Range(0, 4)) is None


@pytest.mark.parametrize("quote", ["It has five halls.", "five halls. The bridge opens in 2028."])
def test_gold_stays_valid_however_passages_are_cut(transcript: Transcript, quote: str) -> None:
    gold = Locator([transcript]).locate(EvidenceLine(quote=quote, speaker="Li Wen"))
    cuts = set()
    for max_tokens in (3, 6, 50):
        passages = list(
            cut_passages(transcript, max_tokens=max_tokens, count_tokens=lambda t: len(t.split()))
        )
        spans = [Span(passage.transcript_id, passage.start, passage.end) for passage in passages]
        gains = hit_gains([gold], spans, {transcript.id: transcript.text})
        assert sum(gains) == 1
        cuts.add((len(passages), gains.index(1)))
    assert len(cuts) == 3
