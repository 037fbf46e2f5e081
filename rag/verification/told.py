"""How a sentence tells what it holds: as a fact, a rumour or a condition, or as another's words.

"There is a rumour that the opening is cancelled" holds every word of "the opening is cancelled".
Such a sentence may be quoted in full, under the name of who said it; a claim that leaves the
rumour out rests on nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from rag.text.data_file import any_of, data_table
from rag.text.language import FIRST_PERSON, to_simplified
from rag.verification.claims import Claim
from rag.verification.thesaurus import is_verb, stem_of
from rag.verification.words import Text, Word, content_words

_WORDS = data_table("rag.verification", "vocabulary.toml")
_RESERVE = re.compile(
    rf"\b(?:{any_of(_WORDS['reserves'])})\b|\b(?:if|unless) (?![^,]{{0,60}}\b(?:I|we|me|us)\b)|"
    rf"{any_of(_WORDS['reserves_chinese'])}",
    re.IGNORECASE,
)
# What opens words that are only told, whoever tells them: "that", a colon, a quotation mark.
# With a quotation mark go the words up to its counterpart.
_OPENS = re.compile(
    r"\bthat\b|[:：;]|[“「『](?P<quoted>[^”」』]*)|\"(?P<marked>[^\"]*)\"?", re.IGNORECASE
)
# As many of them are looked at, so that no sentence can hold the reader up.
_MOST_OPENINGS = 4
# Of the words of a claim that no other cited sentence has, the share that must stand in a sentence,
# or in what it only tells, for it to bear the claim. Behind "that" and a semicolon nearly all must:
# they as often open what the speaker says. Chosen on the dev half of eval/sets/claims/claims.jsonl.
_BORNE_SHARE, _LOOSE_SHARE = 0.65, 0.9


def is_question(sentence: str) -> bool:
    """Whether a sentence asks."""
    return sentence.rstrip(" \n”\"'’」』)）").endswith(("?", "？"))


def rumours(claim: Claim) -> Iterator[str]:
    """What the sentence that bears the claim tells as a rumour, denial or supposition."""
    if not _RESERVE.search(to_simplified(claim.text)):
        for sentence, words in _alone(claim):
            if _RESERVE.search(sentence.text) and _share(sentence, words) >= _BORNE_SHARE:
                yield "A cited sentence tells this as a rumour, denial or supposition, not a fact."


def only_told(claim: Claim) -> Iterator[str]:
    """What a claim tells as a fact, though a sentence has somebody else tell it, or orders so.

    "Media claim that it closed" and "Say that it closed" do not state that it closed, as "I must
    say that it closed" does. Told is what stands behind such an opening.
    """
    for sentence, words in _alone(claim):
        for opening in islice(_OPENS.finditer(sentence.text), _MOST_OPENINGS):
            head = sentence.text[: opening.start()]
            leading = content_words(head)
            # Who speaks of himself tells what follows himself: "I must say that", "我要说：".
            if FIRST_PERSON.search(head) or not (leading or _opens_with_verb(head)):
                continue
            # "Teams that pass pay nothing": what stands before "that" is told of, not who tells.
            if leading and claim.stated.has(leading[-1]):
                continue
            told = opening["quoted"] or opening["marked"] or sentence.text[opening.end() :]
            loose = opening[0].casefold() in ("that", ";")
            least = _LOOSE_SHARE if loose else _BORNE_SHARE
            if _share(Text(told), words) >= least:
                yield f"The cited sentence only tells of this: {head.strip()}."


def _alone(claim: Claim) -> Iterator[tuple[Text, list[Word]]]:
    """Each cited sentence, with what the claim says that no other cited sentence bears."""
    for sentence in claim.sentences:
        others = [other for other in claim.sentences if other is not sentence]
        yield sentence, [w for w in claim.stated.words if not any(t.has(w) for t in others)]


def _share(told: Text, words: list[Word]) -> float:
    return sum(map(told.has, words)) / max(1, len(words))


def _opens_with_verb(head: str) -> bool:
    """ "Say", as in "Say that it closed", but not "It is true"."""
    first = head.split(maxsplit=1)[:1]
    return bool(first) and is_verb(stem_of(first[0].casefold()))
