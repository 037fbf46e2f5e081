"""From what the user typed to a question that can be understood by itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from rag.errors import QuestionError
from rag.questions.about_asking import is_about_asking, names_no_subject
from rag.text.concepts import concepts, is_named
from rag.text.kinds import kinds_by
from rag.text.language import detect_language, is_chinese, terms
from rag.text.sentences import split_sentences
from rag.types import Message, Question

MAX_CHARACTERS = 2000
# A web address or a tag of markup: no words that anybody could have said.
_NOT_SAID = re.compile(r"[a-z]{3,6}://\S{1,300}|</?[a-z][^<>]{0,300}>", re.IGNORECASE)
# What ends a question, and does not end it where it stands behind another.
_MARKS = " ?!.;,？！。；，"
# What a follow-up carries over; more would push it over the embedder's window.
_MAX_SUBJECT = 300


def understand(text: str, history: Sequence[Message] = ()) -> Question:
    """The question, cleaned, and made to stand alone with the help of the history.

    Raises QuestionError for a question that is empty, has no word in it, or is too long.
    """
    cleaned = _clean(text)
    if not cleaned:
        raise QuestionError("The question is empty: type what you would like to know.")
    if len(cleaned) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(cleaned):,} characters; at most {MAX_CHARACTERS:,} are read. "
            "Ask one thing at a time, in a few sentences."
        )
    if not any(char.isalnum() for char in cleaned):
        raise QuestionError(
            "The question has no word or number in it: type what you would like to know."
        )
    subject, said = _subject_of(history), _said(history)
    alone = replace(_read(text, cleaned, ""), said=said)
    if not subject or not leans_on_history(cleaned):
        return alone
    others = [alone]
    if said and (thing := _thing_meant(cleaned, subject, said[-1])):
        others.append(replace(_read(text, cleaned, thing), said=said, fresh=True))
    return replace(_read(text, cleaned, subject), said=said, readings=tuple(others))


def _read(text: str, cleaned: str, subject: str) -> Question:
    """The question as it is read with a subject, or "" where it stands as it is."""
    about_asking = is_about_asking(cleaned)
    return Question(
        text=text,
        standalone=_with_subject(cleaned, subject),
        language=detect_language(cleaned),
        about_asking=about_asking,
        all_asked=about_asking and names_no_subject(cleaned),
    )


def _subject_of(history: Sequence[Message]) -> str:
    """What the user has asked about: a follow-up adds its own subject to the one it leans on."""
    subject = ""
    for message in history:
        asked = _clean(message.content)[:MAX_CHARACTERS] if message.role == "user" else ""
        own = asked.strip(_MARKS)
        if not terms(own):
            continue
        leans = subject and leans_on_history(asked)
        subject = f"{own}, {subject}" if leans else own
    return subject[:_MAX_SUBJECT].rstrip()


def _said(history: Sequence[Message]) -> tuple[str, ...]:
    return tuple(_clean(message.content) for message in history if message.role == "assistant")


def _thing_meant(question: str, subject: str, answer: str) -> str:
    """The sentence of the last answer that names what the question names and no question did."""
    asked, before = (
        concepts(words, of_chinese_text=is_chinese(answer)) for words in (question, subject)
    )
    sentences = [
        quoted
        for sentence in _sentences(answer)
        if (quoted := sentence.rsplit("“", 1)[-1].rsplit("「", 1)[-1])
    ]
    named = {
        sentence: sum(
            is_named(thing, set(terms(sentence))) for thing in asked if thing not in before
        )
        for sentence in sentences
    }
    best = max(sentences, key=named.__getitem__, default="")
    return best[:_MAX_SUBJECT].rstrip(" ”」") if named.get(best) else ""


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, 0, len(text))]


def leans_on_history(question: str) -> bool:
    """Whether a question cannot be understood without the one before it.

    Told by examples (``leaning.jsonl``); one of function words alone ("Why?") leans in any case.
    """
    return (
        not terms(question) or kinds_by("rag.questions", "leaning.jsonl").kind(question) == "leans"
    )


def _with_subject(question: str, subject: str) -> str:
    """The question with the subject behind it that it lacks, if any."""
    if not set(terms(subject)) - set(terms(question)):
        return question
    return f"{question} ({subject})"


def _clean(text: str) -> str:
    """Without control and invisible format characters; white space made single spaces.

    Web addresses and tags are left out as well, unless nothing else is there.
    """
    kept = (
        " " if char in "\t\n\r\v\f" or category[0] == "Z" else char
        for char in unicodedata.normalize("NFC", text)
        if (category := unicodedata.category(char)) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        or char in "\t\n\r\v\f"
    )
    shown = "".join(kept)
    said = _NOT_SAID.sub(" ", shown)
    return " ".join((said if any(map(str.isalnum, said)) else shown).split())
