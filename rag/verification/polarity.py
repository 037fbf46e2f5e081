"""What turns a statement into its opposite: negation, direction, and planned against done.

But for :func:`denials` texts are as :func:`rag.verification.digits.in_digits` writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.text.data_file import any_of, data_lines, data_table
from rag.text.language import to_simplified
from rag.text.tense import DONE, PLANNED

_FILE = "opposites.tsv"


def _compile(words: str) -> re.Pattern[str]:
    parts = re.split(r"\|(?![^(]*\))", words)
    return re.compile(
        "|".join(p if not p[0].isascii() or p[0] in "«" else rf"\b{p}" for p in parts)
    )


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    pairs = (line.split("\t") for line in data_lines("rag.verification", _FILE))
    return tuple((_compile(one), _compile(other)) for one, other in pairs)


_WORDS = data_table("rag.verification", "vocabulary.toml")
_NEGATION = re.compile(
    rf"(?:\b(?:{any_of(_WORDS['denies'])})|n['’]t)\b(?! (?:only|matter|doubt)\b)|"
    rf"{any_of(_WORDS['denies_chinese'])}|"
    # 不断, 不仅, 与众不同, 未来, 无论 ... deny nothing.
    r"(?<![淹沉埋出])没有?|不(?![断仅同少过久论管但足止到可变单光良如法服]|鼓励)|未(?!来)|无(?![论数疑线限人])"
)


def opposed(claim: str, evidence: str) -> tuple[str, str] | None:
    """The words by which the claim says the opposite of its evidence, if it does."""
    for pair in _opposites():
        for one, other in (pair, pair[::-1]):
            said, found = one.search(claim), other.search(evidence)
            if said and found and not one.search(evidence) and not other.search(claim):
                return said[0], found[0]
    return None


# How far a negation reaches, in characters: as many are read behind it, so that reading takes
# time in proportion to the text however often it denies.
_REACH = 160
_SENTENCE_END = re.compile(r"[.;](?=\s|$)|[。；]")
_SCOPE_END = re.compile("[,:，：的]")


@dataclass(frozen=True, slots=True)
class Negation:
    """A word that denies, what follows it in its clause, and its sentence."""

    word: str
    scope: str
    sentence: str


def denials(text: str) -> tuple[Negation, ...]:
    """The negations of a text, in order, each wording once."""
    found: dict[Negation, None] = {}
    for sentence in _SENTENCE_END.split(to_simplified(text).casefold()):
        for match in _NEGATION.finditer(sentence):
            after = sentence[match.end() : match.end() + _REACH]
            found[Negation(match[0], _SCOPE_END.split(after)[0], sentence)] = None
    return tuple(found)


_TO_BE_DONE = re.compile(r"\b(?:be (?:\w+ly )?|being )(?:\w+e[dn]|put|made|held|set|cut)\b")


def told_otherwise(claim: str, evidence: str) -> str:
    """ "done" or "planned" where the claim tells so what the evidence only has as the other."""
    texts = [_TO_BE_DONE.sub("be", text) for text in (claim, evidence)]
    done, planned = (
        tuple(pattern.search(text) is not None for text in texts) for pattern in (DONE, PLANNED)
    )
    if (done, planned) == ((True, False), (False, True)):
        return "done"
    return "planned" if (done, planned) == ((False, True), (True, False)) else ""
