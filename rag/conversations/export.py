"""An answer for the clipboard, and a conversation as a file: Markdown, DOCX or JSON.

What is written down says where each word stands, so that it can be checked without Hetao. Quotes
stand on one line, white space evened out; only the JSON has them letter for letter. What stood near
an answer and is none (``Answer.more``) is in the JSON alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rag.answer_json import answer_to_json
from rag.conversations.kept import FILTERS, Conversation, Round
from rag.conversations.sources import Footnotes, source_of
from rag.conversations.telling import Line, lines_of
from rag.conversations.words import WORDS, minute
from rag.text.harmless import json_text, markdown, one_line
from rag.types import Answer, Citation, Language

JSON_SCHEMA = "hetao-conversation"
JSON_VERSION = 1
# Of four bytes each at most, beside a date and an ending: a file name may have 255.
_NAME_CHARACTERS = 50


def answer_text(done: Round, language: Language = "en") -> str:
    """A question, its answer and the numbered sources as plain text.

    ``language`` is that of the words around them, here and below; what was asked and said stays.
    """
    words = WORDS[language]
    parts = [words.labelled.format(words.question, one_line(done.question))]
    parts += [_plain(line, language) for line in lines_of(done, language)]
    cited = _cited(done)
    if cited:
        parts.append(words.sources)
    for citation in cited:
        source = source_of(citation, language)
        where = words.comma.join((source.who, source.place))
        below = [source.url, *(words.labelled.format(*detail) for detail in source.details)]
        lines = (where, *filter(None, below))
        parts.append(f"[{citation.marker}] " + "\n    ".join(map(one_line, lines)))
    return "\n\n".join(parts) + "\n"


def answer_markdown(done: Round, language: Language = "en") -> str:
    """A question, its answer and the numbered sources as Markdown."""
    words = WORDS[language]
    parts = [f"**{words.labelled.format(words.question, markdown(done.question))}**"]
    for line in lines_of(done, language):
        marks = "".join(f" [{cited.marker}]" for cited in line.sources)
        parts.append(_marked_up(line, marks, language))
    cited = _cited(done)
    if cited:
        parts.append(f"**{words.sources}**")
    parts += [f"[{citation.marker}] {_source(citation, language)}" for citation in cited]
    return "\n\n".join(parts) + "\n"


def conversation_markdown(
    conversation: Conversation, rounds: Sequence[Round], language: Language = "en"
) -> str:
    """A conversation as Markdown, its sources as footnotes (in GitHub's and Pandoc's form)."""
    words, notes = WORDS[language], Footnotes()
    changed = words.labelled.format(words.last_changed, minute(conversation.changed, language))
    parts = [f"# {markdown(conversation.title)}", changed]
    for done in rounds:
        heading = words.numbered_question.format(done.number)
        parts.append(f"## {words.labelled.format(heading, markdown(done.question))}")
        parts.append(f"*{minute(done.asked, language)}*")
        parts += _footnoted(done, notes, language)
    parts += _footnotes(notes, language)
    return "\n\n".join(parts) + "\n"


class Footnoted(NamedTuple):
    """An answer as Markdown: what is said, its footnotes, and what each of these cites, from 1.

    What is said of a growing answer only grows, as long as its claims do.
    """

    said: str
    notes: str
    cited: tuple[Citation, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n\n".join(filter(None, (self.said, self.notes)))


def answer_with_footnotes(done: Round, language: Language = "en") -> Footnoted:
    """An answer as Markdown without its question, its sources as footnotes."""
    notes = Footnotes()
    said = "\n\n".join(_footnoted(done, notes, language))
    return Footnoted(said, "\n\n".join(_footnotes(notes, language)), notes.cited())


def conversation_docx(
    conversation: Conversation, rounds: Sequence[Round], language: Language = "en"
) -> bytes:
    """A conversation as a Word document, its sources as footnotes."""
    from rag.conversations.docx import document  # loads lxml, which only this needs

    return document(conversation, rounds, language)


def conversation_json(conversation: Conversation, rounds: Sequence[Round]) -> str:
    """All that is kept of a conversation as JSON, for programs to rely on its names."""
    return json_text(
        {
            "schema": JSON_SCHEMA,
            "version": JSON_VERSION,
            "id": conversation.id,
            "title": conversation.title,
            "changed": conversation.changed.isoformat(),
            "rounds": [
                {
                    "number": done.number,
                    "asked": done.asked.isoformat(),
                    "question": done.question,
                    "filters": FILTERS.dump_python(done.filters, mode="json"),
                    "answer": _answer(done.answer) if done.answer else None,
                    "error": done.error,
                }
                for done in rounds
            ],
        }
    )


def file_name(conversation: Conversation, ending: str) -> str:
    """A name for the file of a conversation: its date and the letters and figures of its title.

    ``ending`` is "md", "docx" or "json".
    """
    title = unicodedata.normalize("NFC", conversation.title)
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in title)
    short = "-".join(kept.split())[:_NAME_CHARACTERS].strip("-")
    return f"{conversation.changed.astimezone():%Y-%m-%d}-{short or 'conversation'}.{ending}"


def _footnoted(done: Round, notes: Footnotes, language: Language) -> Iterator[str]:
    for line in lines_of(done, language):
        marks = "".join(f"[^{notes.number(cited)}]" for cited in line.sources)
        yield _marked_up(line, marks, language)


def _footnotes(notes: Footnotes, language: Language) -> Iterator[str]:
    for number, cited in enumerate(notes.cited(), 1):
        yield f"[^{number}]: {_source(cited, language)}"


def _cited(done: Round) -> tuple[Citation, ...]:
    return done.answer.citations if done.answer else ()


def _plain(line: Line, language: Language) -> str:
    marks = "".join(f" [{cited.marker}]" for cited in line.sources)
    words = WORDS[language].comma.join(filter(None, (line.name, line.words)))
    return f"{'  ' if line.kind == 'quote' else ''}{one_line(words)}{marks}"


def _marked_up(line: Line, marks: str, language: Language) -> str:
    """A line as Markdown, with the marks of its sources at its end."""
    words = f"{markdown(line.words)}{marks}"
    if line.kind == "speaker":
        return WORDS[language].comma.join(filter(None, (f"**{markdown(line.name)}**", words)))
    if line.kind == "note":
        return f"*{words}*"
    if line.kind in {"heading", "verdict"}:
        return f"**{words}**"
    return f"> {words}" if line.kind == "quote" else words


def _source(cited: Citation, language: Language) -> str:
    words, source = WORDS[language], source_of(cited, language)
    where = words.comma.join((f"**{markdown(source.who)}**", markdown(source.place)))
    if source.url:
        where += f" <{source.url}>"
    quoted, *others = (words.labelled.format(*map(markdown, each)) for each in source.details)
    told = words.stop.join((where, quoted))
    for other in others:
        told = words.in_brackets.format(told, other)
    return told


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        **answer_to_json(answer),
        "language": answer.language,
        "certainty": answer.certainty,
        "differences": list(answer.differences),
        "complete": answer.complete,
    }
