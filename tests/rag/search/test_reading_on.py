"""Which sentences go on with a better one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rag.questions.question import understand
from rag.reading.passages import cut_passages
from rag.search.reading_on import read_on
from rag.types import Role, ScoredSentence

SPEECH = (
    "The pass is new. There are three groups of people who may apply. The first is engineers. "
    "They need a contract. The second is students. The third is investors. The fee is 460 dollars."
)


@pytest.fixture
def found(make: Any, word_embedder: Any) -> Any:
    """The sentences of one speech with a score each, in passages of about 30 tokens."""

    def cut(words: str, scores: list[float], role: Role = "official") -> list[ScoredSentence]:
        passages = cut_passages(
            make(("Wu Lan", role, words)), max_tokens=30, count_tokens=word_embedder.count_tokens
        )
        sentences = [
            ScoredSentence(passage, n, 0.0)
            for passage in passages
            for n in range(len(passage.sentences))
        ]
        return [replace(s, score=score) for s, score in zip(sentences, scores, strict=True)]

    return cut


def texts_by_score(question: str, sentences: list[ScoredSentence]) -> list[str]:
    scores = read_on(understand(question), sentences)
    return [sentences[i].text for i in sorted(range(len(scores)), key=lambda i: -scores[i])]


def test_the_items_of_an_announced_list_follow_it_beyond_the_passage(found: Any) -> None:
    sentences = found(SPEECH, [1.0, 3.0, 0.5, 0.4, 0.3, 0.2, 2.0])
    assert len({sentence.passage.id for sentence in sentences}) > 1
    assert texts_by_score("Which groups may apply?", sentences) == [
        "There are three groups of people who may apply.",
        "The first is engineers.",
        "The second is students.",
        "The third is investors.",
        "The fee is 460 dollars.",
        "The pass is new.",
        "They need a contract.",
    ]


def test_the_order_in_which_sentences_are_given_does_not_matter(found: Any) -> None:
    sentences = found(SPEECH, [1.0, 3.0, 0.5, 0.4, 0.3, 0.2, 2.0])
    question = understand("Which groups may apply?")
    assert sorted(read_on(question, sentences)) == sorted(read_on(question, sentences[::-1]))


def test_a_question_for_one_thing_is_not_read_on(found: Any) -> None:
    scores = [1.0, 3.0, 0.5, 0.4, 0.3, 0.2, 2.0]
    assert read_on(understand("Who may apply?"), found(SPEECH, scores)).tolist() == scores


@pytest.mark.parametrize(
    ("question", "words", "raised"),
    [
        ("What are the four aims?", "It has four aims. It is to train, test, and sell.", True),
        ("What are the aims?", "The two aims were met. It is wet, cold, and dark there.", False),
        ("What are the aims?", "It has two aims: to train and test. Rain, wind, and sun.", False),
        ("规划有哪些目标？", "规划有四个目标。第一是培训人才。", True),
        ("规划有哪些目标？", "规划有四个目标。我们很高兴。", False),
    ],
)  # fmt: skip
def test_only_what_an_announcement_leaves_to_say_is_raised(
    found: Any, question: str, words: str, raised: bool
) -> None:
    scores = read_on(understand(question), found(words, [3.0, 0.0]))
    assert bool(scores[1] > 2.5) is raised
    assert scores[0] == 3.0


def test_a_reporter_is_heard_out_when_it_is_asked_what_was_asked(found: Any) -> None:
    words = "Half were refused. It was on grounds of safety. Can you confirm it?"
    asked = found(words, [2.0, 0.0, -1.0], "reporter")
    about = understand("What did the reporter ask about the refusals?")
    assert read_on(about, asked).tolist() == pytest.approx([2.0, 1.98, 1.96])
    answered = found(words, [2.0, 0.0, -1.0])
    assert read_on(about, answered).tolist() == [2.0, 0.0, -1.0]


def test_nothing_found_is_nothing_to_read_on() -> None:
    assert read_on(understand("Which groups may apply?"), []).tolist() == []
