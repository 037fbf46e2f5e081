from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from rag.indexing.passages import cut_passages
from rag.questions.question import understand
from rag.questions.unknown_names import unknown_names
from rag.search.confidence import (
    PAIRS,
    Features,
    Pair,
    Read,
    confidence,
    features_of,
    fitted,
    refusal_reason,
)
from rag.types import Language, ScoredSentence, Transcript

NEAR = Features(pair="same", cosine=0.9, stated=2.0)
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
        return [Read(s, 0.9 - 0.1 * i) for i, s in enumerate(sentences)]

    return build


def found(question: str, read: Sequence[Read]) -> Features:
    features = features_of(understand(question), read, 0.0)
    assert features is not None
    return features


def test_the_confidence_is_a_probability_that_rises_with_what_the_reader_says() -> None:
    values = [confidence(replace(NEAR, stated=odds)) for odds in (-13.8, -4.0, 0.0, 4.0, 13.8)]
    assert values == sorted(set(values))
    assert 0 <= values[0] < 0.5 < values[-1] <= 1


@pytest.mark.parametrize("pair", PAIRS)
def test_what_is_far_is_doubted_and_nearer_than_near_is_no_better(pair: Pair) -> None:
    near = fitted().near[pair]
    at, beyond, far = (
        confidence(replace(NEAR, pair=pair, cosine=cosine))
        for cosine in (near, near + 0.1, near - 0.1)
    )
    assert at == beyond > far


def test_each_sign_of_an_unanswerable_question_lowers_the_confidence() -> None:
    assert confidence(replace(NEAR, unknown=("Atlantis",))) < confidence(NEAR)
    assert confidence(replace(NEAR, no_figure="money")) < confidence(NEAR)


def test_nothing_read_has_no_features() -> None:
    assert features_of(understand("What is the budget?"), [], None) is None


def test_what_only_the_reporter_said_brings_a_question_no_nearer(read: Sentences) -> None:
    both = read("zeppelin", "budget", roles=("reporter", "official"))
    assert both[0].sentence.passage.role == "reporter"
    assert found("Will there be a zeppelin?", both).cosine == pytest.approx(0.8)
    asked = found("What did the reporters ask about?", both)
    assert asked.cosine == pytest.approx(0.9)
    said_first = read("budget", "zeppelin", roles=("reporter", "official"))
    assert found("What did the reporters ask about?", said_first).cosine < asked.cosine


def test_a_figure_that_no_sentence_gives_is_missed(read: Sentences) -> None:
    sentences = read("budget")
    without = [r for r in sentences if not any(c.isdigit() for c in r.sentence.text)]
    asked = "What percentage of the budget goes to the harbour?"
    assert found(asked, without).no_figure == "percentage"
    assert found("How much money is the budget?", sentences).no_figure is None
    assert found("Why is there a budget?", without).no_figure is None
    # "In the next few months" is an answer, too.
    assert found("When will the budget be ready?", without).no_figure is None


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
def test_the_reason_names_a_name_that_is_missing_and_never_another_word(
    read: Sentences, question: str
) -> None:
    asked = understand(question)
    beyond = partial(unknown_names, asked.standalone, names={})
    features = features_of(
        asked, read("budget"), 0.0, names_beyond=lambda knows: beyond(knows=knows)
    )
    quoted = re.findall("“(.*?)”", refusal_reason(features, "en"))
    assert set(quoted) <= {"Brazil", "巴西"}


@pytest.mark.parametrize(
    ("language", "features", "reason"),
    [
        ("en", replace(NEAR, unknown=("Atlantis",)), "Nowhere do the transcripts mention"),
        ("zh-Hans", replace(NEAR, unknown=("Atlantis",)), "实录中从未提到“Atlantis”"),
        ("en", replace(NEAR, missing=("Brazil",)), "do not mention “Brazil”"),
        ("zh-Hans", replace(NEAR, no_figure="number"), "没有给出所问的数字"),
        ("zh-Hant", replace(NEAR, no_figure="money"), "沒有給出所問的金額"),
        ("en", replace(NEAR, cosine=0.1), "near enough"),
        ("en", NEAR, "do not state what is asked"),
        ("zh-Hant", NEAR, "沒有說明所問"),
        ("zh-Hans", None, "没有找到"),
    ],
)
def test_the_reason_is_a_sentence_in_the_language_of_the_question(
    language: Language, features: Features | None, reason: str
) -> None:
    assert reason in refusal_reason(features, language)
    assert refusal_reason(features, language).endswith((".", "。"))


def test_braces_and_markup_in_a_question_are_words_like_any_other() -> None:
    odd = replace(NEAR, missing=("{0}", "<script>"))
    assert refusal_reason(odd, "en").endswith("do not mention “{0}”, “<script>”.")


def test_names_not_known_are_quoted_as_the_language_does() -> None:
    features = Features("chinese", 0.8, unknown=("天津", "Tianjin"))
    assert refusal_reason(features, "zh-Hant") == "實錄中從未提到「天津」、「Tianjin」。"
    assert refusal_reason(features, "en") == "Nowhere do the transcripts mention “天津”, “Tianjin”."
