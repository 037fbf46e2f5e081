"""The default generator: an answer made of the speakers' own sentences, nothing else.

Deterministic. In the question's language only the frame is written; a quote stays as spoken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rag.answering.differences import disagreeing, newest_first
from rag.answering.frames import Frame, quoting
from rag.types import (
    STATEMENT_ROLES,
    Draft,
    DraftKind,
    Evidence,
    Language,
    ScoredSentence,
    unbroken_runs,
)

NAME = "extractive"

# A further sentence is quoted when its score comes this near to the best one's (in standard
# deviations of the candidates' scores). On the dev halves of the page-10 and the practice set .696
# and .483 of the facts are quoted with .9 in 1.5 sentences, of which .604 and .450 stand on the
# evidence; with 1.2 it is .708 and .514 in 1.7, of which .565 and .452 do
# (eval/studies/sentence_choice.py).
_MARGIN = 0.9
# So much of what stands near the answer is shown beside it.
_FURTHER = 3
_QUESTION_MARKS = ("?", "？")


def extract(evidence: Evidence, max_sentences: int) -> Iterator[Draft]:
    """Claims that quote the one to ``max_sentences`` sentences that answer, by speaker.

    Yields nothing when no official said anything that was retrieved.
    """
    language = evidence.question.language
    if evidence.question.about_asking:
        asked = [s for s in evidence.sentences if s.passage.role == "reporter"]
        all_asked = [s for s in asked if s.text.rstrip().endswith(_QUESTION_MARKS)]
        chosen = all_asked[:max_sentences] if evidence.question.all_asked else []
        yield from _quote(chosen or choose(asked, max_sentences), "asked", "asked", language)
        return
    said = [s for s in evidence.sentences if s.passage.role in STATEMENT_ROLES]
    chosen = choose(said, max_sentences)
    others = disagreeing(evidence.question.standalone, chosen, said)
    if others:
        # What transcripts tell differently is all quoted, the newest first.
        in_order = sorted((*chosen, *others), key=lambda s: newest_first(s.passage.date))
        for _, told in groupby(in_order, key=lambda s: s.passage.transcript_id):
            yield from _quote(list(told), "said", "said", language)
        return
    yield from _quote(chosen, "said", "said", language)


def further(evidence: Evidence, known: Callable[[ScoredSentence], bool]) -> Iterator[Draft]:
    """Quotes of what else was found near the answer, best first: sentences that are not known."""
    roles = evidence.question.evidence_roles
    rest = [s for s in evidence.sentences if s.passage.role in roles and not known(s)]
    language = evidence.question.language
    kind: DraftKind = "asked" if evidence.question.about_asking else "said"
    for sentence in rest[:_FURTHER]:
        yield from _quote([sentence], kind, kind, language)


def choose(
    ranked: Sequence[ScoredSentence], count: int, margin: float = _MARGIN
) -> list[ScoredSentence]:
    """Of sentences, best first, the best and those of the next that come as near as ``margin``."""
    return [s for s in ranked[:count] if s.score >= ranked[0].score - margin]


def _quote(
    chosen: Sequence[ScoredSentence], frame: Frame, kind: DraftKind, language: Language
) -> Iterator[Draft]:
    """One claim for each unbroken run of chosen sentences: that of the best one leads, the best
    speaker's others follow in their order, then those of the other speakers."""
    speakers = list(dict.fromkeys(s.passage.speaker for s in chosen))
    in_order = sorted(
        chosen, key=lambda s: (speakers.index(s.passage.speaker), s.passage.transcript_id, s.range)
    )
    for run in sorted(unbroken_runs(in_order), key=lambda run: chosen[0] not in run):
        yield quoting(run, frame, kind, language)
