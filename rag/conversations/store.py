"""Conversations in one SQLite file of the data directory, kept exactly as they were shown."""

from __future__ import annotations

import secrets
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlite_utils import Database
from sqlite_utils.db import NotFoundError

from rag.conversations.kept import FILTERS, Conversation, Round
from rag.conversations.schema import versions
from rag.errors import QuestionError, StorageError
from rag.types import Answer, Filters

FILE = "conversations.sqlite3"
_TITLE_CHARACTERS = 80
_WAIT_SECONDS = 5.0
# How long what was deleted can be brought back.
_KEPT_DELETED = timedelta(days=7)
_GONE = (
    "This conversation is not kept here: it was deleted, or its link is of another machine or "
    "another user."
)
_ANSWER = TypeAdapter(Answer)


class ConversationStore:
    """Keeps conversations; safe to share between threads, and with other processes.

    ``path`` is the file; None keeps them in memory, where the file cannot be used. Every method
    raises StorageError when the file cannot be read or written, and those that take an id raise
    QuestionError when there is no such conversation.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = RLock()
        with self._reported():
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._database = Database(
                sqlite3.connect(
                    path or ":memory:", timeout=_WAIT_SECONDS, check_same_thread=False,
                    isolation_level=None,
                )
            )  # fmt: skip
            # SQLite's own lower() knows ASCII alone.
            self._database.register_function(_folded, name="folded", deterministic=True)
            known = {version.name for version in versions.pending(Database(memory=True))}
            if not {done.name for done in versions.applied(self._database)} <= known:
                raise StorageError(
                    f"{path} was written by a newer version of Hetao, which this one cannot read. "
                    "Install that version again, or move the file elsewhere to begin anew."
                )
            versions.apply(self._database)
            self._database.execute("PRAGMA foreign_keys = ON")
            self._forget_deleted()

    def conversations(self, search: str = "") -> tuple[Conversation, ...]:
        """Those that are kept, the last used first; with ``search`` those that say it anywhere."""
        where, words = "deleted IS NULL", {"words": _folded(search.strip())}
        if words["words"]:
            where += (
                " AND (instr(folded(title), :words) OR EXISTS (SELECT 1 FROM rounds WHERE "
                "conversation = conversations.id AND "
                "instr(folded(question || char(10) || coalesce(told, '')), :words)))"
            )
        with self._reported():
            rows = self._database.table("conversations").rows_where(
                where, words, order_by="changed DESC"
            )
            return tuple(_conversation(row) for row in rows)

    def conversation(self, known_as: str) -> Conversation:
        """One of them, by its id."""
        with self._reported():
            return _conversation(self._row(known_as))

    def has(self, known_as: str) -> bool:
        """Whether there is a conversation of that id."""
        with self._reported():
            known = "id = ? AND deleted IS NULL"
            return self._database.table("conversations").count_where(known, [known_as]) > 0

    def rounds(self, known_as: str) -> tuple[Round, ...]:
        """What was asked and answered in a conversation, oldest first."""
        with self._reported():
            self._row(known_as)
            rows = self._database.table("rounds").rows_where(
                "conversation = ?", [known_as], order_by="number"
            )
            return tuple(_round(row) for row in rows)

    def begin(self, question: str) -> str:
        """Begin a conversation that is called by its first question; gives its id."""
        known_as = secrets.token_urlsafe(9)
        with self._reported():
            self._database.table("conversations").insert(
                {"id": known_as, "title": _title(question), "changed": _now(), "deleted": None}
            )
        return known_as

    def ask(self, known_as: str, question: str, filters: Filters) -> int:
        """Add a question, yet to be answered; gives the number of its round."""
        asked = Round(0, datetime.now(UTC), question, filters)
        with self._reported(), self._writing():
            self._row(known_as)
            number = self._database.execute(
                "INSERT INTO rounds (conversation, number, asked, question, filters, error) "
                "SELECT :id, coalesce(max(number), 0) + 1, :asked, :question, :filters, '' "
                "FROM rounds WHERE conversation = :id RETURNING number",
                {"id": known_as} | _asked(asked),
            ).fetchone()[0]
            self._change(known_as, changed=_now())
        return int(number)

    def finish(
        self, known_as: str, number: int, answer: Answer | None = None, error: str = "",
        filters: Filters | None = None,
    ) -> None:  # fmt: skip
        """Give a question its answer, or the sentence that says why there is none.

        ``filters`` are those that it was answered with, where they are not those it was asked with.
        """
        changed = _outcome(answer, error)
        if filters is not None:
            changed["filters"] = FILTERS.dump_json(filters).decode()
        with self._reported():
            self._row(known_as)
            self._database.table("rounds").update((known_as, number), changed)

    def rename(self, known_as: str, title: str) -> None:
        """Call a conversation something else; an empty title changes nothing."""
        if title.strip():
            self._change(known_as, title=_title(title))

    def delete(self, known_as: str) -> None:
        """Take a conversation off the list; :meth:`restore` brings it back within a week."""
        self._change(known_as, deleted=_now())

    def restore(self, known_as: str) -> None:
        """Bring a deleted conversation back."""
        with self._reported():
            self._database.table("conversations").update(known_as, {"deleted": None})

    def copy_to(self, other: ConversationStore, known_as: str) -> dict[int, int]:
        """Put a conversation into another store as well, under the same id.

        What was asked there meanwhile stays, and what is new to it comes behind; gives the number
        that each round has there.
        """
        with self._reported():
            row, rounds = self._row(known_as), self.rounds(known_as)
        numbers: dict[int, int] = {}
        with other._reported(), other._database.atomic():
            other._database.table("conversations").insert(row, replace=True)
            there = {done.asked: done.number for done in other.rounds(known_as)}
            for done in rounds:
                is_new = done.asked not in there
                number = there.setdefault(done.asked, max(there.values(), default=0) + 1)
                numbers[done.number] = number
                if is_new or done.answer:
                    other._database.table("rounds").insert(
                        {"conversation": known_as, "number": number, **_asked(done)}
                        | _outcome(done.answer, done.error),
                        replace=True,
                    )
        return numbers

    def _row(self, known_as: str) -> dict[str, Any]:
        found = self._database.table("conversations").rows_where(
            "id = ? AND deleted IS NULL", [known_as]
        )
        row = next(iter(found), None)
        if row is None:
            raise QuestionError(_GONE)
        return dict(row)

    def _change(self, known_as: str, **values: str) -> None:
        with self._reported():
            self._row(known_as)
            self._database.table("conversations").update(known_as, values)

    def _forget_deleted(self) -> None:
        before = [(datetime.now(UTC) - _KEPT_DELETED).isoformat()]
        with self._database.atomic():
            self._database.table("rounds").delete_where(
                "conversation IN (SELECT id FROM conversations WHERE deleted < ?)", before
            )
            self._database.table("conversations").delete_where("deleted < ?", before)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All or nothing. The file is taken first: who has read may not write after another."""
        self._database.execute("BEGIN IMMEDIATE")
        with self._database.conn:
            yield

    @contextmanager
    def _reported(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except NotFoundError as error:
                raise QuestionError(_GONE) from error
            except (OSError, sqlite3.Error) as error:
                raise StorageError(
                    f"The conversations cannot be kept in {self._path} ({error}). See that the "
                    "folder can be written and that the disk has room."
                ) from error


def _asked(done: Round) -> dict[str, str]:
    return {
        "asked": done.asked.isoformat(),
        "question": done.question,
        "filters": FILTERS.dump_json(done.filters).decode(),
    }


def _outcome(answer: Answer | None, error: str) -> dict[str, str | None]:
    return {
        "answer": _ANSWER.dump_json(answer).decode() if answer else None,
        "told": answer.text if answer else None,
        "error": error,
    }


def _conversation(row: dict[str, Any]) -> Conversation:
    return Conversation(row["id"], row["title"], datetime.fromisoformat(row["changed"]))


def _round(row: dict[str, Any]) -> Round:
    error, answer = row["error"], None
    try:
        answer = _ANSWER.validate_json(row["answer"]) if row["answer"] else None
    except ValidationError:
        error = f"This answer is damaged and cannot be shown whole. It said: {row['told']}"
    return Round(
        row["number"],
        datetime.fromisoformat(row["asked"]),
        row["question"],
        FILTERS.validate_json(row["filters"]),
        answer,
        error,
    )


def _folded(words: str) -> str:
    """Words as they are searched: case and width make no difference."""
    return unicodedata.normalize("NFKC", words).casefold()


def _title(words: str) -> str:
    one_line = " ".join(words.split())
    short = one_line[:_TITLE_CHARACTERS]
    return short if short == one_line else f"{short.rstrip()} …"


def _now() -> str:
    return datetime.now(UTC).isoformat()
