"""An answer as the command line prints it, its labels in the language of the question."""

from __future__ import annotations

from collections.abc import Sequence

from rag.cli.terminal import say
from rag.conversations.sources import place_words, speaker_words
from rag.conversations.telling import read_as
from rag.conversations.words import WORDS
from rag.types import Answer, Citation, Language, Passage

_SHOWN = 200  # characters of a passage that is no answer


def say_answer(answer: Answer) -> None:
    """Print an answer with its sources, or that there is none with what came nearest."""
    words, language = WORDS[answer.language], answer.language
    if understood := read_as(answer):
        say(words.labelled.format(words.read_as, f"{understood}\n"))
    if answer.claims and answer.certainty == "uncertain":
        say(f"{words.uncertain}\n")
    say(answer.text)
    for told in filter(None, (answer.reason, answer.notice)):
        say(f"\n{told}")
    for citation in answer.citations:
        _say_source(citation, language)
    more = [_said(citation, citation.quote, language) for citation in answer.more]
    nearest = [
        _said(hit.passage, f"{hit.passage.text[:_SHOWN]}...", language) for hit in answer.nearest
    ]
    say_list(more, words.labelled.format(words.more, "").rstrip())
    say_list(nearest, words.labelled.format(words.nearest, "").rstrip())


def say_instead(questions: Sequence[str], language: Language) -> None:
    """Print questions that could be asked instead; nothing where there are none."""
    words = WORDS[language]
    say_list(questions, words.labelled.format(words.instead, "").rstrip())


def say_list(lines: Sequence[str], heading: str = "") -> None:
    """Print lines below each other, under a heading if there is one; nothing for no lines."""
    if lines:
        say(f"\n{heading}" if heading else "")
    for line in lines:
        say(f"- {line}")


def _said(found: Citation | Passage, quote: str, language: Language) -> str:
    words = WORDS[language]
    where = words.comma.join((speaker_words(found, language), words.page.format(found.page)))
    return words.labelled.format(where, " ".join(quote.split()))


def _say_source(citation: Citation, language: Language) -> None:
    words = WORDS[language]
    place = place_words(citation, language), words.turn.format(citation.turn)
    say(f"\n[{citation.marker}] {words.comma.join((speaker_words(citation, language), *place))}")
    if citation.url:
        say(f"    {citation.url}")
    below = [(words.also, place_words(copy, language)) for copy in citation.copies]
    below += [(words.time, citation.note), (words.translation, citation.translation)]
    for label, told in below:
        if told:
            say(f"    {words.labelled.format(label, told)}")
