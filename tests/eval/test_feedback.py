from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.errors import SetError
from eval.feedback import (
    FILE,
    Feedback,
    Verdict,
    describe_feedback,
    drop_feedback,
    keep_feedback,
    read_feedback,
)
from rag.errors import StorageError
from rag.types import Answer, Message

MakeFeedback = Callable[..., Feedback]


@pytest.fixture
def make_feedback(make_answer: Callable[..., Answer]) -> MakeFeedback:
    def make(question: str = "几个厅？", verdict: Verdict = "wrong_citation") -> Feedback:
        answer = make_answer("It has five halls.", question=question, language="zh-Hans")
        return describe_feedback(answer, [Message("user", "Hello\u2028there")], ["Li Wen"], verdict)

    return make


def test_what_is_kept_is_read_back(make_feedback: MakeFeedback, tmp_path: Path) -> None:
    given = [make_feedback("One?"), make_feedback("二？")]
    for feedback in given:
        keep_feedback(tmp_path / "new", feedback)
    assert read_feedback(tmp_path / "new") == given
    assert given[0].citations[0].model_dump() == {
        "quote": "It has five halls.", "speaker": "Li Wen", "transcript": "harbour", "page": 1,
    }  # fmt: skip


def test_there_is_none_before_any_was_given(tmp_path: Path) -> None:
    assert read_feedback(tmp_path) == []


def test_a_second_verdict_takes_the_place_of_the_first(
    make_feedback: MakeFeedback, tmp_path: Path
) -> None:
    for verdict in ("wrong_citation", "should_have_refused"):
        keep_feedback(tmp_path, make_feedback(verdict=verdict))
    (only,) = read_feedback(tmp_path)
    assert only.verdict == "should_have_refused"


def test_what_one_user_takes_back_stays_said_by_another(
    make_answer: Callable[..., Answer], tmp_path: Path
) -> None:
    answer = make_answer("It has five halls.")
    ours, theirs = (describe_feedback(answer, (), (), "right", by) for by in ("ours", "theirs"))
    keep_feedback(tmp_path, ours)
    keep_feedback(tmp_path, theirs)
    drop_feedback(tmp_path, ours.id)
    assert read_feedback(tmp_path) == [theirs]
    assert "theirs" not in (tmp_path / FILE).read_text()


def test_what_is_taken_back_is_gone_and_the_rest_stays(
    make_feedback: MakeFeedback, tmp_path: Path
) -> None:
    one, two = make_feedback("One?"), make_feedback("Two?")
    keep_feedback(tmp_path, one)
    keep_feedback(tmp_path, two)
    drop_feedback(tmp_path, one.id)
    drop_feedback(tmp_path, "feedback-unknown")
    assert read_feedback(tmp_path) == [two]


def test_a_line_that_cannot_be_read_is_named_and_never_lost(
    make_feedback: MakeFeedback, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_bytes(b'{"id": 1}\n\xff half')
    feedback = make_feedback()
    keep_feedback(tmp_path, feedback)
    drop_feedback(tmp_path, feedback.id)
    assert (tmp_path / FILE).read_bytes() == b'{"id": 1}\n\xff half\n'
    with pytest.raises(SetError, match="line 1 is no feedback"):
        read_feedback(tmp_path)


def test_a_file_that_cannot_be_written_is_left_as_it_was(
    make_feedback: MakeFeedback, tmp_path: Path
) -> None:
    keep_feedback(tmp_path, make_feedback("One?"))
    (tmp_path / FILE).with_suffix(".part").mkdir()
    with pytest.raises(StorageError, match="could not be kept"):
        keep_feedback(tmp_path, make_feedback("Two?"))
    assert [feedback.question for feedback in read_feedback(tmp_path)] == ["One?"]


def test_only_what_should_have_been_refused_is_a_record_without_evidence(
    make_feedback: MakeFeedback,
) -> None:
    wrong = make_feedback(verdict="wrong_answer").draft()
    refused = make_feedback(verdict="should_have_refused").draft()
    assert (wrong.answerable, refused.answerable) == (True, False)
    assert wrong.question == "几个厅？"
    assert [line.content for line in wrong.history] == ["Hello\u2028there"]
    assert wrong.evidence == refused.evidence == ()
