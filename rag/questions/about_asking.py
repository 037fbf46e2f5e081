"""Whether a question asks what the reporters asked or claimed, or what was answered.

"What did the reporter ask about ferries?" is answered by a reporter's words, "How was the reporter
answered?" by an official's. ``about_asking.jsonl`` has examples of both (:mod:`rag.text.kinds`);
those with ``no_subject`` ask for whatever was asked.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from rag.text.data_file import data_rows
from rag.text.kinds import kinds_by
from rag.text.language import terms
from rag.text.sentences import split_sentences

_EXAMPLES = "rag.questions", "about_asking.jsonl"


def is_about_asking(question: str) -> bool:
    """Whether it asks what the reporters asked or claimed, not what was answered."""
    return kinds_by(*_EXAMPLES).kind(_last_sentence(question)) == "asked"


def names_no_subject(question: str) -> bool:
    """Whether one about asking asks for whatever was asked: it says nothing that the examples of
    this do not say."""
    return _terms_of_all_asked().issuperset(terms(_last_sentence(question)))


@lru_cache(maxsize=1)
def _terms_of_all_asked() -> frozenset[str]:
    rows = data_rows(*_EXAMPLES)
    return frozenset(chain(*(terms(row["text"]) for row in rows if row.get("no_subject"))))


def _last_sentence(question: str) -> str:
    """What goes before it may tell of a reporter and ask of an official."""
    sentences = split_sentences(question, 0, len(question))
    return question[slice(*sentences[-1])] if sentences else ""
