"""Answer, citation and refusal scores of one question.

Which metric is taken of which question:

===================== ============================================================
``nugget_*``          answerable questions with ``must_include``
``citation_recall``   answerable questions with evidence
``citation_precision`` the same
``quote_exact``       every question whose answer, right or wrong, has citations
``speaker_accuracy``  the same
===================== ============================================================

An answerable question that was refused, that was answered without a citation, or that raised
an error scores 0 on the first three. Refusals are counted over all questions; see
:mod:`eval.metrics`.

- ``nugget_recall``: the share of the ``must_include`` facts of which one alternative is in the
  answer (:mod:`eval.nuggets`); ``nugget_all``: 1 if all are. Nuggets are those of the TREC
  2003 question answering track (Voorhees, 2003), matched by their words. For an extractive
  answer the cited quotes are part of the answer.
- ``citation_recall``, ``citation_precision``: after ALCE (Gao et al., EMNLP 2023), with the
  overlap of spans in the place of an entailment model. Recall is the share of the evidence
  that the citations cover (as :mod:`eval.retrieval` has it). Precision is the share of the
  citations that overlap some evidence by at least half of the shorter of the two.
- ``quote_exact``: the share of the citations whose quote is the canonical text at its offsets,
  character for character.
- ``speaker_accuracy``: the share of the citations whose speaker is the speaker of the turn
  they stand in and, where they overlap evidence that names one, the speaker named there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.gold import speaker_at
from eval.nuggets import contains_fact
from eval.records import Case, GoldEvidence, Span
from eval.retrieval import is_covered, transcript_texts
from rag.answering.extractive import NAME as EXTRACTIVE
from rag.types import Answer, Citation, Transcript


def answer_scores(
    case: Case, answer: Answer | None, transcripts: Mapping[str, Transcript]
) -> dict[str, float]:
    """Every answer and citation metric that applies; ``answer`` is None after an error."""
    scores: dict[str, float] = {}
    answered = answer is not None and answer.status == "answered"
    citations = answer.citations if answer is not None and answered else ()
    if case.record.answerable and case.record.must_include:
        missed = missing_facts(case, answer)
        total = len(case.record.must_include)
        scores["nugget_recall"] = 1 - len(missed) / total
        scores["nugget_all"] = float(not missed)
    if case.record.answerable and case.evidence:
        found = len(case.evidence) - len(uncited_evidence(case, citations, transcripts))
        scores["citation_recall"] = found / len(case.evidence)
        right = sum(is_on_evidence(citation, case.evidence) for citation in citations)
        scores["citation_precision"] = right / len(citations) if citations else 0.0
    if citations:
        exact = sum(is_exact(citation, transcripts) for citation in citations)
        scores["quote_exact"] = exact / len(citations)
        voiced = sum(has_right_speaker(c, case.evidence, transcripts) for c in citations)
        scores["speaker_accuracy"] = voiced / len(citations)
    return scores


def missing_facts(case: Case, answer: Answer | None) -> list[tuple[str, ...]]:
    """The ``must_include`` facts of which no alternative is in the answer."""
    if answer is None or answer.status != "answered":
        return list(case.record.must_include)
    cited = {citation.marker: citation.quote for citation in answer.citations}
    words = words_given(answer.generator, answer.text, cited)
    return [fact for fact in case.record.must_include if not contains_fact(words, fact)]


def words_given(generator: str, text: str, cited: Mapping[int, str]) -> str:
    """Where facts are looked for: an extractive answer says what it quotes, too.

    ``cited`` is the quotes by their markers, which are no figures that the answer gives.
    """
    for marker in cited:
        text = text.replace(f"[{marker}]", "")
    return "\n".join((text, *cited.values())) if generator.startswith(EXTRACTIVE) else text


def uncited_evidence(
    case: Case, citations: Sequence[Citation], transcripts: Mapping[str, Transcript]
) -> list[GoldEvidence]:
    """The evidence that the citations do not cover."""
    texts = transcript_texts(transcripts.values())
    spans = [_span(citation) for citation in citations]
    return [gold for gold in case.evidence if not is_covered(gold, spans, texts)]


def is_on_evidence(citation: Citation, evidence: Sequence[GoldEvidence]) -> bool:
    """Whether a citation and some evidence share half of the shorter of the two."""
    cited = _span(citation)
    return any(_share(cited, place) >= 0.5 for gold in evidence for place in gold.spans)


def is_exact(citation: Citation, transcripts: Mapping[str, Transcript]) -> bool:
    """Whether the quote is the canonical text at its offsets."""
    transcript = transcripts.get(citation.transcript_id)
    if transcript is None or not 0 <= citation.start < citation.end:
        return False
    return transcript.text[citation.start : citation.end] == citation.quote


def has_right_speaker(
    citation: Citation, evidence: Sequence[GoldEvidence], transcripts: Mapping[str, Transcript]
) -> bool:
    """Whether the words are attributed to the one who said them."""
    transcript = transcripts.get(citation.transcript_id)
    cited = _span(citation)
    if transcript is None or speaker_at(transcript, cited) != citation.speaker:
        return False
    named = {
        gold.speaker
        for gold in evidence
        if gold.speaker and any(_share(cited, place) >= 0.5 for place in gold.spans)
    }
    return not named or citation.speaker in named


def explain(
    case: Case, answer: Answer | None, transcripts: Mapping[str, Transcript]
) -> tuple[str, ...]:
    """Why the question scored as it did: a sentence for each thing that was wrong."""
    if answer is None:
        return ("The question raised an error, so it scores zero.",)
    answered = answer.status == "answered"
    if not case.record.answerable:
        return ("Answered, although the transcripts do not say.",) if answered else ()
    if not answered:
        return ("Refused, although the transcripts answer it.",)
    why = [f"Not in the answer: {' / '.join(fact)}." for fact in missing_facts(case, answer)]
    why += [
        f'Evidence not cited: "{gold.quote}"'
        for gold in uncited_evidence(case, answer.citations, transcripts)
    ]
    for citation in answer.citations:
        if not is_on_evidence(citation, case.evidence):
            why.append(f"Citation [{citation.marker}] is not on the evidence.")
        if not is_exact(citation, transcripts):
            why.append(f"Citation [{citation.marker}] is not the transcript's own words.")
        if not has_right_speaker(citation, case.evidence, transcripts):
            why.append(f"Citation [{citation.marker}] gives the words to {citation.speaker}.")
    return tuple(why)


def _span(citation: Citation) -> Span:
    return Span(citation.transcript_id, citation.start, citation.end)


def _share(one: Span, other: Span) -> float:
    """The overlap of two spans as a share of the shorter, 0 to 1."""
    shorter = min(one.end - one.start, other.end - other.start)
    overlap = min(one.end, other.end) - max(one.start, other.start)
    if one.transcript_id != other.transcript_id or shorter <= 0:
        return 0.0
    return max(0, overlap) / shorter
