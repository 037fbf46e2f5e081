"""Questions that ask several things, taken apart so that each thing is looked for."""

from __future__ import annotations

import re

from rag.text.language import is_chinese, terms

_MAX_PARTS = 4

# A question mark inside an address ends nothing.
_QUESTION = re.compile(r".+?(?:\?(?=[\s\"”’')）]|$)|？|$)", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!])\s+|(?<=[。！])")
_WH = r"(?:(?:in|by|to|from|for|at|on)\s+)?(?:what|when|where|who|whom|whose|which|why|how)\b"
_AUXILIARY = r"(?:is|are|was|were|do|does|did|will|would|can|could|should|has|have|had|may)\b"
_SUBJECT = r"(?:it|they|he|she|we|you|there|this|that|these|those|the|its|their|his|her|any|some)\b"
# "What does it cost, how is it paid, and may it be sold?" "When it rains, what is shut?" and "a
# plan that is long and has no end" are one thing.
_AND_ASKS = re.compile(rf",?\s+(?:and|or|but)\s+(?={_WH}|{_AUXILIARY}\s+{_SUBJECT})", re.IGNORECASE)
_COMMA_ASKS = re.compile(rf",\s+(?={_WH})", re.IGNORECASE)
_ASKS = re.compile(rf"\W*(?:{_WH}|{_AUXILIARY})", re.IGNORECASE)
_TWO_THINGS = (
    # "Which came first, the plan or the blueprint?"
    re.compile(r"(?:which|who|what|where)\b[^,:]*[,:]\s*(?P<a>.+?),?\s+or\s+(?P<b>.+)", re.I),
    re.compile(
        r"(?:please\s+)?compare\s+(?P<a>.+?)\s+(?:with|to|and|against|versus)\s+(?P<b>.+)", re.I
    ),
    re.compile(
        r"how\s+(?:do|does|did)\s+(?P<a>.+?)\s+(?:compare|differ)\s+(?:with|to|from)\s+(?P<b>.+)",
        re.I,
    ),
    re.compile(r".*\bdifferences?\s+between\s+(?P<a>.+?)\s+and\s+(?P<b>.+)", re.I),
)
_CHINESE_ASKS = re.compile(
    "[什甚]么|多少|多[久长大高]|哪|谁|何时|怎么|怎样|如何|为什么|为何|是否|几|有没有|是不是|能不能|吗|呢|"
    "[什甚]麼|誰|何時|怎麼|怎樣|為什麼|為何|幾|有沒有|嗎|咩|乜|邊|点解|點解|點樣|係咪|有冇|可唔可以"
)


def split_parts(question: str) -> tuple[str, ...]:
    """The things that one question asks, in order; () where it asks one thing.

    A part may lean on the one before it ("and who pays?"). When in doubt nothing is split: of
    XQuAD's 1,190 questions, none of which asks two things, 4 are.
    """
    asked = [part.strip() for part in _QUESTION.findall(question)]
    pieces = [piece for part in asked if _asks(part) for piece in _pieces(part)]
    return tuple(pieces[:_MAX_PARTS]) if len(pieces) > 1 else ()


def _asks(part: str) -> bool:
    """Whether it asks something: what follows a question may be a request for its form."""
    return part.endswith(("?", "？")) and any(char.isalnum() for char in part)


def _pieces(part: str) -> list[str]:
    """The pieces of what ends in one question mark; what was told before stays with the first."""
    *told, asked = [sentence for sentence in _SENTENCE.split(part) if sentence.strip()]
    split = _chinese_pieces if is_chinese(asked) else _english_pieces
    first, *others = split(asked.strip(" ?？"))
    return [" ".join((*told, first)), *others] if others else [part]


def _english_pieces(asked: str) -> list[str]:
    clauses = _AND_ASKS.split(asked)
    if len(clauses) > 1:
        clauses = [part for clause in clauses for part in _COMMA_ASKS.split(clause)]
    if not all(_ASKS.match(clause) and terms(clause) for clause in clauses):
        clauses = [asked]
    return [thing for clause in clauses for thing in _two_things(clause)]


def _two_things(clause: str) -> list[str]:
    found = next((match for pattern in _TWO_THINGS if (match := pattern.match(clause))), None)
    return [found["a"], found["b"]] if found else [clause]


def _chinese_pieces(asked: str) -> list[str]:
    """Clauses that each have a question word; those that have none stay with the one before."""
    pieces: list[list[str]] = []
    asks = False
    for clause in re.split("[，,；;]", asked):
        asks_too = _CHINESE_ASKS.search(clause) is not None
        if not pieces or (asks and asks_too):
            pieces.append([clause])
        else:
            pieces[-1].append(clause)
        # A piece asks when one of its clauses does.
        asks = asks_too or (asks and len(pieces[-1]) > 1)
    return ["，".join(piece) for piece in pieces]
