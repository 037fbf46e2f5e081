"""What was costly to find out, by what it depends on: the same once more costs nothing.

So is kept what a chat model wrote, by what it was asked (never an answer: that is attributed and
verified anew each time), and which of the corpus's own questions the corpus answers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

# About 5 MB; the texts asked for least recently go first.
_MAX_TEXTS = 2000
_WAIT_SECONDS = 1.0
_TABLE = """CREATE TABLE IF NOT EXISTS texts (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, used INTEGER NOT NULL)"""
_NEXT = "(SELECT coalesce(max(used), 0) + 1 FROM texts)"
_logger = logging.getLogger(__name__)

Found = TypeVar("Found")


def cache_key(*parts: str) -> str:
    """One hash over whatever would change the text: model, prompt version, the prompt itself."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class AnswerCache:
    """Texts in one SQLite file. Safe to share between threads and processes.

    A cache never breaks an answer: one that cannot be read is begun anew, one that cannot be
    written is done without.
    """

    def __init__(self, path: Path, max_texts: int = _MAX_TEXTS) -> None:
        self._path = path
        self._max_texts = max_texts

    def get(self, key: str) -> str | None:
        """The text under a key, or None."""

        def find(database: sqlite3.Connection) -> str | None:
            found = database.execute("SELECT text FROM texts WHERE key = ?", (key,)).fetchone()
            if found:
                database.execute(f"UPDATE texts SET used = {_NEXT} WHERE key = ?", (key,))  # noqa: S608
            return str(found[0]) if found else None

        return self._run(find)

    def put(self, key: str, text: str) -> None:
        """Keep a text; the least recently used ones beyond the bound are dropped."""

        def keep(database: sqlite3.Connection) -> None:
            database.execute(f"INSERT OR REPLACE INTO texts VALUES (?, ?, {_NEXT})", (key, text))  # noqa: S608
            database.execute(
                "DELETE FROM texts WHERE key IN "
                "(SELECT key FROM texts ORDER BY used DESC LIMIT -1 OFFSET ?)",
                (self._max_texts,),
            )

        self._run(keep)

    def _run(self, action: Callable[[sqlite3.Connection], Found]) -> Found | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_WAIT_SECONDS)
            with contextlib.closing(connection), connection:
                connection.execute(_TABLE)
                return action(connection)
        except (OSError, sqlite3.OperationalError) as error:  # locked, read-only, no room
            _logger.warning("The cache of answers %s was not used: %s", self._path, error)
        except sqlite3.DatabaseError as error:
            _logger.warning("The cache of answers %s is begun anew: %s", self._path, error)
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        return None
