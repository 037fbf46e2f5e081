"""Words of a claim that nothing in its evidence stands for: a paraphrase, or an addition."""

from __future__ import annotations

from collections.abc import Callable

from rag.embedders.embedding import Vector
from rag.errors import QuestionError
from rag.verification.claims import Claim, unsupported_words, without
from rag.verification.clauses import unfounded_clauses
from rag.verification.thesaurus import is_verb

# Words without a counterpart are an addition when the claim without them is nearer to its
# evidence by more than this cosine, or when they are more than this share of its words. Fitted on
# the dev half of eval/sets/claims/claims.jsonl by ``python -m eval.claims --fit``. Between Chinese
# and English the dictionary has gaps: above .004 stand 9 true claims there and 4 others, above
# .009 one of each. A verb alone is more often a paraphrase; .02 was chosen by reading.
ADDITION = {"same language": 0.004, "across": 0.009, "verb": 0.02}
MOST_UNSUPPORTED = {"same language": 0.45, "across": 0.6}


def names_things(claim: Claim) -> bool:
    """Whether any of its words without a counterpart is more than a verb."""
    return not all(
        word.text.isascii()
        and word.ways
        # "Fishing" as often names what is done.
        and not word.text.endswith("ing")
        and is_verb(word.ways[0][0])
        for word in unsupported_words(claim)
    )


def is_added(claim: Claim, words: list[str], embed: Callable[[str], Vector]) -> bool:
    """Whether words without a counterpart are an addition, by what the claim gains without them."""
    # What a reporter takes for granted is given no more room than in one language.
    trusted = not claim.same_language and claim.kind == "said"
    limit = ("across" if trusted else "same language") if names_things(claim) else "verb"
    return gain(claim, words, embed) > ADDITION[limit]


def added_clause(claim: Claim, embed: Callable[[str], Vector] | None) -> str:
    """The first clause that the cited sentences do not bear out, or "".

    Between Chinese and English it is one only when the claim without it is no farther from its
    evidence: the dictionary has gaps. Of 433 sentences of XQuAD in Chinese over the same in
    English this takes one in a hundred for additions, without it are seven.
    """
    return next(
        (
            clause
            for clause in unfounded_clauses(claim)
            if claim.same_language or embed is None or gain(claim, [clause], embed) >= 0
        ),
        "",
    )


def gain(claim: Claim, words: list[str], embed: Callable[[str], Vector]) -> float:
    """How much nearer (cosine) a claim comes to its evidence without some of its words or clauses.

    A paraphrase comes no nearer without one of its words; an addition is what kept it away.
    2 where a text is beyond the embedder's window, so that nothing unread passes.
    """
    try:
        evidence = embed(claim.evidence.text)
        return float((embed(without(claim.core, words)) - embed(claim.core)) @ evidence)
    except QuestionError:
        return 2.0
