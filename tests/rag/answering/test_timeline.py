"""Who said what about a topic, when: over a corpus of three events in two languages."""

from __future__ import annotations

import json
from datetime import date

import pytest

from rag.answering.timeline import Timeline, timeline_to_json
from rag.assistant import Assistant, open_assistant
from rag.cli.main import main
from rag.errors import QuestionError
from rag.settings import Settings
from rag.types import Filters

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def assistant(bridge_settings: Settings) -> Assistant:
    return open_assistant(bridge_settings)


@pytest.fixture(scope="module")
def bridge(assistant: Assistant) -> Timeline:
    return assistant.timeline("cost of the new bridge")


def quotes(timeline: Timeline) -> list[str]:
    return [entry.citation.quote for entry in timeline.entries]


def test_statements_stand_from_the_oldest_event_to_the_newest(bridge: Timeline) -> None:
    days = [entry.citation.date for entry in bridge.entries]
    assert days == sorted(days, key=lambda day: day or date.max)
    assert {date(2024, 5, 2), date(2024, 9, 9)} <= set(days)
    assert [entry.citation.marker for entry in bridge.entries] == [*range(1, len(days) + 1)]


def test_each_quote_stands_letter_for_letter_in_the_turn_of_its_speaker(
    assistant: Assistant, bridge: Timeline
) -> None:
    for entry in bridge.entries:
        cited = entry.citation
        held = assistant.transcript(cited.transcript_id)
        assert held.text[cited.start : cited.end] == cited.quote
        assert held.turn(cited.turn).speaker == cited.speaker
        assert cited.quote in entry.claim
        assert cited.speaker in entry.claim


def test_figures_that_differ_between_two_events_stand_side_by_side(bridge: Timeline) -> None:
    [numbers] = bridge.differences
    told = [bridge.entries[number - 1].citation.quote for number in numbers]
    assert len(told) == 2
    assert "900 million" in told[0]
    assert "1.2 billion" in told[1]


def test_neither_courtesies_nor_moderators_nor_what_reporters_claim_are_statements(
    bridge: Timeline,
) -> None:
    assert {entry.citation.role for entry in bridge.entries} == {"official"}
    said = " ".join(quotes(bridge))
    assert "two billion" not in said
    assert "Thank you" not in said
    assert "books" not in said


def test_what_was_asked_is_told_as_such_where_reporters_are_chosen(assistant: Assistant) -> None:
    found = assistant.timeline("the bridge", Filters(roles=("reporter",)))
    assert found.entries
    assert all(entry.claim.startswith("This was asked, by ") for entry in found.entries)


def test_a_copy_is_told_once_and_where_it_was_said_first(bridge: Timeline) -> None:
    [spring] = [entry for entry in bridge.entries if "900 million" in entry.citation.quote]
    assert spring.citation.transcript_id == "b-spring"
    assert {copy.transcript_id for copy in spring.citation.copies} == {"a-mirror"}


def test_a_topic_in_chinese_finds_what_was_said_in_chinese(assistant: Assistant) -> None:
    found = assistant.timeline("大桥通车")
    assert any("大桥将于明年五月通车" in quote for quote in quotes(found))
    [note] = [e.citation.note for e in found.entries if "明年" in e.citation.quote]
    assert "2025" in note


def test_filters_leave_their_part_of_the_events(assistant: Assistant) -> None:
    found = assistant.timeline("cost of the new bridge", Filters(since=date(2024, 6, 1)))
    assert {entry.citation.transcript_id for entry in found.entries} == {"a-autumn", "c-winter"}
    assert not found.differences
    only = assistant.timeline("ferries", Filters(speakers=("wu lan",)))
    assert {entry.citation.speaker for entry in only.entries} == {"Wu Lan"}


def test_of_what_a_named_speaker_said_there_are_that_ones_words_alone(
    assistant: Assistant,
) -> None:
    found = assistant.timeline("What did Wu Lan say about the ferries?")
    assert {entry.citation.speaker for entry in found.entries} == {"Wu Lan"}


@pytest.mark.parametrize(
    ("topic", "reason"),
    [("lunar mining", "Nothing about “lunar mining”"), ("大熊猫", "没有找到与“大熊猫”有关")],
)
def test_a_topic_that_nobody_spoke_of_has_no_entries_and_a_sentence_says_so(
    assistant: Assistant, topic: str, reason: str
) -> None:
    found = assistant.timeline(topic)
    assert found.entries == ()
    assert reason in found.reason
    assert timeline_to_json(found) == {"topic": topic, "entries": [], "differences": []}


@pytest.mark.parametrize("topic", ["", " \n", "?!"])
def test_a_topic_without_a_word_is_refused(assistant: Assistant, topic: str) -> None:
    with pytest.raises(QuestionError):
        assistant.timeline(topic)


@pytest.fixture
def command(bridge_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETAO_DATA_DIR", str(bridge_settings.data_dir))


@pytest.mark.usefixtures("command")
def test_the_command_prints_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    main(["timeline", "cost of the new bridge", "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == ["topic", "entries", "differences"]
    names = ["date", "transcript_id", "title", "speaker", "role", "claim", "citation"]
    assert all(list(entry) == names for entry in printed["entries"])
    one, other = (printed["entries"][number - 1] for number in printed["differences"][0])
    assert (one["date"], other["date"]) == ("2024-05-02", "2024-09-09")
    assert one["citation"]["quote"] == "The new bridge will cost 900 million yuan."


@pytest.mark.usefixtures("command")
def test_the_command_says_which_entries_give_another_figure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["timeline", "cost of the new bridge"])
    assert "Another figure in [" in capsys.readouterr().out


@pytest.mark.usefixtures("command")
def test_an_empty_timeline_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    main(["timeline", "lunar mining", "--json"])
    printed = capsys.readouterr()
    assert json.loads(printed.out)["entries"] == []
    assert "Nothing about" in printed.err


def test_an_empty_topic_is_an_error_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["timeline", " "])
    assert left.value.code == 2
    assert "TOPIC" in capsys.readouterr().err
