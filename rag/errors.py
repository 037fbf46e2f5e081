"""One family of errors, each a sentence for the person who meets it.

The command line and the UI catch :class:`HetaoError` once; whatever else escapes is a bug.
"No evidence" is an answer, not an error.
"""

from __future__ import annotations

from collections.abc import Iterator


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


class ClusterError(HetaoError):
    """The machines that an ingest is to be spread over cannot be reached, or are of no use."""


class QuestionError(HetaoError):
    """The question (or a filter or history given with it) cannot be used."""


def is_to_mend(error: Exception) -> bool:
    """Whether something outside the program must be put right before the same can succeed.

    Otherwise the question is at fault, or the program is.
    """
    return isinstance(error, (HetaoError, OSError, ImportError)) and not isinstance(
        error, QuestionError
    )


def sentence_of(error: Exception) -> str:
    """What a person reads of an error that can be mended; "" of one that is a bug."""
    if isinstance(error, HetaoError):
        return str(error)
    if isinstance(error, ImportError):
        missing = error.name or "a package"
        return f"{missing} cannot be loaded: run `make setup` in the project, and try again."
    if isinstance(error, OSError) and error.filename:
        return (
            f"{error.filename} cannot be read or written ({error.strerror}). See that it is there, "
            "that its permissions allow it and that the disk has room, and try again."
        )
    return ""


def unknown_turn(transcript_id: str, number: int, count: int) -> QuestionError:
    """The error for a number that none of the ``count`` turns of a transcript has."""
    return QuestionError(f"{transcript_id} has turns 1 to {count}, not {number}.")


def unknown_transcript(transcript_id: str) -> QuestionError:
    """The error for an id that no transcript of the index has."""
    return QuestionError(
        f"No transcript has the id {transcript_id!r}; `hetao list` shows those there are."
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, what it was raised from, what that was raised from, and so on."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
