"""What a claim joins that nobody said together: each clause rests on one citation, not on several.

"Signed a deal with A to build B" over one sentence that tells of the deal and another that tells
of B has a counterpart for each of its words and is still not said anywhere. A claim may pass from
one cited sentence to another only where a clause of its own begins ("X did A, and Y did B"); a
clause that goes on about its subject ("and did B") only to a sentence which is about that as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from rag.text.language import to_simplified
from rag.verification.claims import Claim
from rag.verification.digits import in_digits
from rag.verification.thesaurus import is_common, is_verb, means_to_do
from rag.verification.words import Text, Word, content_words, latin_names

_END = re.compile(r"[.;:!?](?=\s|$)|[。；：！？]")
# Where a clause, or the next member of a list, may begin. After the commas left out none does:
# what follows tells more of the words before.
_BREAK = re.compile(
    r"(?:,\s(?!(?:which|who|whose|where|thus|thereby|so|as|in order|to|\w+ing)\b)|"
    r"、|，(?!以|从而|进而|为|因|旨在|使|这|由此|借此|用来|用于|其中|之中)|"
    r"\b(?:and|but|while|whereas|or)\b|并且|而且|同时|[和与及并而但])"
)
# What opens a clause without a subject of its own.
_GOES_ON = re.compile(
    r"\s*(?:(?:it|they|he|she|also|then|thus|is|are|was|were|will|would|can|may|has|have|had)\b|"
    r"[它其他将会已正可能有还也])",
    re.IGNORECASE,
)
# What a sentence opens with that is about what the sentence before it is about; a bare figure does
# so too ("Eight are for biomedicine.").
_POINTS_BACK = re.compile(
    r".{0,40}?(?:\b(?:it|its|they|them|their|this|these|those|such|he|his|him|she|her|both)\b|"
    r"[它其此该这那他她])|绝?大?多数|«[^»:]*:»",
    re.IGNORECASE | re.DOTALL,
)
# What opens a sentence about whoever speaks, whom a claim names.
_SPEAKS = re.compile(r".{0,40}?(?:\b(?:we|our|I)\b|我们|我|本)", re.DOTALL)
# Words that stand in another cited sentence from which a clause counts as joined; a name or a
# figure counts double. Of the 144 true claims over several sentences in the dev half of
# eval/sets/claims/claims.jsonl two reach it.
_MOST_FOREIGN = 2


@dataclass(frozen=True, slots=True)
class _Place:
    """A cited sentence with those before it that it is about as well."""

    text: Text
    speaks: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the claim without a break.

    ``held`` has, for each word with a counterpart, the numbers of the places that have it.
    """

    held: tuple[tuple[Word, frozenset[int]], ...]
    goes_on: bool


def joined_words(claim: Claim) -> list[str]:
    """The words of a claim that no cited sentence has together with the rest of their clause; []
    where there are too few to tell."""
    places = list(_places(claim))
    if len(places) < 2:
        return []
    names = {name for name in latin_names(claim.core) if not is_common(name)}
    for sentence in _END.split(claim.core):
        pieces = [piece for piece in _pieces(sentence, places) if piece.held]
        foreign = _fewest_foreign(pieces, places)
        weight = sum(2 if w.is_quantity or w.name or w.text in names else 1 for w in foreign)
        if weight >= _MOST_FOREIGN:
            return [word.text for word in foreign]
    return []


def _places(claim: Claim) -> Iterator[_Place]:
    for part in claim.cited:
        text = ""
        for number, sentence in enumerate((*part.before, *part.sentences)):
            points_back = _POINTS_BACK.match(in_digits(to_simplified(sentence)))
            text = f"{text} {sentence}" if points_back else sentence
            if number >= len(part.before):
                yield _Place(Text(text), _SPEAKS.match(sentence) is not None)


def _pieces(core: str, places: Sequence[_Place]) -> Iterator[_Piece]:
    for text in _BREAK.split(core):
        words = content_words(text)
        held = [
            (word, frozenset(n for n, place in enumerate(places) if place.text.has(word)))
            for word in words
        ]
        # "And supports", but not "and the supports".
        opens = bool(words) and text.strip().casefold().startswith(words[0].text)
        goes_on = _GOES_ON.match(text) is not None or (opens and _means_to_do(words[0]))
        yield _Piece(tuple((word, where) for word, where in held if where), goes_on)


def _means_to_do(word: Word) -> bool:
    """Whether a word is a verb first of all."""
    if word.text.isascii():
        return word.text.endswith("ed") or (bool(word.ways) and is_verb(word.ways[0][0]))
    return means_to_do(word.text)


def _fewest_foreign(pieces: Sequence[_Piece], places: Sequence[_Place]) -> list[Word]:
    """The words outside the place of their clause, where clauses are given places such that
    these are fewest."""
    found: dict[int, list[Word]] = {place: [] for place in range(len(places))}
    last: frozenset[int] = frozenset()
    subject: list[Word] = []
    for number, piece in enumerate(pieces):
        passed_on = found
        found = {}
        for place in range(len(places)):
            ways = [passed_on[place]]
            about = not (piece.goes_on and subject) or places[place].speaks
            about = about or any(map(places[place].text.has, subject))
            if number and about and place in piece.held[0][1]:
                ways += [passed_on[other] for other in last]
            outside = [word for word, where in piece.held if place not in where]
            found[place] = min(ways, key=len) + outside
        last = piece.held[-1][1]
        if not (piece.goes_on and subject):
            words = [word for word, _ in piece.held if not word.is_quantity]
            subject = list(takewhile(lambda word: not _means_to_do(word), words))[:2]
    return min(found.values(), key=len)
