"""Retrieval metrics of one question, over evidence spans instead of passages.

What is relevant is fixed by the gold spans, so the figures of two ways of cutting passages
can be compared. A span is *covered* at rank r when the hits of rank 1 to r together hold at
least 90% of its characters, white space aside: a passage edge may drop a closing quotation
mark, but not a clause. The gain of a hit is the number of spans that it completes. A second
passage with the same words gains nothing.

From the gains, per question with evidence:

- ``recall@k``: the share of the evidence spans covered at rank k.
- ``success@k``: 1 if any span is covered at rank k, else 0.
- ``mrr@10``: one over the rank of the first hit with a gain, 0 if it is beyond 10.
- ``ndcg@10``: Järvelin and Kekäläinen (ACM TOIS 2002) with linear gain and a log2 discount.
  Spans that no hit covers count in the ideal ranking, as one hit of gain 1 each.

All but recall are computed by ir-measures, from qrels made of the gains. A question for which
nothing was retrieved scores 0 on all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import ir_measures
from ir_measures import RR, Qrel, ScoredDoc, Success, nDCG

from eval.records import GoldEvidence, Span
from rag.types import Range, Transcript

CUTOFFS = (1, 3, 4, 5, 10, 20)
DEPTH = max(CUTOFFS)
COVERED_SHARE = 0.9


def retrieval_scores(
    evidence: Sequence[GoldEvidence], hits: Sequence[Span], texts: Mapping[str, str]
) -> dict[str, float]:
    """Every retrieval metric of one question.

    Args:
        evidence: the question's gold; must not be empty.
        hits: what was retrieved, best first.
        texts: transcript id to canonical text.
    """
    gains = hit_gains(evidence, hits, texts)
    scores = {f"recall@{k}": sum(gains[:k]) / len(evidence) for k in CUTOFFS}
    return scores | _ranking_scores(gains, missing=len(evidence) - sum(gains))


def hit_gains(
    evidence: Sequence[GoldEvidence], hits: Sequence[Span], texts: Mapping[str, str]
) -> list[int]:
    """For each hit the number of evidence spans whose cover it completes."""
    gains = [0] * len(hits)
    for gold in evidence:
        ranks = [rank for span in gold.spans if (rank := _covering_rank(span, hits, texts))]
        if ranks:
            gains[min(ranks) - 1] += 1
    return gains


def is_covered(gold: GoldEvidence, spans: Iterable[Span], texts: Mapping[str, str]) -> bool:
    """Whether the spans together hold at least 90% of one of the evidence's places."""
    given = list(spans)
    return any(_covering_rank(place, given, texts) for place in gold.spans)


def transcript_texts(transcripts: Iterable[Transcript]) -> dict[str, str]:
    """Canonical text by transcript id."""
    return {transcript.id: transcript.text for transcript in transcripts}


def _covering_rank(place: Span, spans: Sequence[Span], texts: Mapping[str, str]) -> int:
    """The 1-based rank at which ``place`` is covered; 0 when it never is."""
    text = texts[place.transcript_id]
    needed = COVERED_SHARE * _size(text, Range(place.start, place.end))
    parts: list[Range] = []
    for rank, span in enumerate(spans, 1):
        start, end = max(span.start, place.start), min(span.end, place.end)
        if span.transcript_id != place.transcript_id or start >= end:
            continue
        parts.append(Range(start, end))
        if sum(_size(text, part) for part in _union(parts)) >= needed:
            return rank
    return 0


def _union(parts: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(parts):
        if merged and start <= merged[-1].end:
            merged[-1] = Range(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Range(start, end))
    return merged


def _size(text: str, part: Range) -> int:
    return len("".join(text[part.start : part.end].split()))


def _ranking_scores(gains: Sequence[int], missing: int) -> dict[str, float]:
    names = {RR @ 10: "mrr@10", nDCG @ 10: "ndcg@10"}
    names |= {Success @ k: f"success@{k}" for k in CUTOFFS}
    qrels = [Qrel("q", f"hit{rank}", gain) for rank, gain in enumerate(gains)]
    qrels += [Qrel("q", f"missing{number}", 1) for number in range(missing)]
    run = [ScoredDoc("q", f"hit{rank}", -float(rank)) for rank in range(len(gains))]
    values = {value.measure: value.value for value in ir_measures.iter_calc(names, qrels, run)}
    return {name: float(values[measure]) for measure, name in names.items()}
