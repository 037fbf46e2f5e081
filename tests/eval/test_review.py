from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from eval.commands import evaluation
from eval.feedback import Feedback, Verdict, describe_feedback, keep_feedback, read_feedback
from eval.gold import load_set
from eval.review import review_drafts
from rag.settings import Settings
from rag.types import Answer, Message, Transcript

Review = Callable[..., Result]


@pytest.fixture
def reported(make_answer: Callable[..., Answer], tmp_path: Path) -> Callable[..., Feedback]:
    """Feedback that lies in the data directory ``tmp_path``."""

    def report(verdict: Verdict, *quotes: str, question: str = "How many halls?") -> Feedback:
        answer = make_answer(*quotes, question=question)
        feedback = describe_feedback(answer, [Message("user", "Is it\x1b[2J big?")], (), verdict)
        keep_feedback(tmp_path, feedback)
        return feedback

    return report


@pytest.fixture
def review(transcript: Transcript, tmp_path: Path) -> Review:
    """Reviews all feedback in ``tmp_path``, typing what is given; accepted goes to set.jsonl."""

    def run(typed: str) -> Result:
        feedback = {one.id: one for one in read_feedback(tmp_path)}

        @click.command()
        def command() -> None:
            drafts = [one.draft() for one in feedback.values()]
            review_drafts(drafts, feedback, tmp_path / "set.jsonl", [transcript], tmp_path)

        return CliRunner().invoke(command, input=typed, catch_exceptions=False)

    return run


def test_what_was_said_cited_and_reported_is_shown_without_control_characters(
    reported: Callable[..., Feedback], review: Review
) -> None:
    reported("wrong_citation", "The bridge opens in 2028 .")
    shown = review("q\n").output
    assert "wrong citation" in shown
    assert 'It cited: Li Wen, page 1: "The bridge opens in 2028 ."' in shown
    assert "Before (user): Is it[2J big?" in shown


def test_a_report_becomes_a_record_once_its_evidence_is_found(
    reported: Callable[..., Feedback], review: Review, transcript: Transcript, tmp_path: Path
) -> None:
    reported("wrong_answer", "The bridge opens in 2028 .")
    done = review("a\nIt has six halls.\nIt has five  halls.\nThe bridge opens in 2028.\n\n")
    assert "quote not found" in done.output
    (case,) = load_set(tmp_path / "set.jsonl", [transcript]).cases
    first, second = case.record.evidence
    assert (first.quote, first.speaker, first.page) == ("It has five halls.", "Li Wen", 1)
    assert second.quote == "The bridge opens in 2028 ."
    assert read_feedback(tmp_path) == []


def test_cited_words_that_have_moved_since_are_asked_for_again(
    reported: Callable[..., Feedback], review: Review, transcript: Transcript, tmp_path: Path
) -> None:
    right = reported("right", "It has five halls.")
    old = right.citations[0].model_copy(update={"transcript": "renamed-since"})
    keep_feedback(tmp_path, right.model_copy(update={"citations": (old,)}))
    assert 'no transcript "renamed-since"' in review("a\nIt has five halls.\n\n").output
    (case,) = load_set(tmp_path / "set.jsonl", [transcript]).cases
    assert case.record.evidence[0].transcript == transcript.id


def test_what_should_have_been_refused_is_accepted_as_it_is(
    reported: Callable[..., Feedback], review: Review, transcript: Transcript, tmp_path: Path
) -> None:
    reported("should_have_refused", "It has five halls.")
    assert "To be refused" in review("a\n").output
    (case,) = load_set(tmp_path / "set.jsonl", [transcript]).cases
    assert not case.record.answerable


def test_an_edited_report_keeps_what_was_typed(
    reported: Callable[..., Feedback], review: Review, tmp_path: Path
) -> None:
    reported("should_have_answered")
    review("e\n它有几个展厅？\nFive.\nfive | 5; —\nIt has five halls.\n\n")
    record = json.loads((tmp_path / "set.jsonl").read_text(encoding="utf-8"))
    assert (record["question"], record["answer"]) == ("它有几个展厅？", "Five.")
    assert record["language"] == "zh-Hans"
    assert record["must_include"] == [["five", "5"]]


def test_a_rejected_report_is_gone_and_one_not_yet_seen_stays(
    reported: Callable[..., Feedback], review: Review, tmp_path: Path
) -> None:
    reported("wrong_answer", "It has five halls.", question="One?")
    second = reported("wrong_answer", "It has five halls.", question="Two?")
    review("r\nq\n")
    assert read_feedback(tmp_path) == [second]
    assert not (tmp_path / "set.jsonl").exists()


@pytest.mark.model
def test_the_draft_command_offers_first_what_was_reported_in_the_chat(
    make_answer: Callable[..., Answer], real_copy: Settings, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("HETAO_DATA_DIR", str(real_copy.data_dir))
    feedback = describe_feedback(make_answer(question="Why so?"), (), (), "should_have_answered")
    keep_feedback(real_copy.data_dir, feedback)
    listed = CliRunner().invoke(evaluation, ["draft", "--json"], catch_exceptions=False)
    ids = [draft["id"] for draft in json.loads(listed.stdout)["drafts"]]
    assert ids[0] == feedback.id
    assert len(ids) > 1
    done = CliRunner().invoke(
        evaluation, ["draft", "--to", str(tmp_path / "mine.jsonl")], input="r\nq\n",
        catch_exceptions=False,
    )  # fmt: skip
    assert "should have answered" in done.stdout
    assert read_feedback(real_copy.data_dir) == []
