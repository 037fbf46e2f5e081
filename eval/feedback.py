"""What users say of answers in the chat: kept as drafts of evaluation records.

One line each in ``feedback.jsonl`` of the data directory, until a person has decided about it
(``hetao eval draft``) or the user takes it back. Nothing is sent anywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import SetError
from eval.records import EvidenceLine, Filled, HistoryLine, Record
from rag.errors import StorageError
from rag.types import Answer, Language, Message

FILE = "feedback.jsonl"
Verdict = Literal[
    "right", "wrong_citation", "wrong_answer", "should_have_refused", "should_have_answered"
]
_LOCK_SECONDS = 5.0


class Feedback(BaseModel):
    """One answer that was right, or with which something was wrong.

    ``citations`` are what the answer cited, which may be the very thing that is wrong;
    ``speakers`` those that the user had limited the question to, empty for all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Filled
    given: str
    verdict: Verdict
    question: Filled
    language: Language
    history: tuple[HistoryLine, ...]
    speakers: tuple[str, ...]
    answer: str
    citations: tuple[EvidenceLine, ...]

    def draft(self) -> Record:
        """The record that this may become.

        What should have been refused, and what was right, is a valid record as it is. Any other
        still lacks its evidence, which only a person can give.
        """
        return Record(
            id=self.id,
            question=self.question,
            language=self.language,
            type="feedback",
            history=self.history,
            answerable=self.verdict != "should_have_refused",
            evidence=self.citations if self.verdict == "right" else (),
        )


def feedback_id(
    answer: Answer, history: Sequence[Message], speakers: Sequence[str], by: str = ""
) -> str:
    """The id under which feedback on an answer is kept.

    It is the same for every verdict, so that a second one takes the place of the first; and another
    for each user, ``by``, of whom nothing else is kept.
    """
    said = [(line.role, line.content) for line in history]
    key = json.dumps([said, list(speakers), answer.question, answer.text, *([by] if by else [])])
    return f"feedback-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def describe_feedback(
    answer: Answer, history: Sequence[Message], speakers: Sequence[str], verdict: Verdict,
    by: str = "",
) -> Feedback:  # fmt: skip
    """The feedback on an answer, given now; ``history`` is what came before the question."""
    return Feedback(
        id=feedback_id(answer, history, speakers, by),
        given=datetime.now(UTC).isoformat(timespec="seconds"),
        verdict=verdict,
        question=answer.question,
        language=answer.language,
        history=tuple(HistoryLine(role=line.role, content=line.content) for line in history),
        speakers=tuple(speakers),
        answer=answer.text,
        citations=tuple(
            EvidenceLine(
                quote=found.quote,
                speaker=found.speaker,
                transcript=found.transcript_id,
                page=found.page,
            )
            for found in answer.citations
        ),
    )


def keep_feedback(data_dir: Path, feedback: Feedback) -> None:
    """Add feedback to the file. Raises StorageError when it cannot be written."""
    _rewrite(data_dir, feedback.id, feedback.model_dump_json() + "\n")


def drop_feedback(data_dir: Path, known_as: str) -> None:
    """Take the feedback of that id out of the file, if it is there.

    Raises StorageError as :func:`keep_feedback`.
    """
    _rewrite(data_dir, known_as, "")


def read_feedback(data_dir: Path) -> list[Feedback]:
    """All feedback that nobody has decided about yet, the oldest first.

    Raises SetError for a file or a line that cannot be read.
    """
    path = data_dir / FILE
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise SetError(f"{path} cannot be read ({error.strerror or error}).") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                found.append(Feedback.model_validate_json(line))
        except ValidationError as error:
            fault = error.errors()[0]["msg"]
            raise SetError(
                f"{path}, line {number} is no feedback ({fault}). Mend the line or delete it."
            ) from error
    return found


def _rewrite(data_dir: Path, known_as: str, line: str) -> None:
    """Write the file anew, whole or not at all: ``line`` in the place of what has that id."""
    path = data_dir / FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(data_dir / f".{FILE}.lock", timeout=_LOCK_SECONDS):
            lines = path.read_bytes().split(b"\n") if path.exists() else []
            # A line that cannot be read is somebody's all the same, and stays as it is.
            kept = [old + b"\n" for old in lines if old and _id_of(old) != known_as]
            part = path.with_suffix(".part")
            part.write_bytes(b"".join(kept) + line.encode())
            part.replace(path)
    except (OSError, Timeout) as error:
        raise StorageError(
            f"Your feedback could not be kept in {path} ({error.strerror or error}). Make room or "
            "allow writing there, and click again. The conversation is not touched."
        ) from error


def _id_of(line: bytes) -> str | None:
    try:
        return str(json.loads(line)["id"])
    except (ValueError, KeyError, TypeError):
        return None
