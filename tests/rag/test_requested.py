"""What is no question about what was said is answered from the structure of the transcripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rag.answer_json import answer_to_json
from rag.answering.outline import MAX_ENTRIES
from rag.assistant import Assistant, open_assistant
from rag.conversations.telling import told
from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Answer, Filters, Message
from rag.verification.verify import quote_is_exact, speaker_is_right

pytestmark = pytest.mark.model

OLD = (
    ("Lin Mei", "Good morning, everyone. The floor is open for questions."),
    ("Daily Times", "Thank you. When will the new ferry terminal open?"),
    ("Chen Tao", "Thank you for your question. The ferry terminal will open in May 2021."),
)
NEW = (
    ("Lin Mei", "Good morning, everyone. Please welcome Mr. Chen Tao."),
    (
        "Chen Tao",
        "Good morning, everyone. Last year the port handled 31 million tonnes of cargo, a tenth "
        "more than the year before. Most of it was grain and steel.",
    ),
    ("Daily Times", "Thank you. My question is about fees. Will the harbour fees go up next year?"),
    (
        "Chen Tao",
        "Thank you for your question. The harbour fees will stay as they are until 2026. "
        "After that they will follow the price of fuel.",
    ),
    ("City TV", "There were many accidents with cranes. What is being done about them?"),
    (
        "Wu Lan",
        "That is a good question. Each crane is now inspected every month, and 40 drivers were "
        "trained anew. Two old cranes have been taken out of use.",
    ),
    ("Lin Mei", "Thank you all."),
)


@pytest.fixture(scope="module")
def assistant(real_settings: Settings) -> Assistant:
    return open_assistant(real_settings)


@pytest.fixture(scope="module")
def harbour(
    page: Callable[..., Path],
    real_settings: Settings,
    real_embedder: Embedder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Assistant:
    """An assistant over two briefings on a harbour, the older one of March 2021."""
    folder = tmp_path_factory.mktemp("harbour")
    page(folder / "corpus" / "old.txt", *OLD, day="March 1, 2021")
    page(folder / "corpus" / "new.txt", *NEW, day="June 1, 2025")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(real_settings.data_dir / "models")
    settings = Settings(_env_file=None, data_dir=folder / "data", corpus_dir=folder / "corpus")
    ingest(read_corpus((settings.corpus_dir,)), settings, real_embedder)
    return open_assistant(settings)


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("hello", "en", "1 transcript with 3 speakers"),
        ("你好", "zh-Hans", "1份实录、3位发言者"),
        ("what can you do?", "en", "Where the transcripts do not say"),
        ("你能做什麼？", "zh-Hant", "1份實錄、3位發言者"),
    ],
)
def test_a_greeting_and_a_call_for_help_tell_what_there_is(
    assistant: Assistant, text: str, language: str, words: str
) -> None:
    answer = assistant.ask(text)
    assert (answer.status, answer.generator, answer.language) == ("answered", "about", language)
    assert (answer.claims, answer.citations, answer.nearest) == ((), (), ())
    assert words in answer.text
    assert "Hetao Shenzhen-Hong Kong" in answer.text
    assert answer.confidence == 1
    assert answer_to_json(answer)["claims"] == []
    assert set(answer.timings_ms) == {"load", "retrieve", "generate", "total"}


def test_a_question_behind_a_greeting_is_answered(assistant: Assistant) -> None:
    answer = assistant.ask("Hello, when will the plan for the Hong Kong park be released?")
    assert answer.generator == "extractive"
    assert any("in the next few months" in quote for quote in quotes(answer))


def test_an_outline_quotes_questions_as_asked_and_answers_as_said(harbour: Assistant) -> None:
    answer = harbour.ask("Summarise the briefing")
    assert (answer.status, answer.generator) == ("answered", "outline")
    said = [claim.text for claim in answer.claims]
    assert said[0].startswith("Chen Tao said: “Last year the port handled 31 million tonnes")
    assert said[1] == "Daily Times asked: “Will the harbour fees go up next year?”"
    assert said[2].startswith("Chen Tao replied: “The harbour fees will stay as they are")
    assert said[3] == (
        "City TV asked: “There were many accidents with cranes. What is being done about them?”"
    )
    assert said[4].startswith("Wu Lan replied: “Each crane is now inspected every month")
    for citation in answer.citations:
        transcript = harbour.transcript(citation.transcript_id)
        assert quote_is_exact(citation, transcript)
        assert speaker_is_right(citation, transcript)
        assert "ood morning" not in citation.quote
        assert "Thank you" not in citation.quote


def test_of_several_transcripts_the_newest_is_outlined_and_a_filter_chooses(
    harbour: Assistant,
) -> None:
    answer = harbour.ask("Summarise the briefing")
    assert {citation.transcript_id for citation in answer.citations} == {"new"}
    assert "1 June 2025" in answer.notice
    assert "newest of 2 transcripts" in answer.notice
    for filters in (Filters(transcripts=("old",)), Filters(until=date(2022, 1, 1))):
        older = harbour.ask("Summarise the briefing", (), filters)
        assert quotes(older) == [
            "When will the new ferry terminal open?",
            "The ferry terminal will open in May 2021.",
        ]
        assert "newest" not in older.notice


@pytest.mark.parametrize("text", ["What did Chen Tao say?", "陈涛说了什么？"])
def test_what_a_speaker_said_is_outlined_over_all_transcripts(
    harbour: Assistant, text: str
) -> None:
    answer = harbour.ask(text)
    assert answer.generator == "outline"
    officials = {c.speaker for c in answer.citations if c.role != "reporter"}
    assert officials == {"Chen Tao"}
    assert {citation.transcript_id for citation in answer.citations} == {"old", "new"}
    assert "The ferry terminal will open in May 2021." in quotes(answer)


def test_a_speaker_filter_leaves_that_speaker_alone(harbour: Assistant) -> None:
    answer = harbour.ask("Summarise the briefing", (), Filters(speakers=("Wu Lan",)))
    assert {citation.speaker for citation in answer.citations} == {"Wu Lan"}


def test_a_speaker_asked_about_a_topic_is_an_ordinary_question(harbour: Assistant) -> None:
    assert harbour.ask("What did Chen Tao say about the harbour fees?").generator == "extractive"


def test_one_who_is_not_there_said_nothing(harbour: Assistant) -> None:
    assert harbour.ask("What did Elon Musk say?").generator != "outline"


def test_who_spoke_is_told_with_role_and_turns(harbour: Assistant) -> None:
    answer = harbour.ask("who spoke")
    assert [citation.speaker for citation in answer.citations] == [
        "Chen Tao", "Wu Lan", "Daily Times", "City TV",
    ]  # fmt: skip
    assert "Chen Tao (official, 2 turns)" in answer.notice
    assert "Lin Mei (moderator, " in answer.notice


def test_the_conversation_before_does_not_change_a_request(harbour: Assistant) -> None:
    history = (Message("user", "How many cranes?"), Message("assistant", "Two."))
    assert harbour.ask("who spoke", history).claims == harbour.ask("who spoke").claims


@pytest.mark.parametrize("text", ["Who said that?", "这是谁说的？"])
def test_who_said_the_last_answer_is_no_request_for_all_who_spoke(
    harbour: Assistant, text: str
) -> None:
    history: list[Message] = []
    for asked in ("What is inspected every month?", text):
        answer = harbour.ask(asked, history)
        history += [Message("user", asked), Message("assistant", answer.text)]
    assert answer.generator == "extractive"
    assert {citation.speaker for citation in answer.citations} <= {"Wu Lan"}


def test_a_long_outline_is_cut_and_says_so(
    page: Callable[..., Path], real_settings: Settings, real_embedder: Embedder, tmp_path: Path
) -> None:
    goods = ("grain", "steel", "coal", "timber", "salt", "fruit", "wool", "copper", "tea", "rice",
             "cotton", "sugar", "paper", "glass")  # fmt: skip
    speeches = [("Lin Mei", "The floor is open.")]
    for number, good in enumerate(goods):
        speeches.append(("Daily Times", f"How much {good} was shipped last year?"))
        speeches.append(("Chen Tao", f"Last year {number + 3} million tonnes of {good} went out."))
    page(tmp_path / "corpus" / "long.txt", *speeches)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(real_settings.data_dir / "models")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", corpus_dir=tmp_path / "corpus")
    ingest(read_corpus((settings.corpus_dir,)), settings, real_embedder)
    answer = open_assistant(settings).ask("Summarise the briefing")
    assert len(answer.claims) == 2 * MAX_ENTRIES
    assert "2 more are left out." in answer.notice


def test_in_chinese_an_outline_tells_a_statement_as_an_answer_does(harbour: Assistant) -> None:
    answer = harbour.ask("总结一下这场发布会")
    said = [part for part in told(answer) if part.quote]
    assert said
    assert all(part.claim.text.startswith(("Chen Tao 表示：“", "Wu Lan 表示：“")) for part in said)
