"""Words of a claim that nothing in its evidence stands for: a paraphrase, or an addition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.errors import QuestionError
from rag.verification.claims import Claim, Embed, unsupported, without
from rag.verification.thesaurus import is_verb
from rag.verification.words import Word, content_words, latin_names

# Words without a counterpart are an addition when the claim without them is nearer to its
# evidence by more than this cosine. Fitted on the dev half of eval/sets/claims/claims.jsonl by
# ``python -m eval.studies.claims --fit``. Between Chinese and English the dictionary has gaps. A
# verb alone is more often a paraphrase; .02 was chosen by reading.
ADDITION = {"same language": 0.004, "across": 0.009, "verb": 0.02}
# ... or when they are more than this share of its words.
MOST_UNSUPPORTED = {"same language": 0.45, "across": 0.6}
# A claim of fewer content words can be read into anything that holds them.
_FEWEST_WORDS = 2
_THAT = re.compile(r"\bthat\b")
# Where a clause may begin.
_BEGINS = re.compile(r"[,;:，；：]|\b(?:because|which|who|that|and|as)\b")
# A clause of fewer words may be all paraphrase.
_FEWEST_OF_CLAUSE = 3
# The share of a clause's words without a counterpart in the cited sentences from which it is taken
# for an addition. On the dev half of eval/sets/claims/claims.jsonl true clauses reach .67.
_MOST_UNFOUNDED = 0.7


def no_sentence(claim: Claim) -> Iterator[str]:
    """Too few words to claim anything."""
    if len(_own_words(claim)) < _FEWEST_WORDS:
        yield "The claim is no whole sentence."


def added_clauses(claim: Claim) -> Iterator[str]:
    """Clauses that the cited sentences do not bear out: a reason, a purpose, a consequence.

    Small models pad what they read: "..., which is a key driver of the economy". Weighed over the
    whole claim such words are few, and lie near to any evidence of the same topic; within their
    own clause they are most of it.

    Between Chinese and English it is one only when the claim without it is no farther from its
    evidence: the dictionary has gaps. Of 433 sentences of XQuAD in Chinese over the same in
    English this takes one in a hundred for additions, without it are seven.
    """
    for clause in unfounded_clauses(claim):
        embed = claim.embed
        if claim.same_language or embed is None or gain(claim, [clause], embed) >= 0:
            yield f"The cited sentences do not say this: {clause}."


def unfounded_clauses(claim: Claim) -> Iterator[str]:
    """The clauses most of whose words the cited sentences do not hold, but for the first, which
    most often is paraphrase.

    Held is what stands there itself or in translation: by way of related words and of the
    sentences before, which tell of the same topic, hardly any padding lacks a counterpart. Names
    do not count; they have a rule of their own.
    """
    for clause in _clauses(claim.core)[1:]:
        enough = (
            sum(not word.is_quantity for word in _told_words(claim, clause)) >= _FEWEST_OF_CLAUSE
        )
        if enough and _unfounded_share(claim, clause) >= _MOST_UNFOUNDED:
            yield clause


def _told_words(claim: Claim, clause: str) -> list[Word]:
    names = set(latin_names(clause))
    return [
        word
        for word in content_words(clause)
        if not (word.name or word.text in names or claim.is_speaker(word.text))
    ]


def _unfounded_share(claim: Claim, clause: str) -> float:
    words = _told_words(claim, clause)
    return sum(not _holds(claim, word) for word in words) / max(1, len(words))


def _clauses(core: str) -> list[str]:
    return [clause for part in _BEGINS.split(core) if (clause := part.strip(' ,.。"“”'))]


def _holds(claim: Claim, word: Word) -> bool:
    # Figures have a rule of their own.
    return word.is_quantity or claim.evidence.has(word, by_relation=False)


def added_words(claim: Claim) -> Iterator[str]:
    """Words without a counterpart that are too many, or an addition by what the claim gains
    without them."""
    unfounded = unsupported(claim)
    words = [word.text for word in unfounded]
    # Behind "that" stands what is claimed, before it only who tells it.
    told = _THAT.split(claim.core, maxsplit=1)[-1].casefold()
    claimed = [word for word in _own_words(claim) if word.text in told]
    languages = "same language" if claim.same_language else "across"
    too_many = claim.embed is None or len(words) > MOST_UNSUPPORTED[languages] * len(claimed)
    most_gained = ADDITION["verb" if _are_verbs(unfounded) else languages]
    if words and (too_many or (claim.embed and gain(claim, words, claim.embed) > most_gained)):
        yield f"The cited sentences do not mention: {', '.join(dict.fromkeys(words))}."


def _are_verbs(words: list[Word]) -> bool:
    """Whether all are English verbs; "fishing" as often names what is done."""
    english = all(word.text.isascii() and word.ways for word in words)
    return english and all(w.text[-3:] != "ing" and is_verb(w.ways[0][0]) for w in words)


def _own_words(claim: Claim) -> list[Word]:
    """Its words but for the speaker's name, which is in every claim and so bears out none."""
    return [word for word in claim.stated.words if not claim.is_speaker(word.text)]


def gain(claim: Claim, words: list[str], embed: Embed) -> float:
    """How much nearer (cosine) a claim comes to its evidence without some of its words or clauses.

    A paraphrase comes no nearer without one of its words; an addition is what kept it away.
    2 where a text is beyond the embedder's window, so that nothing unread passes.
    """
    try:
        evidence = embed(claim.evidence.text)
        return float((embed(without(claim.core, words)) - embed(claim.core)) @ evidence)
    except QuestionError:
        return 2.0
