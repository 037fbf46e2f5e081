"""The retriever over the real Chroma and BM25, with a meaning that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from rag.indexing.index import Index, open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.search.retrieval import Retriever
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Filters, Transcript

EVERYTHING = Filters()


@pytest.fixture
def index(
    briefing: Transcript, make: Any, settings: Settings, word_embedder: Any
) -> Iterator[Index]:
    undated = make(
        ("Chen Tao", "official", "The budget of the harbour has doubled."), id_="undated", day=None
    )
    later = make(
        ("Wu Lan", "official", "The zeppelin mast is cancelled."),
        id_="later", day=date(2025, 1, 1),
    )  # fmt: skip
    corpus = Corpus((briefing, undated, later), {"a.txt": "1"}, (), ())
    ingest(corpus, settings, word_embedder)
    index = open_index(settings, word_embedder.id)
    yield index
    index.close()


@pytest.fixture
def retriever(index: Index, word_embedder: Any) -> Retriever:
    return Retriever(index, word_embedder, dense_weight=0.5)


def search(retriever: Retriever, text: str, filters: Filters = EVERYTHING, k: int = 3) -> Any:
    return retriever.search(understand(text), k, filters)


def test_the_passage_that_means_and_says_it_comes_first(retriever: Retriever) -> None:
    best = search(retriever, "What laboratories does the park have for a university?")[0]
    assert best.passage.speaker == "Wu Lan"
    assert "two university laboratories" in best.passage.text


def test_a_word_that_the_embedder_does_not_know_is_found_by_bm25(
    retriever: Retriever, word_embedder: Any
) -> None:
    assert "zeppelin" not in word_embedder.WORDS
    best = search(retriever, "zeppelin cancelled")[0]
    assert best.passage.text == "The zeppelin mast is cancelled."


def test_scores_fall_and_no_more_than_asked_for_come_back(retriever: Retriever) -> None:
    hits = search(retriever, "harbour budget", k=4)
    scores = [hit.score for hit in hits]
    assert len(hits) == 4
    assert scores == sorted(scores, reverse=True)


def test_more_than_there_are_gives_each_passage_once(retriever: Retriever, index: Index) -> None:
    ids = [hit.passage.id for hit in search(retriever, "harbour", k=100)]
    assert sorted(ids) == sorted(passage.id for passage in index.passages)


def test_a_chinese_question_over_english_text_is_answered_by_meaning(retriever: Retriever) -> None:
    best = search(retriever, "港口大学？")[0]
    assert "大学" in best.passage.text


@pytest.mark.parametrize(
    ("filters", "speakers", "transcripts"),
    [
        (Filters(speakers=("Wu Lan",)), {"Wu Lan"}, {"event", "later"}),
        (Filters(roles=("reporter",)), {"Daily Times", "City TV"}, {"event"}),
        (Filters(transcripts=("undated",)), {"Chen Tao"}, {"undated"}),
        (Filters(since=date(2025, 1, 1)), {"Wu Lan"}, {"later"}),
        (Filters(until=date(2024, 12, 31), roles=("official",)), {"Chen Tao", "Wu Lan"}, {"event"}),
        (Filters(since=date(2024, 3, 1), until=date(2024, 3, 1), speakers=("Chen Tao",)),
         {"Chen Tao"}, {"event"}),
    ],
)  # fmt: skip
def test_a_filter_leaves_exactly_what_it_names(
    retriever: Retriever, filters: Filters, speakers: set[str], transcripts: set[str]
) -> None:
    hits = search(retriever, "When is the harbour opening?", filters, k=100)
    assert {hit.passage.speaker for hit in hits} == speakers
    assert {hit.passage.transcript_id for hit in hits} == transcripts


def test_filters_that_leave_nothing_give_no_evidence(retriever: Retriever) -> None:
    nothing = Filters(since=date(2030, 1, 1))
    assert search(retriever, "harbour", nothing) == ()
    evidence = retriever.gather(understand("harbour"), nothing)
    assert (evidence.hits, evidence.sentences, evidence.confidence) == ((), (), 0.0)


def test_the_sentence_that_answers_comes_first(retriever: Retriever) -> None:
    evidence = retriever.gather(understand("What is the budget in billion yuan?"), EVERYTHING)
    said = [s for s in evidence.sentences if s.passage.role == "official"]
    assert said[0].text == "The budget is 3.5 billion yuan."
    assert 0 < evidence.confidence < 1


def test_every_sentence_of_the_evidence_is_verbatim(retriever: Retriever, index: Index) -> None:
    evidence = retriever.gather(understand("harbour park university"), EVERYTHING)
    assert evidence.sentences
    for sentence in evidence.sentences:
        text = index.transcripts[sentence.passage.transcript_id].text
        assert sentence.text == text[sentence.range.start : sentence.range.end]


def test_a_courtesy_is_no_evidence_however_near_it_is(retriever: Retriever) -> None:
    evidence = retriever.gather(understand("Welcome?"), EVERYTHING)
    assert any("Welcome." in hit.passage.text for hit in evidence.hits)
    assert "Welcome." not in [sentence.text for sentence in evidence.sentences]


def test_the_same_question_gives_the_same_evidence(retriever: Retriever) -> None:
    question = understand("Is the budget of the park larger than that of the harbour?")
    assert retriever.gather(question, EVERYTHING) == retriever.gather(question, EVERYTHING)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_either_side_alone_still_ranks(index: Index, word_embedder: Any, weight: float) -> None:
    hits = search(Retriever(index, word_embedder, weight), "What is the budget of the harbour?")
    assert "budget" in hits[0].passage.text


def test_copies_of_a_page_are_found_once_and_each_by_its_own_transcript(
    make: Any, settings: Settings, word_embedder: Any
) -> None:
    words = "The harbour has a budget of two million."
    desktop = make(("Chen Tao", "official", words), id_="desktop")
    mobile = make(("Chen Tao", "official", words.replace(" ", "  ")), id_="mobile")
    other = make(("Wu Lan", "official", words), id_="other")
    ingest(Corpus((desktop, mobile, other), {"a.txt": "1"}, (), ()), settings, word_embedder)
    index = open_index(settings, word_embedder.id)
    retriever = Retriever(index, word_embedder, dense_weight=0.5)
    found = search(retriever, "What is the budget of the harbour?", k=10)
    assert sorted(hit.passage.speaker for hit in found) == ["Chen Tao", "Wu Lan"]
    alone = search(
        retriever, "What is the budget of the harbour?", Filters(transcripts=("mobile",))
    )
    assert [hit.passage.transcript_id for hit in alone] == ["mobile"]
    index.close()


def test_a_question_for_what_an_outlet_said_is_answered_in_its_own_words(
    make: Any, settings: Settings, word_embedder: Any
) -> None:
    briefing = make(
        ("Harbour Post", "reporter", "It is said that the budget of the harbour was cut."),
        ("Chen Tao", "official", "The budget of the harbour was not cut at all."),
    )
    ingest(Corpus((briefing,), {"a.txt": "1"}, (), ()), settings, word_embedder)
    index = open_index(settings, word_embedder.id)
    retriever = Retriever(index, word_embedder, dense_weight=0.5)
    claimed = retriever.gather(
        understand("What did the Harbour Post claim about the budget of the harbour?"), EVERYTHING
    )
    assert claimed.question.about_asking
    assert claimed.sentences[0].passage.role == "reporter"
    officials = retriever.gather(claimed.question, Filters(roles=("official",)))
    assert officials.sentences
    assert officials.confidence == 0.0
    replied = retriever.gather(
        understand("What did Chen Tao reply to the Harbour Post about the budget?"), EVERYTHING
    )
    assert not replied.question.about_asking
    assert replied.sentences[0].passage.role == "official"
    index.close()


def test_a_question_about_what_nobody_spoke_of_is_refused_by_name(
    retriever: Retriever, index: Index
) -> None:
    known = retriever.gather(understand("What is the budget of the harbour?"), EVERYTHING)
    asked = retriever.gather(
        understand("What is the budget of the harbour of Atlantis?"), EVERYTHING
    )
    assert known.confidence > 0
    assert asked.confidence < known.confidence
    assert asked.reason == "Nowhere do the transcripts mention “Atlantis”."
    # Who published it is known, though nobody says so, and so is what it is called.
    (publisher,) = {t.publisher for t in index.transcripts.values()}
    told = retriever.gather(
        understand(f"What is the budget of the harbour, as told by the {publisher}?"), EVERYTHING
    )
    assert told.confidence == known.confidence
