"""One family of errors, each a sentence for the person who meets it.

The command line and the UI catch :class:`HetaoError` once; whatever else escapes is a bug.
"No evidence" is an answer, not an error.
"""

from __future__ import annotations


class HetaoError(Exception):
    """What happened, where, and what to do about it; exit code 1."""


class SettingsError(HetaoError):
    """A setting has a value that cannot be used."""


class CorpusError(HetaoError):
    """The corpus, its manifest or one of its files cannot be read."""


class IndexMissing(HetaoError):
    """There is no index yet."""


class IndexMismatch(HetaoError):
    """The index was built by other settings or another model, or its parts disagree."""


class StorageError(HetaoError):
    """The data directory cannot be written, is full, or is in use by another ingest."""


class ModelError(HetaoError):
    """A model cannot be found, verified or loaded."""


class QuestionError(HetaoError):
    """The question (or a filter or history given with it) cannot be used."""


def unknown_transcript(transcript_id: str) -> QuestionError:
    """The error for an id that no transcript of the index has."""
    return QuestionError(
        f"No transcript has the id {transcript_id!r}; `hetao list` shows those there are."
    )
