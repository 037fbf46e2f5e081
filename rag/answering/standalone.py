"""A follow-up made to stand alone by the chat model, when its words come from the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.model_text import plain
from rag.answering.models import ChatModel, Meter
from rag.answering.prompts import LANGUAGE_NAMES, Prompt, as_data, fill
from rag.answering.provider import ChatFailure
from rag.questions.question import leans_on_history, understand
from rag.text.language import is_chinese, terms
from rag.types import Message, Question

_MAX_CHARACTERS = 300
# What a follow-up points to was said a moment ago.
_MAX_MESSAGES = 6
_MAX_MESSAGE_CHARACTERS = 500
# The share of a rewritten question's terms that no one has used: "many", "happen" and the like.
_MAX_NEW_TERMS = 0.34
# The share of the question's own terms that may be put in other words.
_MAX_LOST_TERMS = 0.5

_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=[\s(])[A-Z][\w&'-]*")


def rewrite(
    question: Question, history: Sequence[Message], model: ChatModel, meter: Meter
) -> Question:
    """The question with what it points to put in by the model.

    As it was where it does not lean on the history, where the model fails, and where the model
    brings in a number, a name or a subject of its own.
    """
    text = as_data(question.text)
    if not history or not leans_on_history(text):
        return question
    said = [as_data(m.content)[:_MAX_MESSAGE_CHARACTERS] for m in history[-_MAX_MESSAGES:]]
    names = {"user": "User", "assistant": "Assistant"}
    roles = [names[message.role] for message in history[-_MAX_MESSAGES:]]
    conversation = "\n".join(f"{role}: {words}" for role, words in zip(roles, said, strict=True))
    language = LANGUAGE_NAMES[question.language]
    system = fill("standalone", language=language, conversation=conversation)
    try:
        reply = model.reply(Prompt(system, text), meter)
    except ChatFailure:
        return question  # the answer will meet the same fault, and say so
    lines = [line for line in reply.strip().splitlines() if line.strip()]
    rewritten = plain(lines[0]) if len(lines) == 1 else ""
    if not is_faithful(rewritten, text, said):
        return question
    return replace(understand(rewritten), text=question.text, said=question.said)


def is_faithful(rewritten: str, question: str, said: Sequence[str]) -> bool:
    """Whether it asks, in the same language, what was asked, and of what was spoken of."""
    known = " ".join((question, *said))
    asked, kept = set(terms(question)), set(terms(rewritten))
    new = kept - set(terms(known))
    return (
        any(map(str.isalnum, rewritten))
        and len(rewritten) <= _MAX_CHARACTERS
        and is_chinese(rewritten) == is_chinese(question)
        and set(_NUMBER.findall(rewritten)) <= set(_NUMBER.findall(known))
        and all(name.casefold() in known.casefold() for name in _NAME.findall(rewritten))
        and len(asked - kept) <= _MAX_LOST_TERMS * len(asked)
        and len(new) <= _MAX_NEW_TERMS * len(kept)
    )
