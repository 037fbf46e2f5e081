"""What turns a statement into its opposite: negation, direction, and planned against done.

But for :func:`denials` texts are as :func:`rag.verification.digits.in_digits` writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rag.text.language import to_simplified

_FILE = "opposites.tsv"


def _compile(words: str) -> re.Pattern[str]:
    parts = re.split(r"\|(?![^(]*\))", words)
    return re.compile(
        "|".join(p if not p[0].isascii() or p[0] in "«" else rf"\b{p}" for p in parts)
    )


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    lines = (files("rag.verification") / _FILE).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple((_compile(one), _compile(other)) for one, other in pairs)


_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|none|neither|nor|cannot|without|nobody|nothing|hardly|unable|lack(?:s|ed)?|"
    r"reject(?:s|ed)?|refus\w+|"
    r"forbid\w*|prohibit\w*|banned|den(?:y|ies|ied)|fail(?:s|ed)?|avoid\w*|advis\w+ against|"
    r"rather than|instead of|yet to|"
    r"stop(?:s|ped)?|end(?:s|ed)|exclud\w+)|n['’]t)\b(?! (?:only|matter|doubt)\b)|"
    # 不断, 不仅, 与众不同, 未来, 无论 ... deny nothing.
    r"(?<![淹沉埋出])没有?|并非|绝非|失败|拒绝|否认|避免|免[得去]|以免|阻止|缺乏|不(?![断仅同少过久论管但足止到可变单光良如法服]|鼓励)|未(?!来)|"
    r"无(?![论数疑线限人])"
)
# What may be told with a negation, though it is none: "undeveloped" is 未开发.
_LIKE_NEGATION = re.compile(
    r"\b(?:un(?!der|ti|it|iq|ion|iv)\w{4,}|non-?\w{3,}|dis(?!tri|cus|play|cov|cip|tin|pat|ab)\w{4,}|"
    r"less|little|too|only|imposs\w+|outside|outstanding|free of)\b"
)


def may_be_denied(text: str) -> bool:
    """Whether a text can be told with a negation without having one of its own."""
    return _LIKE_NEGATION.search(text) is not None


_PLANNED = (
    r"\b(?:will|would|shall)\b|\bplan(?:s|ned|ning)? to\b|\bgoing to\b|\bintend|\bexpect|\bpredict|"
    # 将 may also only put an object before its verb, and 会 tell what happens again and again.
    r"将(?![其它之自]|[^，。]{2,16}?[为到至成给入])|"
    r"(?<![董事员社大都协理机议国教能时常学工公])会(?![议员计面集众])|计划|(?<![虚模])拟|即将|打算|预计"
)
_FUTURE = re.compile(_PLANNED)
# What a speaker wants is not done either, yet may be told without "will".
_WANTED = re.compile(
    rf"{_PLANNED}|\baims?\b|\bstriv\w+|\btry\b|\bmake efforts\b|\bgoal\b|\bobjective\b|"
    r"旨在|致力|努力|目标|希望"
)
# Past participles that as often stand before a noun, or say how something was told.
_NO_DEEDS = (
    "stat|bas|relat|need|root|enhanc|accelerat|nominat|advanc|unit|limit|announc|highlight|includ|"
    "indicat|provid|schedul|suppos|need|requir|call|nam"
)
_DONE = re.compile(
    rf"\b(?:has|have|had|having)\b(?! to\b)(?!.{{0,12}}\bplan)|\b(?!(?:{_NO_DEEDS})ed)\w{{3,}}ed\b|"
    r"\b(?:was|were|already|did|went|gave|became|took|made|came)\b|已|了(?!解)|曾"
)


def opposed(claim: str, evidence: str) -> tuple[str, str] | None:
    """The words by which the claim says the opposite of its evidence, if it does."""
    for pair in _opposites():
        for one, other in (pair, pair[::-1]):
            said, found = one.search(claim), other.search(evidence)
            if said and found and not one.search(evidence) and not other.search(claim):
                return said[0], found[0]
    return None


# How far a negation reaches, in characters: as many are read behind and before it, so that reading
# takes time in proportion to the text however often it denies.
_REACH = 160
_SENTENCE_END = re.compile(r"[.;](?=\s|$)|[。；]")
_SCOPE_END = re.compile("[,:，：的]")
_BEFORE = re.compile("[^,:，：]*$")


@dataclass(frozen=True, slots=True)
class Negation:
    """A word that denies, what follows it and what precedes it in its clause, and its sentence."""

    word: str
    scope: str
    before: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Denials:
    """The negations of a text, in order, each wording once.

    ``sentences`` are those that have one, ``scopes`` what is denied in them, and ``affirmed`` is
    what the text says besides.
    """

    negations: tuple[Negation, ...]
    sentences: str
    scopes: str
    affirmed: str


def denials(text: str) -> Denials:
    """What a text denies and what it does not."""
    found: dict[Negation, None] = {}
    sentences, scopes, affirmed = [], [], []
    for sentence in _SENTENCE_END.split(to_simplified(text).casefold()):
        said = 0
        for match in _NEGATION.finditer(sentence):
            start, end = match.span()
            after = sentence[end : end + _REACH]
            scope = _SCOPE_END.split(after, maxsplit=1)[0]
            before = _BEFORE.search(sentence[max(0, start - _REACH) : start])
            found[Negation(match[0], scope, before[0] if before else "", sentence)] = None
            if said <= start:
                affirmed.append(sentence[said:start])
            # Negations that follow each other deny much the same; it is read once.
            scopes.append(sentence[max(end, said) : end + len(scope)])
            said = max(said, end + len(scope))
        affirmed.append(sentence[said:])
        if said:
            sentences.append(sentence)
    return Denials(tuple(found), " . ".join(sentences), " . ".join(scopes), " ".join(affirmed))


_TO_BE_DONE = re.compile(r"\b(?:be (?:\w+ly )?|being )(?:\w+e[dn]|put|made|built|held|set|cut)\b")


def told_otherwise(claim: str, evidence: str) -> str:
    """ "done" or "planned" where the claim tells so what the evidence only has as the other."""
    said, found = (_TO_BE_DONE.sub("be", text) for text in (claim, evidence))
    if _DONE.search(said) and not _WANTED.search(said):
        return "done" if _WANTED.search(found) and not _DONE.search(found) else ""
    if _FUTURE.search(said) and not _DONE.search(said):
        return "planned" if _DONE.search(found) and not _WANTED.search(found) else ""
    return ""
