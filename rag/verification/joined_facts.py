"""What a claim joins that nobody said together: each clause rests on one citation, not on several.

"Signed a deal with A to build B" over one sentence that tells of the deal and another that tells
of B has a counterpart for each of its words and is still not said anywhere. A claim may pass from
one cited sentence to another only where a clause or a member of a list begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.text.data_file import any_of, data_table
from rag.text.language import to_simplified
from rag.verification.claims import Claim
from rag.verification.thesaurus import is_common
from rag.verification.words import Text, Word, content_words, latin_names

_END = re.compile(r"[.;:!?](?=\s|$)|[。；：！？]")
# Where a clause, or the next member of a list, may begin. After the commas left out none does:
# what follows tells more of the words before.
_BREAK = re.compile(
    r",\s(?!(?:which|who|where|\w+ing)\b)|[，、]|\b(?:and|but|while|or)\b|[和与及并而但]"
)
_WORDS = data_table("rag.verification", "vocabulary.toml")
_POINTS_BACK = re.compile(
    rf".{{0,40}}?(?:\b(?:{any_of(_WORDS['points_back'])})\b|"
    rf"{any_of(_WORDS['points_back_chinese'])})",
    re.IGNORECASE | re.DOTALL,
)
# Words that stand in another cited sentence from which a clause counts as joined; a name or a
# figure counts double. Of the 144 true claims over several sentences in the dev half of
# eval/sets/claims/claims.jsonl two reach it.
_MOST_FOREIGN = 2


def joined_words(claim: Claim) -> list[str]:
    """The words of a claim that no cited sentence has together with the rest of their clause; []
    where there are too few to tell."""
    places = list(_places(claim))
    if len(places) < 2:
        return []
    names = {name for name in latin_names(claim.core) if not is_common(name)}
    for sentence in _END.split(claim.core):
        foreign = [word for part in _BREAK.split(sentence) for word in _foreign(part, places)]
        weight = sum(2 if w.is_quantity or w.name or w.text in names else 1 for w in foreign)
        if weight >= _MOST_FOREIGN:
            return [word.text for word in foreign]
    return []


def _places(claim: Claim) -> Iterator[Text]:
    """Each cited sentence, with those before it that it is about as well."""
    for part in claim.cited:
        text = ""
        for number, sentence in enumerate((*part.before, *part.sentences)):
            points_back = _POINTS_BACK.match(to_simplified(sentence))
            text = f"{text} {sentence}" if points_back else sentence
            if number >= len(part.before):
                yield Text(text)


def _foreign(clause: str, places: Sequence[Text]) -> list[Word]:
    """The words of a clause that other places have, but not the one that has the most of them."""
    words = content_words(clause)
    held = [[place.has(word) for word in words] for place in places]
    known = [any(each) for each in zip(*held, strict=True)]
    best = max(held, key=sum)
    return [word for word, here, any_ in zip(words, best, known, strict=True) if any_ and not here]
