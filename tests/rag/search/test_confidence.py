from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import pytest

from rag.questions.lexicon import Lexicon, learn
from rag.questions.question import understand
from rag.reading.passages import cut_passages
from rag.search.confidence import (
    PAIRS,
    Features,
    Pair,
    Read,
    coefficients,
    confidence,
    features_of,
    likeness,
    refusal_reason,
)
from rag.search.ranking import Wanted
from rag.text.language import terms
from rag.types import Language, ScoredSentence, Transcript

FULL = Features(pair="same", cosine=0.86, named=1.0, in_one=1.0, gives=True)
Sentences = Callable[..., list[Read]]


@pytest.fixture
def read(briefing: Transcript, word_embedder: Any) -> Sentences:
    """The sentences of the briefing as read: those that hold a word, in its order, first."""

    def build(*words: str, roles: Sequence[str] = ("official",)) -> list[Read]:
        passages = cut_passages(briefing, max_tokens=60, count_tokens=word_embedder.count_tokens)
        sentences = [
            ScoredSentence(passage, number, 0.0)
            for passage in passages
            if passage.role in roles
            for number in range(len(passage.sentences))
        ]
        place = {word: i for i, word in enumerate(words)}
        sentences.sort(key=lambda s: min((place[w] for w in words if w in s.text), default=99))
        return [Read(s, 0.9 - 0.1 * i, frozenset(terms(s.text))) for i, s in enumerate(sentences)]

    return build


def found(question: str, read: Sequence[Read]) -> Features:
    features = features_of(understand(question), Wanted(question).of, read, lambda _: 1.0)
    assert features is not None
    return features


@pytest.mark.parametrize("pair", PAIRS)
def test_confidence_is_a_probability_that_rises_with_the_cosine(pair: Pair) -> None:
    cosines = (-1.0, 0.0, 0.7, 0.8, 0.9, 1.0)
    values = [confidence(replace(FULL, pair=pair, cosine=cosine)) for cosine in cosines]
    assert values == sorted(values)
    assert 0 <= values[0] < 0.01
    assert values[0] < values[-1] <= 1


@pytest.mark.parametrize("pair", PAIRS)
def test_each_sign_of_an_unanswerable_question_lowers_the_confidence(pair: Pair) -> None:
    full = replace(FULL, pair=pair)
    assert confidence(replace(full, named=0.0, in_one=0.0)) < confidence(full)
    assert confidence(replace(full, no_quantity=True)) == 0.0


def test_beside_a_reader_both_what_it_says_and_the_likeness_count() -> None:
    far, near = replace(FULL, cosine=0.7, named=0.1, in_one=0.1), FULL
    for features in (far, near):
        values = [confidence(replace(features, stated=odds)) for odds in (-13.8, -4.0, 0.0, 4.0)]
        assert values == sorted(set(values))
    assert confidence(replace(far, stated=0.0)) < confidence(replace(near, stated=0.0))
    assert confidence(replace(near, stated=-8.0)) < 0.5 < confidence(replace(near, stated=2.0))


def test_what_the_features_rule_out_a_reader_may_overrule() -> None:
    ruled_out = replace(FULL, no_quantity=True)
    assert likeness(ruled_out) == -likeness(replace(FULL, cosine=2.0)) < 0
    assert confidence(ruled_out) == 0.0
    assert 0 < confidence(replace(ruled_out, stated=-2.0)) < confidence(replace(FULL, stated=-2.0))


def test_each_pair_of_languages_has_its_own_coefficients() -> None:
    assert set(coefficients()) == set(get_args(Pair))
    assert len(set(coefficients().values())) == len(PAIRS)


def test_nothing_read_has_no_features() -> None:
    question = understand("What is the budget?")
    assert features_of(question, Wanted(question.standalone).of, [], lambda _: 1.0) is None


def test_the_share_named_counts_the_subject_and_not_the_frame(read: Sentences) -> None:
    assert found("What type of budget is mentioned?", read("budget")).named == 1.0
    assert found("What is the budget of the hospital?", read("budget")).named == 0.5
    assert found("What happened?", read("budget")).named == 1.0


