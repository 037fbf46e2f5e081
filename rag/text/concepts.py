"""What a question is about, as things that a text can name in one way or another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from rag.text.dictionary import glosses
from rag.text.language import CHINESE_RUN, is_chinese, terms

# Any of these ways to name it, each of which is a set of terms that must all be there.
Concept = tuple[tuple[str, ...], ...]
Rarity = Callable[[str], float]


def concepts(question: str, *, of_chinese_text: bool) -> tuple[Concept, ...]:
    """The concepts of a question as texts of one language name them.

    In the question's own language each term is a concept; for a Chinese question over text
    that is not, each Chinese word is one, named by any of its translations.
    """
    if of_chinese_text or not is_chinese(question):
        return tuple(((term,),) for term in dict.fromkeys(terms(question)))
    latin = tuple(((term,),) for term in dict.fromkeys(terms(CHINESE_RUN.sub(" ", question))))
    return (*dict.fromkeys(glosses(question)), *latin)


def coverage(wanted: Iterable[Concept], found: Collection[str], rarity: Rarity) -> float:
    """The share of the concepts, weighted by rarity, that the terms of a text name; 0 to 1."""
    named = total = 0.0
    for concept in wanted:
        weight = weight_of(concept, rarity)
        total += weight
        if is_named(concept, found):
            named += weight
    return named / total if total else 0.0


def is_named(concept: Concept, found: Collection[str]) -> bool:
    """Whether the terms of a text name it."""
    return any(all(term in found for term in way) for way in concept)


def weight_of(concept: Concept, rarity: Rarity) -> float:
    """How much a concept tells: the rarity of the commonest way to name it.

    A way to name it is as rare as its rarest term.
    """
    return min(max(rarity(term) for term in way) for way in concept)


def search_terms(wanted: Iterable[Concept], known: Callable[[str], bool]) -> list[str]:
    """The terms to search for: of each way to name a concept that the corpus knows whole."""
    ways = (way for concept in wanted for way in concept if all(map(known, way)))
    return list(dict.fromkeys(term for way in ways for term in way))
