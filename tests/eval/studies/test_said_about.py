from __future__ import annotations

from pathlib import Path

from eval.studies.said_about import (
    SETS,
    Asking,
    Told,
    is_of,
    read_briefings,
    read_questions,
    rows_of,
    transcript_of,
)
from rag.questions.said_about import example_texts
from rag.types import Answer, Citation


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def answer(*speakers: str, quote: str = "It costs 9 million.") -> Answer:
    citations = tuple(
        Citation(n, "p", "t", "T", None, "", 1, 1, speaker, "official", 0, 9, quote)
        for n, speaker in enumerate(speakers, 1)
    )
    status = "answered" if speakers else "not_in_corpus"
    return Answer("q", "q", "en", status, "", (), citations, (), 0.5, "extractive")


def asking(*, answerable: bool = True, kind: str = "said") -> Asking:
    facts = (("9 million",),) if answerable else ()
    return Asking("1", "dev", "en", kind, "q", ("Wu Lan", "吴岚"), answerable, facts)


def test_the_set_has_what_its_readme_says() -> None:
    questions = read_questions()
    said = [q for q in questions if q.kind == "said"]
    assert len(said) >= 60
    assert len(questions) - len(said) >= 30
    assert sum(not q.answerable for q in said) * 3 >= len(said)
    assert {(q.split, q.language) for q in said} == {
        (split, language) for split in ("dev", "test") for language in ("en", "zh-Hans", "zh-Hant")
    }
    assert all(q.speakers and bool(q.must_include) == q.answerable for q in said)
    assert len({q.id for q in questions}) == len({q.question for q in questions}) == len(questions)


def test_each_speaker_of_the_set_speaks_in_the_corpus_and_says_the_facts(tmp_path: Path) -> None:
    corpus = read_briefings(tmp_path)
    words: dict[str, str] = {}
    for transcript in corpus.transcripts:
        for turn in transcript.turns:
            before = words.get(turn.speaker, "")
            words[turn.speaker] = before + " " + transcript.turn_text(turn)
    for question in read_questions():
        assert set(question.speakers) <= words.keys(), question
        said = " ".join(words[name] for name in question.speakers)
        assert all(any(way in said for way in fact) for fact in question.must_include), question


def test_no_question_is_an_example_that_they_are_told_by() -> None:
    known = {letters(text) for text in example_texts()}
    assert not known & {letters(q.question) for q in read_questions()}


def test_a_briefing_is_written_with_its_speakers_and_without_their_offices() -> None:
    passages = [
        {"event": "On ferries", "date": "2025-06-01", "speaker": "Wu Lan, harbour master",
         "language": "en", "before": "Daily: Are they safe?", "sentences": ["Yes.", "All are."]},
    ]  # fmt: skip
    assert transcript_of(passages).split("\n\n")[2:] == [
        "Reporter:", "Are they safe?", "Wu Lan:", "Yes. All are.\n",
    ]  # fmt: skip


def test_an_answer_is_the_speakers_only_where_every_citation_is() -> None:
    assert is_of(answer("Wu Lan", "吴岚"), ("Wu Lan", "吴岚"))
    assert not is_of(answer("Wu Lan", "Chen Tao"), ("Wu Lan", "吴岚"))


def test_the_metrics_count_what_they_say() -> None:
    told = [
        Told(asking(), answer("Chen Tao"), answer("Wu Lan"), ("Wu Lan",)),
        Told(asking(answerable=False), answer("Chen Tao"), answer(), ("Wu Lan",)),
        Told(asking(kind="mentions"), answer("Chen Tao"), answer("Chen Tao"), ()),
    ]
    assert rows_of(told) == [
        ("speaker_accuracy", [False, False], [True]),
        ("nugget_recall", [1.0], [1.0]),
        ("refused", [False], [True]),
        ("refused wrongly", [False], [False]),
    ]
    assert SETS.name == "sets"
