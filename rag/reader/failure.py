"""What went wrong with a reader that somebody else serves, as a sentence without key or passage."""

from __future__ import annotations

import re

from rag.errors import ModelError, causes

# What a server says of a request is repeated to this length.
_WORDS = 200


class ReaderFailure(ModelError):
    """A reader gave no answer that can be used; the sentence says what happened and where.

    ``timed_out`` says that the next request would only be waited for again.
    """

    def __init__(self, sentence: str, *, timed_out: bool = False) -> None:
        super().__init__(sentence)
        self.timed_out = timed_out


def failure_of(error: BaseException, reader: str) -> ReaderFailure:
    """An exception of an HTTP client or of a provider's package, as a failure of ours.

    They are told apart by HTTP status and by the names of their classes. ``reader`` is the
    model and the host. Raise it ``from None``: such exceptions may hold the request with its key.
    """
    if isinstance(error, ReaderFailure):
        return error
    chain = list(causes(error))
    kinds = " ".join(kind.__name__ for each in chain for kind in type(each).__mro__)
    status = next((code for each in chain if (code := _status(each))), 0)
    if status:
        return status_failure(status, reader)
    if "Timeout" in kinds:
        return timed_out(reader)
    if "Connect" in kinds:
        why = "cannot be reached: see that its server runs and that HETAO_READER_BASE_URL is right."
    elif re.search("Protocol|ReadError|WriteError|IncompleteRead", kinds):
        why = "broke off before its answer was complete."
    else:
        why = f"failed ({type(error).__name__})."
    return ReaderFailure(f"The reader {reader} {why}")


def status_failure(status: int, reader: str, words: str = "") -> ReaderFailure:
    """The failure for an HTTP status; ``words`` are the server's own, the key taken out."""
    if status in (401, 403):
        why = f"refused the key ({status}): check HETAO_READER_API_KEY."
    elif status in (404, 405, 501):
        why = (
            f"serves no such model ({status}): check HETAO_READER_MODEL and HETAO_READER_BASE_URL."
        )
    elif status == 429:
        why = "had too many requests, or its quota is used up (429): ask again in a minute."
    elif status >= 500:
        why = f"has a fault of its own ({status})."
    else:
        why = f"refused the request ({status})" + (f": {words[:_WORDS]}" if words else ".")
    return ReaderFailure(f"The reader {reader} {why}")


def timed_out(reader: str) -> ReaderFailure:
    """The failure of a reader that took too long."""
    return ReaderFailure(
        f"The reader {reader} did not answer in time: raise HETAO_READER_TIMEOUT_SECONDS, or take "
        "a smaller model.",
        timed_out=True,
    )


def wrong_form(reader: str, what: str) -> ReaderFailure:
    """The failure of an answer that is not what was asked for: ``what`` is wrong with it."""
    return ReaderFailure(f"The reader {reader} answered in another form than asked for: {what}.")


def _status(error: BaseException) -> int:
    for holder in (error, getattr(error, "response", None)):
        if isinstance(code := getattr(holder, "status_code", None), int):
            return code
    return 0
