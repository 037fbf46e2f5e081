"""Where transcripts disagree: the same is told in two of them, and with other figures.

Two sentences tell the same when, their figures masked, each has most of the other's words and all
of its names; the dictionary reads across the languages. They differ when both give figures of the
kind that is asked for and have none of these in common, while figures of every other kind agree:
another year is another matter.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from itertools import combinations

from rag.answering.notices import notice
from rag.text.figures import Kind, figure_asked_for
from rag.text.language import is_chinese
from rag.text.sentences import split_sentences
from rag.types import Citation, Language, ScoredSentence
from rag.verification.numbers import quantities, stated
from rag.verification.words import Text, latin_names

# The share of the words of the one that has fewer, and of the other, that the other has. Chosen on
# the sentences of ``tests/rag/answering/test_differences.py``: no set has such transcripts.
_OF_FEWER, _OF_MORE = 0.75, 0.4
_MONEY = {"HK dollars", "dollars", "pounds", "euros", "yuan"}
_DATES = {"month", "weekday", "half-year", "season", "year relative", "month relative"}
_DOLLAR = re.compile(r"\b[A-Z]{1,3}\$")
_ASKED: Mapping[Kind, str] = {"money": "money", "percentage": "%", "date": "date"}


def disagreeing(
    question: str, chosen: Sequence[ScoredSentence], ranked: Iterable[ScoredSentence]
) -> list[ScoredSentence]:
    """The best sentence of each further transcript that differs from the best of those chosen."""
    seen = {sentence.passage.transcript_id for sentence in chosen}
    found = []
    for other in ranked:
        if other.passage.transcript_id in seen:
            continue
        if differ(question, chosen[0].text, other.text):
            seen.add(other.passage.transcript_id)
            found.append(other)
    return found


def differ(question: str, one: str, other: str) -> bool:
    """Whether two sentences tell the same with other figures of the kind asked for.

    Where the question asks for no kind of figure, any kind may differ.
    """
    given, against = _figures(one), _figures(other)
    both = given.keys() & against.keys()
    apart = {kind for kind in both if given[kind].isdisjoint(against[kind])}
    asked = figure_asked_for(question)
    if len(apart) != 1 or (asked and not _is_of(asked, min(apart), question)):
        return False
    return not _is_converted(one, other) and _tell_the_same(one, other)


def _is_of(asked: Kind, kind: str, question: str) -> bool:
    """Whether figures of a kind are what is asked for. Chinese asks alike how many and how much."""
    counted = kind not in _ASKED.values() or (kind == "money" and is_chinese(question))
    return kind == _ASKED.get(asked) or (asked == "number" and counted)


def differing(question: str, citations: Sequence[Citation]) -> tuple[int, ...]:
    """The markers of the citations that differ from one in another transcript, newest first."""
    markers: set[int] = set()
    for one, other in combinations(citations, 2):
        pairs = ((a, b) for a in _sentences(one.quote) for b in _sentences(other.quote))
        if one.transcript_id != other.transcript_id and any(
            differ(question, a, b) for a, b in pairs
        ):
            markers |= {one.marker, other.marker}
    told = [citation for citation in citations if citation.marker in markers]
    return tuple(citation.marker for citation in sorted(told, key=_age))


def differing_from(
    question: str, told: Sequence[ScoredSentence], others: Iterable[ScoredSentence]
) -> list[ScoredSentence]:
    """Those of the others that differ from what another transcript tells in the same language.

    Across languages the dictionary finds too much alike in sentences that need not be about the
    question.
    """
    return [
        other
        for other in others
        if any(
            one.passage.transcript_id != other.passage.transcript_id
            and is_chinese(one.text) == is_chinese(other.text)
            and differ(question, one.text, other.text)
            for one in told
        )
    ]


def differing_groups(question: str, citations: Sequence[Citation]) -> tuple[tuple[int, ...], ...]:
    """The markers of citations that differ, those together of which each differs from another."""
    groups: list[set[int]] = []
    for pair in combinations(citations, 2):
        if markers := set(differing(question, pair)):
            joined = [group for group in groups if group & markers]
            groups = [group for group in groups if group not in joined]
            groups.append(markers.union(*joined))
    return tuple(sorted(tuple(sorted(group)) for group in groups))


def difference_notice(
    markers: Sequence[int], citations: Sequence[Citation], language: Language
) -> str:
    """That these citations differ, each with its event and date; "" without any."""
    words = partial(notice, language=language)
    by_marker = {citation.marker: citation for citation in citations}
    told = [
        words("differing").format(
            title=cited.title,
            date=cited.date.isoformat() if cited.date else words("undated"),
            marker=cited.marker,
        )
        for cited in map(by_marker.__getitem__, markers)
    ]
    return words("differ").format(words("between").join(told)) if told else ""


def newest_first(day: datetime.date | None) -> int:
    """A key to sort by: the later, the smaller; without a date last."""
    return -(day or datetime.date.min).toordinal()


def _age(citation: Citation) -> int:
    return newest_first(citation.date)


def _sentences(quote: str) -> list[str]:
    return [quote[start:end] for start, end in split_sentences(quote, 0, len(quote))]


@lru_cache(maxsize=1024)
def _figures(text: str) -> dict[str, set[Decimal]]:
    """The values that a text gives, by kind; a year is a date, another bare number a count."""
    found: dict[str, set[Decimal]] = defaultdict(set)
    for quantity in quantities(text):
        year = not quantity.unit and 1900 <= quantity.value <= 2100
        if quantity.unit in _MONEY:
            kind = "money"
        elif year or quantity.unit in _DATES:
            kind = "date"
        else:
            kind = quantity.unit
        found[kind].add(quantity.value)
    # "One of them" counts nothing.
    found[""].discard(Decimal(1))
    return {kind: values for kind, values in found.items() if values}


def _is_converted(one: str, other: str) -> bool:
    """Whether all figures of the one are those of the other in another unit of the same size."""
    against = quantities(other)
    return all(stated(quantity, against, None) is not False for quantity in quantities(one))


def _tell_the_same(one: str, other: str) -> bool:
    # "HK$" names no place.
    texts = Text(_DOLLAR.sub("$", one)), Text(_DOLLAR.sub("$", other))
    held = []
    for text, against in (texts, texts[::-1]):
        if not all(against.has_name(name) for name in latin_names(text.text)):
            return False
        words = [word for word in text.words if not word.is_quantity]
        if any(word.name and not against.has(word) for word in words):
            return False
        held.append((sum(map(against.has, words)), len(words)))
    (few, fewer), (many, more) = sorted(held, key=lambda pair: pair[1])
    return fewer > 0 and few >= _OF_FEWER * fewer and many >= _OF_MORE * more
