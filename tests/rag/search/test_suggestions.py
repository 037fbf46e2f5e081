"""Which questions are offered to begin and to go on with; what is found for each is scripted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from rag.errors import QuestionError
from rag.indexing.index import Index
from rag.indexing.ingest import ingest
from rag.questions.examples import candidates
from rag.search.offered import Checks
from rag.search.suggestions import Suggestions
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Answer, Citation, Evidence, Filters, Question, ScoredSentence, Transcript

LEAST = 0.4
OPENING = "In which month does the harbour opening for ferries begin?"
BUDGET = "Is the harbour budget larger than the university budget?"
LABORATORIES = "Which laboratories does the university run inside the park?"
MAY, YUAN = "The harbour opening is in May.", "The budget is 3.5 billion yuan."
HOSTS, BIG = "The park hosts two university laboratories.", "The park is big."
CHINESE, TRADITIONAL = "港口什么时候开放给大学？", "港口什麼時候開放給大學？"


class Scripted:
    """Stands in for the retriever: what it finds for a question, and how sure it is of it."""

    def __init__(self, found: dict[str, tuple[str, float]]) -> None:
        self.found = found
        self.asked: list[str] = []
        self.refused = ""
        self.second: dict[str, str] = {}
        self.sentences: dict[str, ScoredSentence] = {}

    def __call__(self, question: Question, filters: Filters) -> Evidence:
        self.asked.append(question.text)
        if question.text == self.refused:
            raise QuestionError("The question is too long.")
        words, confidence = self.found.get(question.text, ("", 0.0))
        found = filter(None, (words, self.second.get(question.text)))
        sentences = tuple(map(self.sentences.__getitem__, found))
        return Evidence(question, (), sentences, confidence)


@pytest.fixture
def harbour(make: Any) -> Transcript:
    transcript: Transcript = make(
        ("Daily Times", "reporter", f"Thank you. {OPENING} {BUDGET}"),
        ("Chen Tao", "official", f"{MAY} {YUAN}"),
        ("City TV", "reporter", f"{LABORATORIES} What is the situation?"),
        ("Wu Lan", "official", f"{HOSTS} {BIG}"),
    )
    return transcript


Offer = Callable[..., tuple[Suggestions, Scripted]]


@pytest.fixture
def over(settings: Settings, word_embedder: Any, opened: Callable[[], Index]) -> Offer:
    """Suggestions over transcripts, with what is found for each question."""

    def build(
        found: dict[str, tuple[str, float]], *transcripts: Transcript
    ) -> tuple[Suggestions, Scripted]:
        files = {page.file: "0" for transcript in transcripts for page in transcript.pages}
        ingest(Corpus(transcripts, files, (), ()), settings, word_embedder)
        index, gather = opened(), Scripted(found)
        gather.sentences = {
            passage.sentence_text(n): ScoredSentence(passage, n, 1.0)
            for passage in index.passages
            for n in range(len(passage.sentences))
        }
        return Suggestions(index, word_embedder, Checks(index, gather, LEAST)), gather

    return build


ALL = {OPENING: (MAY, 0.9), BUDGET: (YUAN, 0.5), LABORATORIES: (HOSTS, 0.8)}


def answer_to(question: str, gather: Scripted, *quoted: str) -> Answer:
    """An answer that cites these sentences; a refusal without any."""
    citations = tuple(
        Citation(
            n, s.passage.id, s.passage.transcript_id, "", None, "", 1, s.passage.turn,
            s.passage.speaker, s.passage.role, *s.range, s.text,
        )
        for n, s in enumerate((gather.sentences[words] for words in quoted), 1)
    )  # fmt: skip
    return Answer(
        question, question, "en", "answered" if quoted else "not_in_corpus", "", (), citations,
        (), 0.5, "extractive",
    )  # fmt: skip


def test_what_is_answered_is_offered_in_its_order(over: Offer, harbour: Transcript) -> None:
    suggestions, _ = over(ALL, harbour)
    assert suggestions.to_begin(4) == (OPENING, BUDGET, LABORATORIES)
    assert suggestions.to_begin(2) == (OPENING, BUDGET)


def test_what_is_answered_with_too_little_confidence_is_not_offered(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, _ = over({**ALL, BUDGET: (YUAN, 0.39)}, harbour)
    assert suggestions.to_begin(4) == (OPENING, LABORATORIES)


def test_a_reporters_question_must_find_the_answer_that_was_given_to_it(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, _ = over({**ALL, LABORATORIES: (BIG, 0.9)}, harbour)
    assert LABORATORIES in suggestions.to_begin(4)
    suggestions, _ = over({**ALL, LABORATORIES: (YUAN, 0.9)}, harbour)
    assert suggestions.to_begin(4) == (OPENING, BUDGET)
    given = replace(harbour, questions=(LABORATORIES,))
    suggestions, _ = over({**ALL, LABORATORIES: (YUAN, 0.9)}, given)
    assert suggestions.to_begin(4) == (LABORATORIES, OPENING)


def test_one_that_finds_its_answer_but_second_gives_way_to_the_others(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, gather = over({**ALL, OPENING: (HOSTS, 0.9), LABORATORIES: (BIG, 0.9)}, harbour)
    gather.second[OPENING] = MAY
    assert suggestions.to_begin(2) == (BUDGET, LABORATORIES)
    assert suggestions.to_begin(3) == (BUDGET, LABORATORIES, OPENING)


def test_a_reporters_question_that_names_nothing_is_not_even_checked(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, gather = over({**ALL, "What is the situation?": (BIG, 0.9)}, harbour)
    assert "What is the situation?" not in suggestions.to_begin(9)
    assert "What is the situation?" not in gather.asked


def test_one_of_the_examples_is_in_the_other_language(over: Offer, harbour: Transcript) -> None:
    given = replace(harbour, questions=("港口？", CHINESE))
    suggestions, _ = over({**ALL, CHINESE: (MAY, 0.5)}, given)
    assert suggestions.to_begin(3) == (OPENING, BUDGET, CHINESE)
    assert suggestions.to_begin(1) == (OPENING,)


def test_the_nearest_that_was_neither_asked_nor_cited_is_offered(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, gather = over(ALL, harbour)
    answer = answer_to("How large is the university budget?", gather, HOSTS)
    # "budget" and "university" are nearer to BUDGET than to OPENING; HOSTS is cited.
    assert suggestions.to_go_on(answer, [answer.question], 3) == (BUDGET, OPENING)
    assert suggestions.to_go_on(answer, [answer.question], 1) == (BUDGET,)
    assert suggestions.to_go_on(answer, [OPENING.upper(), answer.question], 3) == (BUDGET,)


def test_what_was_asked_in_other_words_is_not_offered(over: Offer, harbour: Transcript) -> None:
    suggestions, gather = over(ALL, harbour)
    answer = answer_to("What is in the park?", gather, BIG)
    assert OPENING in suggestions.to_go_on(answer, [answer.question], 3)
    # The words that the vectors count are the same.
    asked = ["Harbour opening: which month?", answer.question]
    assert OPENING not in suggestions.to_go_on(answer, asked, 3)


def test_instead_of_a_refused_question_its_own_other_words_may_be_offered(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, gather = over(ALL, harbour)
    refused = answer_to("Harbour opening: which month?", gather)
    assert suggestions.to_go_on(refused, [refused.question], 1) == (OPENING,)
    assert suggestions.to_go_on(answer_to(OPENING, gather), [OPENING], 1) == (BUDGET,)


def test_two_that_one_sentence_answers_are_not_offered_together(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, gather = over({**ALL, BUDGET: (MAY, 0.9)}, harbour)
    assert len(suggestions.to_go_on(answer_to("What is big?", gather, BIG), [], 3)) == 2


def test_the_language_of_the_question_comes_first_then_its_other_script(
    over: Offer, harbour: Transcript
) -> None:
    given = replace(harbour, questions=(TRADITIONAL, CHINESE))
    suggestions, gather = over({**ALL, CHINESE: (MAY, 0.5), TRADITIONAL: (YUAN, 0.5)}, given)
    answer = replace(answer_to("公园大吗？", gather, BIG), language="zh-Hans")
    assert suggestions.to_go_on(answer, [], 3) == (CHINESE, TRADITIONAL)
    suggestions, gather = over(ALL, harbour)
    assert len(suggestions.to_go_on(answer, [], 3)) == 3


def test_few_are_checked_and_each_but_once(over: Offer, make: Any, harbour: Transcript) -> None:
    asked = " ".join(f"Which harbour budget has pier number {n}?" for n in range(30))
    suggestions, gather = over({}, make(("Daily Times", "reporter", asked)))
    refused = answer_to("What is the harbour budget?", gather)
    assert suggestions.to_go_on(refused, [], 3) == ()
    assert len(gather.asked) == 6
    assert suggestions.to_go_on(refused, [], 3) == ()
    assert len(gather.asked) == 6
    suggestions, gather = over({}, make(("Daily Times", "reporter", asked)))
    assert suggestions.to_begin(4) == ()
    assert len(gather.asked) == 8


def test_threads_get_the_same(over: Offer, harbour: Transcript) -> None:
    suggestions, gather = over(ALL, harbour)
    answer = answer_to("How large is the university budget?", gather, HOSTS)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: suggestions.to_go_on(answer, [], 3), range(32)))
    assert found == {(BUDGET, OPENING)}


def test_a_question_that_cannot_be_used_is_passed_over(over: Offer, harbour: Transcript) -> None:
    suggestions, gather = over(ALL, harbour)
    gather.refused = OPENING
    assert suggestions.to_begin(4) == (BUDGET, LABORATORIES)


def test_an_answer_of_an_index_that_is_gone_is_still_gone_on_from(
    over: Offer, harbour: Transcript
) -> None:
    suggestions, gather = over(ALL, harbour)
    answer = answer_to("How large is the university budget?", gather, HOSTS)
    (cited,) = answer.citations
    gone = replace(answer, citations=(replace(cited, passage_id="gone", transcript_id="gone"),))
    assert suggestions.to_go_on(gone, [], 1) == (BUDGET,)


class Memory(dict[str, str]):
    """Texts by keys."""

    def put(self, key: str, text: str) -> None:
        self[key] = text


def test_what_was_found_out_is_kept_for_the_next_start_as_long_as_nothing_changes(
    over: Offer, harbour: Transcript, opened: Callable[[], Index]
) -> None:
    _, gather = over({**ALL, LABORATORIES: (HOSTS, 0.1)}, harbour)
    kept = Memory()
    first = Checks(opened(), gather, LEAST, kept)
    found = [first(candidate) for candidate in candidates((harbour,))]
    gather.asked.clear()
    assert [Checks(opened(), gather, LEAST, kept)(each) for each in candidates((harbour,))] == [
        offered and replace(offered, best=replace(offered.best, score=0.0)) for offered in found
    ]
    assert gather.asked == []
    Checks(opened(), gather, LEAST, kept, "another reader")(candidates((harbour,))[0])
    assert len(gather.asked) == 1
    damaged = Memory(dict.fromkeys(kept, '["gone", 0, false]'))
    assert Checks(opened(), gather, LEAST, damaged)(candidates((harbour,))[0]) == found[0]
