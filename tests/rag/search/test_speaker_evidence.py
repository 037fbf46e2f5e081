"""What a speaker said about something is answered from that speaker's words, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rag.assistant import Assistant, open_assistant
from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Answer, Filters, Message

pytestmark = pytest.mark.model

BRIEFING = (
    ("Lin Mei", "Good morning, everyone. Welcome to this briefing on the ferries and the bridge."),
    (
        "Chen Tao",
        "Good morning. The bridge will have six lanes and cost 900 million dollars. Work on the "
        "bridge began in April, and the piers already stand in the water. The night bus will run "
        "every twenty minutes.",
    ),
    ("Daily Times", "Thank you. What will become of the ferries, and are they safe?"),
    (
        "Wu Lan",
        "The ferries will go on until the bridge is open. Each ferry was inspected in March, and "
        "two old ferries were taken out of service. Passengers under twelve travel free of charge.",
    ),
    ("City TV", "Who pays for the tunnel under the harbour?"),
    (
        "Chen Tao",
        "The tunnel is paid for by the province. Drivers will pay no toll for the tunnel.",
    ),
    ("Lin Mei", "Thank you all for coming today."),
)


@pytest.fixture(scope="module")
def harbour(
    page: Callable[..., Path],
    real_settings: Settings,
    real_embedder: Embedder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Assistant:
    folder = tmp_path_factory.mktemp("ferries")
    page(folder / "corpus" / "ferries.txt", *BRIEFING, day="June 1, 2025")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(real_settings.data_dir / "models")
    settings = Settings(_env_file=None, data_dir=folder / "data", corpus_dir=folder / "corpus")
    ingest(read_corpus((settings.corpus_dir,)), settings, real_embedder)
    return open_assistant(settings)


def cited(answer: Answer) -> set[str]:
    return {c.speaker for c in (*answer.citations, *answer.more)}


@pytest.mark.parametrize(
    ("question", "speaker", "words"),
    [
        ("What did Wu Lan say about the ferries?", "Wu Lan", "ferr"),
        ("What did Chen Tao say about the tunnel?", "Chen Tao", "tunnel"),
        ("What did Chen Tao tell the press about the night bus?", "Chen Tao", "night bus"),
    ],
)
def test_only_the_speaker_asked_for_is_quoted(
    harbour: Assistant, question: str, speaker: str, words: str
) -> None:
    answer = harbour.ask(question)
    assert answer.status == "answered"
    assert cited(answer) == {speaker}
    assert words in answer.citations[0].quote


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What did Wu Lan say about the cost of the tunnel?",
         "Nothing that Wu Lan said about this was found in the transcripts."),
        ("吴岚对隧道的费用说了什么？", "实录中没有找到 Wu Lan 谈到这一点的话。"),
        ("吳嵐對隧道的費用說了甚麼？", "實錄中沒有找到 Wu Lan 談到這一點的話。"),
        ("What did Wu Lan promise about the night bus?",
         "Nothing that Wu Lan said about this was found in the transcripts."),
    ],
)  # fmt: skip
def test_who_said_nothing_about_it_is_not_spoken_for(
    harbour: Assistant, question: str, reason: str
) -> None:
    answer = harbour.ask(question)
    assert (answer.status, answer.reason) == ("not_in_corpus", reason)
    assert not cited(answer)
    # The nearest are the speaker's, and one of somebody else, under that one's name.
    assert [hit.passage.speaker for hit in answer.nearest] == ["Wu Lan", "Chen Tao"]


@pytest.mark.parametrize(
    "question",
    [
        "Who appointed Wu Lan?",
        "When did Wu Lan take office?",
        "Did anyone contradict Wu Lan on the ferries?",
        "What did the Daily Times ask about the ferries?",
        "What will become of the ferries?",
    ],
)
def test_a_question_that_only_mentions_somebody_is_not_narrowed(
    harbour: Assistant, question: str
) -> None:
    answer = harbour.ask(question)
    assert "said about this" not in answer.reason
    heard = {hit.passage.speaker for hit in answer.nearest} | cited(answer)
    assert heard != {"Wu Lan"} or answer.status == "answered"


def test_a_filter_for_speakers_is_left_as_it_is_set(harbour: Assistant) -> None:
    answer = harbour.ask(
        "What did Wu Lan say about the tunnel?", filters=Filters(speakers=("Chen Tao",))
    )
    assert "said about this" not in answer.reason
    assert cited(answer) <= {"Chen Tao"}


def test_what_another_filter_leaves_out_is_not_said_to_be_unsaid(harbour: Assistant) -> None:
    # The only transcript is older than that.
    answer = harbour.ask(
        "What did Wu Lan say about the ferries?", filters=Filters(since=date(2026, 1, 1))
    )
    assert answer.status == "not_in_corpus"
    assert (
        answer.reason == "Nothing that Wu Lan said about this was found in the transcripts chosen."
    )


def test_a_moderator_is_not_quoted_and_nobody_instead(harbour: Assistant) -> None:
    answer = harbour.ask("What did Lin Mei say about the ferries?")
    assert answer.status == "not_in_corpus"
    assert answer.reason == "Lin Mei is a moderator, whose words are not quoted as an answer."


def test_two_who_are_both_asked_about_are_both_quoted_at_most(harbour: Assistant) -> None:
    answer = harbour.ask("What did Wu Lan and Chen Tao say about the bridge?")
    assert answer.status == "answered"
    assert cited(answer) <= {"Wu Lan", "Chen Tao"}


def test_a_pronoun_is_the_one_speaker_whom_the_user_named(harbour: Assistant) -> None:
    history = [
        Message("user", "What did Wu Lan say about the ferries?"),
        Message("assistant", "Wu Lan said: “The ferries will go on until the bridge is open.” [1]"),
    ]
    answer = harbour.ask("And what did she say about the tunnel?", history)
    assert cited(answer) <= {"Wu Lan"}
    assert answer.status == "not_in_corpus" or cited(answer)


def test_a_pronoun_after_two_names_is_nobody_in_particular(harbour: Assistant) -> None:
    history = [
        Message("user", "Did Wu Lan and Chen Tao meet?"),
        Message("assistant", "The transcripts do not say."),
    ]
    answer = harbour.ask("What did she say about the tunnel?", history)
    assert "said about this" not in answer.reason
