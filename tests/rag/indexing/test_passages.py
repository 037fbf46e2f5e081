from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from rag.indexing.passages import cut_passages, text_in_context
from rag.transcripts.corpus import read_corpus
from rag.types import Page, Passage, Range, Transcript

EFFORT = effort(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def cut(transcript: Transcript, embedder: Any, tokens: int = 60) -> list[Passage]:
    return list(cut_passages(transcript, max_tokens=tokens, count_tokens=embedder.count_tokens))


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_passage_is_verbatim_and_so_is_each_of_its_sentences(
    briefing: Transcript, word_embedder: Any
) -> None:
    passages = cut(briefing, word_embedder, 32)
    for passage in passages:
        assert passage.text == briefing.text[passage.start : passage.end]
        for number, (start, end) in enumerate(passage.sentences):
            assert passage.sentence_text(number) == briefing.text[start:end]
    assert [p.speaker for p in passages if "3.5 billion" in p.text] == ["Chen Tao"]


def test_a_passage_stays_within_one_turn_and_has_its_speaker_and_role(
    briefing: Transcript, word_embedder: Any
) -> None:
    for passage in cut(briefing, word_embedder, 400):
        turn = briefing.turn(passage.turn)
        assert turn.start <= passage.start < passage.end <= turn.end
        assert (passage.speaker, passage.role) == (turn.speaker, turn.role)


def test_an_official_answer_remembers_the_question_and_a_question_does_not(
    briefing: Transcript, word_embedder: Any
) -> None:
    by_speaker = {p.speaker: p for p in cut(briefing, word_embedder)}
    assert by_speaker["Chen Tao"].question.startswith("Will the harbour get a zeppelin mast?")
    assert by_speaker["City TV"].question == by_speaker["Lin Mei"].question == ""
    assert "zeppelin" not in by_speaker["Chen Tao"].text


def test_without_context_no_passage_knows_its_question(
    briefing: Transcript, word_embedder: Any
) -> None:
    passages = cut_passages(
        briefing, max_tokens=60, count_tokens=word_embedder.count_tokens, question_context=False
    )
    assert {passage.question for passage in passages} == {""}


def test_a_long_turn_is_cut_into_parts_of_even_size(
    make: Callable[..., Transcript], word_embedder: Any
) -> None:
    words = " ".join(f"The harbour sentence number {n} is short." for n in range(12))
    passages = cut(make(("Chen Tao", "official", words)), word_embedder, 80)
    sizes = [len(passage.sentences) for passage in passages]
    assert sum(sizes) == 12
    assert max(sizes) - min(sizes) <= 1


def test_the_pieces_of_a_turn_hold_every_character_once(
    make: Callable[..., Transcript], word_embedder: Any
) -> None:
    words = "First point, second point; third point. " * 9 + "园区将开放。" * 40
    passages = cut(make(("Chen Tao", "official", words)), word_embedder, 32)
    assert squeezed("".join(passage.text for passage in passages)) == squeezed(words)


def test_a_page_put_before_keeps_the_ids_of_the_passages(
    briefing: Transcript, word_embedder: Any
) -> None:
    before = "A page that was found later.\n"
    shift = len(before)

    def moved(place: Range) -> Range:
        return Range(place.start + shift, place.end + shift)

    old = briefing.pages[0]
    later = replace(
        briefing,
        text=before + briefing.text,
        pages=(
            Page(1, "new.txt", "", 0, shift),
            replace(old, number=2, start=old.start + shift, end=old.end + shift),
        ),
        turns=tuple(replace(t, blocks=tuple(map(moved, t.blocks))) for t in briefing.turns),
    )
    renumbered = replace(briefing, pages=(replace(old, number=2),))
    assert [p.id for p in cut(later, word_embedder)] == [
        p.id for p in cut(renumbered, word_embedder)
    ]


@pytest.mark.parametrize(
    "change", [{"speaker": "Somebody Else"}, {"role": "narrator"}], ids=["speaker", "role"]
)
def test_another_speaker_or_role_makes_another_passage(
    briefing: Transcript, word_embedder: Any, change: dict[str, Any]
) -> None:
    turns = tuple(replace(t, **change) if t.number == 3 else t for t in briefing.turns)
    ids = {p.id for p in cut(briefing, word_embedder)}
    changed = cut(replace(briefing, turns=turns), word_embedder)
    assert [p.turn for p in changed if p.id not in ids] == [3]


def test_the_word_index_reads_a_passage_after_its_question_and_speaker(
    make: Callable[..., Transcript], word_embedder: Any
) -> None:
    asked, answered = cut(
        make(("Daily Times", "reporter", "Is it closed?"), ("Wu Lan", "official", "It is not.")),
        word_embedder,
    )
    assert text_in_context(asked) == "Daily Times: Is it closed?"
    assert text_in_context(answered) == "Is it closed?\nWu Lan: It is not."


LONG = st.one_of(
    st.text(alphabet="园区开放，。；", min_size=1, max_size=700),
    st.text(alphabet="ab c,.", min_size=1, max_size=1500),
    st.text(alphabet="x", min_size=300, max_size=1500),
    st.text(alphabet="é\ufdfa😀—… \n", min_size=1, max_size=400),
)


@EFFORT
@given(words=LONG)
def test_no_sentence_is_longer_than_a_passage_may_be_and_no_word_is_lost(
    words: str, make: Callable[..., Transcript], word_embedder: Any
) -> None:
    passages = cut(make(("Wu Lan", "official", words)), word_embedder, 40)
    for passage in passages:
        for number in range(len(passage.sentences)):
            assert word_embedder.count_tokens(passage.sentence_text(number)) <= 40
    said = "".join(passage.text for passage in passages)
    assert squeezed(said) == squeezed(words)


@pytest.mark.parametrize("figure", ["11,482", "10:20", "3.5", "２４，３１０", "24310"])
@pytest.mark.parametrize("word", ["a", "a ", "园"])
def test_a_long_sentence_is_never_cut_inside_a_figure(
    figure: str, word: str, make: Callable[..., Transcript]
) -> None:
    for before in range(30, 50):
        words = word * before + figure + word * 40
        passages = cut_passages(
            make(("Wu Lan", "official", words)), max_tokens=50, count_tokens=len
        )
        assert [p.text.count(figure) for p in passages if re.search(r"\d", p.text)] == [1]


@pytest.mark.model
@pytest.mark.parametrize(
    "words", ["\ufdfa" * 200, "园" * 3000, "x" * 5000, "Ab. " * 900, "½" * 999]
)
def test_the_real_tokenizer_counts_no_sentence_beyond_its_window(
    words: str, make: Callable[..., Transcript]
) -> None:
    from rag.embedding.bundled import WINDOW_TOKENS, QuestionEngine

    engine = QuestionEngine(threads=1)

    def count(text: str) -> int:
        return engine.count_tokens(text, is_question=False)

    transcript = make(("Wu Lan", "official", words))
    for passage in cut_passages(transcript, max_tokens=WINDOW_TOKENS, count_tokens=count):
        for number in range(len(passage.sentences)):
            assert count(passage.sentence_text(number)) <= WINDOW_TOKENS


@pytest.mark.parametrize("controls", ["0 Comment s Print E-mail", "0 Comment(s)Print E-mail"])
@pytest.mark.parametrize(
    "page",
    [
        "A talk\n{}\nJuly 1, 2019\n\nAnn Roe:\nWe open in May.\n\nReporter:\nWhy?\n",
        "A talk\nJuly 1, 2019\n{}\n\nAnn Roe:\nWe open in May.\n\nReporter:\nWhy?\n",
        "A talk\n\n{}\n\nAnn Roe: We open in May.\n\nReporter: Why?\n\nAnn Roe: So.\n",
        "A talk\nJuly 1, 2019\n\nAnn Roe:\nWe open in May.\n{}\n\nReporter:\nWhy?\n",
        "A talk\nJuly 1, 2019\n\nAnn Roe:\nWe open in\n{}\nMay.\n\nReporter:\nWhy?\n",
        "A talk\nJuly 1, 2019\n\nAnn Roe:\nWe open in May.\n\nReporter:\nWhy?\n\n{}\n",
    ],
)
def test_no_publisher_passage_or_sentence_is_made_of_a_page_s_controls(
    page: str, controls: str, word_embedder: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(page.format(controls), encoding="utf-8")
    (transcript,) = read_corpus([tmp_path]).transcripts
    assert (transcript.title, transcript.publisher) == ("A talk", "")
    passages = cut(transcript, word_embedder)
    quotable = [
        passage.sentence_text(n) for passage in passages for n in range(len(passage.sentences))
    ]
    assert "We open in May." in [" ".join(sentence.split()) for sentence in quotable]
    shown = " ".join([*quotable, *(p.text for p in passages), *map(text_in_context, passages)])
    assert not any(word in shown for word in ("Comment", "Print", "E-mail"))
