"""Cited quotes in the question's language, by the chat model: marked as such, beside the quote."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pydantic import BaseModel, Field

from rag.answering.context import numbered_lines
from rag.answering.model_text import plain
from rag.answering.models import ChatModel, Meter
from rag.answering.prompts import LANGUAGE_NAMES, Prompt, fill
from rag.answering.provider import ChatFailure
from rag.text.language import is_chinese
from rag.types import Answer, Citation
from rag.verification.numbers import quantities

# More than these an answer seldom cites; they must fit into the context with their translations.
_MAX_QUOTES = 8
_MAX_CHARACTERS = 1000
# In characters; English is three times as long as Chinese.
_MAX_LENGTH_RATIO = 6
_IDIOMATIC = {0, 1, 2, 10, 100, 1000, 10_000}


class Translations(BaseModel):
    """One translation for each quote, in the order of the quotes."""

    translations: list[str] = Field(description="one for each quote, in their order")


def translate(answer: Answer, model: ChatModel, meter: Meter) -> Answer:
    """The answer, its quotes of another language with a translation where one can be trusted.

    A translation that is in the wrong language or has other numbers than its quote is left out.
    Where the model fails the notice says so; the answer stands.
    """
    foreign = _foreign(answer)
    if not foreign:
        return answer
    system = fill("translate", language=LANGUAGE_NAMES[answer.language])
    quotes = numbered_lines([citation.quote for citation in foreign])
    prompt = Prompt(system, f"<quotes>\n{quotes}\n</quotes>")
    try:
        given = model.fill(prompt, Translations, meter).translations
    except ChatFailure as failure:
        notice = f"The quotes could not be translated. {failure} {answer.notice}".rstrip()
        return replace(answer, notice=notice)
    if len(given) != len(foreign):
        return answer
    translated = {
        citation.marker: text
        for citation, text in zip(foreign, map(plain, given), strict=True)
        if agrees(text, citation.quote)
    }
    citations = tuple(
        replace(citation, translation=translated.get(citation.marker, ""))
        for citation in answer.citations
    )
    return replace(answer, citations=citations)


def agrees(translation: str, quote: str) -> bool:
    """Whether a text may be a translation: another language than the quote's, the same figures.

    Figures that are one character in Chinese do not count: "the world's top 100" is 世界百强.
    """
    return (
        any(map(str.isalnum, translation))
        and len(translation) <= _MAX_LENGTH_RATIO * len(quote) + _MAX_LENGTH_RATIO
        and is_chinese(translation) != is_chinese(quote)
        and _figures(translation) == _figures(quote)
    )


def _figures(text: str) -> set[Decimal]:
    return {quantity.value for quantity in quantities(text) if quantity.value not in _IDIOMATIC}


def _foreign(answer: Answer) -> list[Citation]:
    """The cited quotes that are not in the language of the question, as many as fit."""
    chinese = answer.language != "en"
    foreign = [
        citation
        for citation in answer.citations
        if is_chinese(citation.quote) != chinese and len(citation.quote) <= _MAX_CHARACTERS
    ]
    return foreign[:_MAX_QUOTES]