def test_what_only_the_reporter_said_brings_the_subject_no_nearer(read: Sentences) -> None:
    both = read("zeppelin", "budget", roles=("reporter", "official"))
    assert both[0].sentence.passage.role == "reporter"
    assert found("Will there be a zeppelin?", both).cosine == pytest.approx(0.8)
    assert found("What did the reporters ask about?", both).cosine == pytest.approx(0.9)


def test_the_kind_is_looked_for_in_the_best_sentence(read: Sentences) -> None:
    assert found("How much is the budget?", read("budget")).gives
    assert not found("How many laboratories are there?", read("大学")).gives


def test_a_quantity_that_no_sentence_gives_is_refused(read: Sentences) -> None:
    sentences = read("budget")
    without = [r for r in sentences if not any(c.isdigit() for c in r.sentence.text)]
    features = found("What percentage of the budget goes to the harbour?", without)
    assert features.no_quantity
    assert confidence(features) == 0
    assert not found("How much money is the budget?", sentences).no_quantity
    assert not found("Why is there a budget?", without).no_quantity


@pytest.mark.parametrize(
    ("question", "word", "pair"),
    [
        ("What is the budget?", "budget", "same"),
        ("预算是多少？", "budget", "across"),
        ("大学将获得什么？", "大学", "chinese"),
    ],
)
def test_the_pair_is_that_of_the_question_and_the_best_sentence(
    read: Sentences, question: str, word: str, pair: Pair
) -> None:
    assert found(question, read(word)).pair == pair


@pytest.mark.parametrize(
    "question",
    [
        "What topics are covered in Brazil?",
        "Brazil: how big is it?",
        "Which matters were touched on besides Brazil?",
        "巴西有多大？",
    ],
)
def test_the_reason_names_a_name_that_is_missing_and_never_a_word_of_the_frame(
    read: Sentences, question: str
) -> None:
    sentences, asked = read("budget"), understand(question)
    beyond = partial(Lexicon(learn(())).unknown_names, asked.standalone)
    features = features_of(
        asked, Wanted(question).of, sentences, lambda _: 1.0, names_beyond=beyond
    )
    quoted = re.findall("“(.*?)”", refusal_reason(features, "en"))
    assert set(quoted) <= {"Brazil", "巴西"}


def test_the_share_that_one_sentence_names_is_not_put_together_from_several(
    read: Sentences,
) -> None:
    features = found("Which laboratories does the harbour have?", read("budget"))
    assert features.in_one <= features.named


@pytest.mark.parametrize(
    ("question", "features", "reason"),
    [
        ("en", replace(FULL, missing=("Brazil",)), "do not mention “Brazil”"),
        ("en", replace(FULL, gives=False, asked_for="date"), "gives no date"),
        ("en", replace(FULL, gives=True, asked_for="place"), "the place asked for"),
        ("zh-Hans", replace(FULL, gives=False, asked_for="number"), "没有给出所问的数字"),
        ("zh-Hant", replace(FULL, gives=False, asked_for="money"), "沒有給出所問的金額"),
        ("en", FULL, "near enough"),
        ("zh-Hans", None, "没有找到"),
    ],
)
def test_the_reason_is_a_sentence_in_the_language_of_the_question(
    question: Language, features: Features | None, reason: str
) -> None:
    assert reason in refusal_reason(features, question)
    assert refusal_reason(features, question).endswith((".", "。"))


def test_braces_and_markup_in_a_question_are_words_like_any_other() -> None:
    odd = replace(FULL, named=0.1, missing=("{0}", "<script>"))
    assert refusal_reason(odd, "en").endswith("do not mention “{0}”, “<script>”.")


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "Nowhere do the transcripts mention “Atlantis”."),
        ("zh-Hans", "实录中从未提到“Atlantis”。"),
        ("zh-Hant", "實錄中從未提到“Atlantis”。"),
    ],
)
def test_what_is_asked_of_a_name_that_nobody_spoke_of_has_no_answer_however_near(
    language: Language, reason: str
) -> None:
    of_a_stranger = replace(FULL, unknown=("Atlantis",))
    assert confidence(FULL) > 0.5
    assert confidence(of_a_stranger) == 0.0
    assert refusal_reason(of_a_stranger, language) == reason
