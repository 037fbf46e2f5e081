from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from eval.draft import accepted_ids, append_record, propose
from eval.errors import SetError
from eval.gold import load_set
from eval.nuggets import contains_fact
from rag.types import Range, Transcript, Turn


@pytest.fixture
def exchange(transcript: Transcript) -> Transcript:
    """The briefing, with its second turn answered by the third."""
    turns = [
        replace(turn, exchange=2 if turn.number in (2, 3) else None) for turn in transcript.turns
    ]
    return replace(transcript, turns=tuple(turns))


def test_figures_dates_and_questions_are_proposed_with_their_evidence(
    exchange: Transcript,
) -> None:
    drafts = list(propose([exchange]))
    by_quote = {draft.evidence[0].quote: draft for draft in drafts if draft.type == "factual"}
    assert (
        list(by_quote)
        == [
            "It has five halls.",
            "The bridge opens in 2028 .",
            "The budget is 1.2 million yuan.",
            "园区有三条线路。",
        ][: len(by_quote)]
    )
    assert by_quote["The bridge opens in 2028 ."].must_include == (("2028",),)
    assert by_quote["The budget is 1.2 million yuan."].must_include == (("1.2 million",),)
    assert by_quote["It has five halls."].evidence[0].speaker == "Li Wen"
    (asked,) = [draft for draft in drafts if draft.type == "reported_question"]
    assert asked.question == "Will it open in 2030?"
    assert [evidence.quote for evidence in asked.evidence] == ["The bridge opens in 2028 ."]


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ("单是清淤就用了24亿元。", (("24亿",),)),
        ("單是清淤就用了24億元。", (("24億",),)),
        ("對九家公司罰款三百萬元。", (("九",), ("三百萬",))),
        ("共有五個項目。", (("五",),)),
    ],
)
def test_a_figure_is_whole_in_either_script(
    transcript: Transcript, said: str, facts: tuple[tuple[str, ...], ...]
) -> None:
    turn = replace(transcript.turns[2], blocks=(Range(0, len(said)),))
    page = replace(transcript.pages[0], end=len(said))
    (draft,) = propose([replace(transcript, text=said, pages=(page,), turns=(turn,))])
    assert draft.must_include == facts
    assert contains_fact(said, draft.must_include[-1])


def test_nobody_elses_words_are_proposed_as_statements(exchange: Transcript) -> None:
    speakers = {e.speaker for draft in propose([exchange]) for e in draft.evidence}
    assert speakers <= {"Li Wen", "Zhou An"}


def test_accepted_drafts_make_a_set_that_loads(exchange: Transcript, tmp_path: Path) -> None:
    path = tmp_path / "new" / "set.jsonl"
    drafts = list(propose([exchange]))
    for draft in drafts:
        append_record(path, draft)
    assert accepted_ids(path) == {draft.id for draft in drafts}
    assert len(load_set(path, [exchange]).cases) == len(drafts)
    assert "园区" not in path.read_text(encoding="utf-8") or "\\u" not in path.read_text("utf-8")


def test_a_last_line_without_its_end_is_not_run_into(exchange: Transcript, tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    first, second, *_ = propose([exchange])
    append_record(path, first)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    append_record(path, second)
    assert accepted_ids(path) == {first.id, second.id}


def test_nothing_is_added_to_a_damaged_set(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    assert accepted_ids(path) == set()
    path.write_text("{")
    with pytest.raises(SetError, match="line 1"):
        accepted_ids(path)


@pytest.mark.parametrize("unit", ["A of ", "A ", "《a", "1,", "January ", "二", "Aa of the "])
def test_hostile_text_is_read_in_little_time(exchange: Transcript, unit: str) -> None:
    text = unit * (60_000 // len(unit))
    turn = Turn(1, "Li Wen", "official", 1, (Range(0, len(text)),))
    started = time.perf_counter()
    list(propose([replace(exchange, text=text, turns=(turn,))]))
    assert time.perf_counter() - started < 5
