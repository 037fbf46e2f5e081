"""Transcripts that disagree: both figures are shown, with event and date, and said to differ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.answer_json import answer_to_json
from rag.answering.differences import differ
from rag.assistant import Assistant
from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Answer


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "How much does the bridge cost?",
            "The harbour bridge will cost HK$3.5 billion.",
            "The cost of the harbour bridge is put at $412 million.",
        ),
        ("港口大桥的造价是多少？", "港口大桥造价为35亿元。", "港口大桥的造价是41亿元。"),
        ("港口的預算是多少？", "The harbour budget is HK$4 billion.", "港口預算為35億港元。"),
        ("When does the ferry resume?", "The ferry resumes in April.", "The ferry resumes in May."),
        ("How many berths are there?", "The harbour has 40 berths.", "The harbour has 52 berths."),
        ("What share is let?", "80 percent of offices are let.", "Now 95% of offices are let."),
    ],
)  # fmt: skip
def test_the_same_told_with_other_figures_differs(question: str, one: str, other: str) -> None:
    assert differ(question, one, other)
    assert differ(question, other, one)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("Its cost?", "The bridge costs 3.5 billion yuan.", "这座桥的成本为35亿元。"),
        ("What does it cost?", "It costs HK$3.5 billion.", "It costs 3.5 billion yuan."),
        ("What does it cost?", "It costs $3.5 billion.", "It costs 3,500 million dollars."),
        (
            "What did exports reach?",
            "In 2023 exports reached 5 billion yuan.",
            "In 2024 exports reached 6 billion yuan.",
        ),
        (
            "How large is the park?",
            "The Shenzhen park covers 3.02 square kilometers.",
            "The Hong Kong park covers 0.87 square kilometers.",
        ),
        ("How large is the park?", "It covers 3.02 square kilometers.", "It covers 302 hectares."),
        ("What does it cost?", "The bridge costs $3 billion.", "The new pier costs $2 billion."),
        ("How many berths?", "The harbour has 40 berths.", "It has 40 berths and 3 piers."),
        ("How much does it cost?", "The bridge opens in May.", "The bridge opens in June."),
        ("How many berths are there?", "The harbour has berths.", "The harbour has 40 berths."),
        ("", "", ""),
    ],
)  # fmt: skip
def test_what_agrees_or_tells_of_something_else_does_not_differ(
    question: str, one: str, other: str
) -> None:
    assert not differ(question, one, other)
    assert not differ(question, other, one)


@pytest.fixture(scope="module")
def ask(
    real_settings: Settings, real_embedder: Embedder, page: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Answer]:  # fmt: skip
    """Asks four briefings, one of them a copy of another."""
    folder = tmp_path_factory.mktemp("differences")
    cost = "The harbour bridge will cost"
    told = {
        "spring": ("April 1, 2023", f"{cost} HK$3.5 billion. The bridge has two decks."),
        "mirror": ("April 1, 2023", f"{cost} HK$3.5 billion. The bridge has two decks."),
        "autumn": ("October 1, 2024", f"{cost} $412 million. The ferry stays open."),
        "winter": ("December 1, 2024", "The library on Heron Isle opens at nine. It has 40 seats."),
    }
    for name, (day, words) in told.items():
        file = page(
            folder / "corpus" / f"{name}.txt",
            ("Lin Mei", "Welcome. The floor is open for questions."),
            ("Daily Times", "What is there to say today?"),
            ("Chen Tao", f"Thank you for the question. {words}"),
            day=day,
        )
        title = "The spring briefing" if name == "mirror" else f"The {name} briefing"
        text = file.read_text("utf-8").replace("Briefing on the harbour", title, 1)
        file.write_text(text, "utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(real_settings.data_dir / "models")
    settings = real_settings.model_copy(
        update={"data_dir": folder / "data", "corpus_dir": folder / "corpus"}
    )
    ingest(read_corpus((settings.corpus_dir,)), settings, real_embedder)
    return Assistant(settings).ask


@pytest.mark.model
def test_both_figures_are_shown_with_event_and_date_newest_first_and_said_to_differ(
    ask: Callable[[str], Answer],
) -> None:
    answer = ask("How much will the harbour bridge cost?")
    by_marker = {citation.marker: citation for citation in answer.citations}
    titles = [by_marker[marker].title for marker in answer.differences]
    assert titles == ["The autumn briefing", "The spring briefing"]
    assert "$412 million" in answer.claims[0].text
    assert "HK$3.5 billion" in answer.claims[1].text
    assert answer.notice == (
        "The transcripts differ: “The autumn briefing” (2024-10-01), in [1]; "
        "“The spring briefing” (2023-04-01), in [2]."
    )
    assert answer_to_json(answer)["notice"] == answer.notice


@pytest.mark.model
def test_the_difference_is_told_in_the_language_of_the_question(
    ask: Callable[[str], Answer],
) -> None:
    answer = ask("海港大桥 (harbour bridge) 将花费多少亿？")
    assert answer.notice.startswith("文字实录的说法不一：“The autumn briefing”（2024-10-01）")


@pytest.mark.model
def test_a_copy_does_not_differ_from_its_page_nor_a_briefing_from_none(
    ask: Callable[[str], Answer],
) -> None:
    for question in ("How many decks does the harbour bridge have?", "When does the library open?"):
        answer = ask(question)
        assert answer.status == "answered"
        assert answer.differences == ()
        assert answer.notice == ""
