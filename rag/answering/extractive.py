"""The default generator: an answer made of the speakers' own sentences, nothing else.

Deterministic. In the question's language only the frame is written; a quote stays as spoken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rag.answering.differences import disagreeing, newest_first
from rag.answering.frames import Frame, framed
from rag.text.language import terms
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
# deviations of the candidates' scores). On the dev halves of the page-10 and the practice set .688
# and .515 of the facts are then quoted in 1.6 sentences, of which .598 and .460 stand on the
# evidence; with .6 it is .688 and .495 in 1.5, of which .627 and .477 do (eval/selection.py).
_MARGIN = 0.9
# A list is read on: at most so many sentences are quoted when the question asks for one.
_LIST_SENTENCES = 5
# So much of what stands near the answer is shown beside it.
_FURTHER = 3
_QUESTION_MARKS = ("?", "？")
# The share of a question's terms that must be the reporter's alone before the answer says
# that the matter was only asked about.
_ASKED_ONLY = 0.5


def extract(evidence: Evidence, max_sentences: int) -> Iterator[Draft]:
    """Claims that quote the one to ``max_sentences`` sentences that answer, by speaker.

    Yields nothing when no official said anything that was retrieved.
    """
    language = evidence.question.language
    if evidence.question.asks_for_list:
        max_sentences = max(max_sentences, _LIST_SENTENCES)
    if evidence.question.about_asking:
        asked = [s for s in evidence.sentences if s.passage.role == "reporter"]
        all_asked = [s for s in asked if s.text.rstrip().endswith(_QUESTION_MARKS)]
        chosen = all_asked[:max_sentences] if evidence.question.all_asked else []
        yield from _quote(chosen or choose(asked, max_sentences), "asked", "asked", language)
        return
    said = [s for s in evidence.sentences if s.passage.role in STATEMENT_ROLES]
    if asked_first := _asked_first(evidence, said):
        yield from _quote([asked_first], "asked", "asked", language)
        replies = _replies(asked_first, said)
        count = max_sentences - 1 if evidence.question.asked_and_answered else 1
        yield from _quote(choose(replies, count), "replied", "said", language)
        return
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
        first, last, passage = run[0], run[-1], run[0].passage
        words = passage.text[first.range.start - passage.start : last.range.end - passage.start]
        text = framed(frame, passage.speaker, words, language)
        yield Draft(text, tuple(run), kind)


def _asked_first(evidence: Evidence, said: Sequence[ScoredSentence]) -> ScoredSentence | None:
    """The reporter's sentence that goes before the replies: where the user asks for both, and
    where the question's words are the reporter's and no official's."""
    reporters = [s for s in evidence.sentences if s.passage.role == "reporter"]
    answered = [s for s in reporters if _replies(s, said)]
    if evidence.question.asked_and_answered and answered:
        return answered[0]
    asked = set(terms(evidence.question.standalone))
    # What a reporter only says beside the question is a premise.
    questions = [s for s in answered if s.text.rstrip().endswith(_QUESTION_MARKS)]
    if not asked or not questions:
        return None
    best = max(questions, key=lambda s: len(asked & set(terms(s.text))))
    officials = {
        term
        for hit in evidence.hits
        if hit.passage.role in STATEMENT_ROLES
        for term in terms(hit.passage.text)
    }
    theirs = (asked & set(terms(best.text))) - officials
    return best if len(theirs) >= _ASKED_ONLY * len(asked) else None


def _replies(asked: ScoredSentence, said: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    exchange = (asked.passage.transcript_id, asked.passage.turn)
    return [s for s in said if (s.passage.transcript_id, s.passage.exchange) == exchange]
