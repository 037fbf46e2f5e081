"""Verification of claims, measured.

``python -m eval.studies.claims [--split test] [--json] [--fit]``

Corrupted claims should be caught, true paraphrases should pass; ``sets/claims/README.md`` says how
the set was made. Each goes through :meth:`rag.verification.verify.Verifier.check`, as a
chat model's words do. The baseline calls a claim true when its cosine with its quotes reaches a
threshold, chosen on dev.
"""

from __future__ import annotations

import datetime
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import click
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.errors import SetError
from eval.records import SETS, Filled, Split
from eval.statistics import estimate, ratio
from rag.cli.terminal import print_json, run_script, say, tell
from rag.embedding.embedder import Embedder, build_embedder
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus
from rag.types import (
    STATEMENT_ROLES,
    Draft,
    DraftKind,
    Language,
    Page,
    Passage,
    Range,
    Role,
    ScoredSentence,
    Transcript,
    Turn,
)  # fmt: skip
from rag.verification.added_words import ADDITION, gain
from rag.verification.claims import unsupported
from rag.verification.rules import RULES, first_problem
from rag.verification.verify import Rejected, Verifier

CLAIMS = SETS / "claims" / "claims.jsonl"
# The invented briefings, which sources name as "practice:<transcript>".
PRACTICE = SETS / "practice"
Kind = Literal[
    "true", "number", "name", "date", "negation", "speaker", "reporter_premise", "other_park",
    "direction", "modality", "added_fact", "joined", "quote",
]  # fmt: skip


class ClaimRecord(BaseModel):
    """A line of the set.

    ``source`` is a transcript of the corpus or, as "practice:...", of the invented briefings;
    otherwise it tells where the quotes are from, and speaker, role, date and ``context``, the
    words before them, make up the transcript. ``round`` counts when claims were added: those of
    one were all written before the checker was mended on any of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Filled
    split: Split
    kind: Kind
    language: Language
    claim: Filled
    draft: DraftKind = "said"
    round: int = 1
    source: Filled
    quotes: Annotated[tuple[Filled, ...], Field(min_length=1)]
    speaker: Filled
    role: Role
    date: datetime.date | None = None
    context: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with the verdict on it: ``reason`` is "" where it was let through."""

    record: ClaimRecord
    reason: str
    partial: bool
    cosine: float
    milliseconds: float


def read_claims(path: Path) -> list[ClaimRecord]:
    """The records of a set. Raises SetError for a line that cannot be used."""
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            records.append(ClaimRecord.model_validate_json(line))
        except ValidationError as error:
            problem = error.errors()[0]
            raise SetError(f"{path}, line {number}: {problem['loc']}: {problem['msg']}.") from error
    return records


def draft_of(record: ClaimRecord, corpus: Iterable[Transcript]) -> tuple[Draft, Transcript]:
    """The claim as a generator would hand it over, and the transcript that it cites.

    Raises SetError when a quote does not stand in that speaker's words.
    """
    source = record.source.removeprefix("practice:")
    transcript = next((t for t in corpus if t.id == source), None) or _transcript(record)
    sentences = tuple(_sentence(quote, record, transcript) for quote in record.quotes)
    return Draft(record.claim, sentences, record.draft), transcript


def _transcript(record: ClaimRecord) -> Transcript:
    words = " ".join((record.context, *record.quotes)).strip()
    text = f"{record.speaker}:\n\n{words}\n"
    block = Range(len(text) - len(words) - 1, len(text) - 1)
    turn = Turn(1, record.speaker, record.role, 1, (block,))
    page = Page(1, "claims.jsonl", "", 0, len(text))
    return Transcript(record.source, "Claims", record.date, "", "", text, (page,), (turn,))


def _sentence(quote: str, record: ClaimRecord, transcript: Transcript) -> ScoredSentence:
    for turn in transcript.turns:
        start = transcript.text.find(quote, turn.start, turn.end)
        if start >= 0 and turn.speaker == record.speaker:
            place = Range(start, start + len(quote))
            passage = Passage(
                id=f"{transcript.id}:{start}", transcript_id=transcript.id, title=transcript.title,
                date=transcript.date, page=turn.page, turn=turn.number, exchange=turn.exchange,
                speaker=turn.speaker, role=turn.role, start=start, end=place.end, text=quote,
                question="", sentences=(place,),
            )  # fmt: skip
            return ScoredSentence(passage, 0, 1.0)
    raise SetError(f"Claim {record.id}: {record.speaker} does not say {quote!r}.")


def judge(
    records: Sequence[ClaimRecord], corpus: Sequence[Transcript], embedder: Embedder
) -> Iterator[Judged]:
    """Each claim with what the verifier says of it."""
    for record in records:
        draft, transcript = draft_of(record, corpus)
        verifier = Verifier({transcript.id: transcript}.__getitem__, embedder)
        started = time.perf_counter()
        verdict = verifier.check(draft)
        milliseconds = (time.perf_counter() - started) * 1000
        quotes = embedder.embed_question(" ".join(record.quotes))
        cosine = float(embedder.embed_question(record.claim) @ quotes)
        if isinstance(verdict, Rejected):
            yield Judged(record, verdict.reason, False, cosine, milliseconds)
        else:
            yield Judged(record, "", verdict.support == "partial", cosine, milliseconds)


def summarise(judged: Sequence[Judged], threshold: float) -> dict[str, Any]:
    """Catch and false-alarm rates, of the verifier and of the cosine below ``threshold``."""
    corrupted = [j for j in judged if j.record.kind != "true"]
    true = [j for j in judged if j.record.kind == "true"]

    def rejected(one: Judged) -> bool:
        return bool(one.reason)

    def distant(one: Judged) -> bool:
        return one.cosine < threshold

    def by(group: Callable[[ClaimRecord], str]) -> dict[str, Any]:
        names = sorted({group(j.record) for j in judged})
        return {
            name: {
                "caught": _rate([j for j in corrupted if group(j.record) == name], rejected),
                "false_alarms": _rate([j for j in true if group(j.record) == name], rejected),
            }
            for name in names
        }

    times = [j.milliseconds for j in judged]
    return {
        "caught": _rate(corrupted, rejected),
        "false_alarms": _rate(true, rejected),
        "partial": _rate([j for j in true if not j.reason], lambda j: j.partial),
        "baseline_caught": _rate(corrupted, distant),
        "baseline_false_alarms": _rate(true, distant),
        "baseline_threshold": threshold,
        "by_round": by(lambda record: f"round {record.round}"),
        "by_kind": by(lambda record: record.kind),
        "by_language": by(lambda record: record.language),
        "by_source": by(lambda record: record.source.split(":")[0]),
        "milliseconds_p50": float(np.percentile(times, 50)),
        "milliseconds_p95": float(np.percentile(times, 95)),
    }


def _rate(judged: Sequence[Judged], flag: Callable[[Judged], bool]) -> dict[str, float] | None:
    """The share with its 95% interval; whole quotes are drawn, since their claims go together."""
    if not judged:
        return None
    rows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in judged:
        row = rows[one.record.quotes[0]]
        row[0] += flag(one)
        row[1] += 1
    found = estimate(ratio, np.array(list(rows.values())))
    return {"n": len(judged), **asdict(found)}


def best_threshold(values: Sequence[float], is_true: Sequence[bool]) -> float:
    """The value that best tells true ones, at or above it, from others (Youden's J)."""
    scores, true = np.array(values), np.array(is_true)
    candidates = np.unique(scores)
    gains = [np.mean(scores[true] >= c) - np.mean(scores[~true] >= c) for c in candidates]
    return float(candidates[int(np.argmax(gains))])


def fit(
    records: Sequence[ClaimRecord], corpus: Sequence[Transcript], embedder: Embedder
) -> dict[str, float]:
    """What dev asks for: the gain that marks an addition, among claims that pass the rules."""
    gains, is_true, shares = [], [], {True: [0.0], False: [0.0]}
    others = {name: rule for name, rule in RULES.items() if name != "added words"}
    for record in records:
        draft, transcript = draft_of(record, corpus)
        claim = Verifier({transcript.id: transcript}.__getitem__, embedder).read(draft)
        words = [word.text for word in unsupported(claim)]
        if words and record.role in STATEMENT_ROLES and not any(first_problem(claim, others)):
            gains.append(-gain(claim, words, embedder.embed_question))
            is_true.append(record.kind == "true")
            if is_true[-1]:
                shares[claim.same_language].append(len(words) / len(claim.stated.words))
    return {
        "n_true": sum(is_true),
        "n_corrupted": len(is_true) - sum(is_true),
        "addition": -best_threshold(gains, is_true),
        "most_unsupported_of_a_true_claim_same_language": max(shares[True]),
        "most_unsupported_of_a_true_claim_across": max(shares[False]),
    }


def render(summary: dict[str, Any]) -> str:
    """The summary as a table in Markdown."""
    lines = ["| | caught | false alarms |", "|---|---:|---:|"]
    rows = {"verifier": summary, "cosine alone": {
        "caught": summary["baseline_caught"], "false_alarms": summary["baseline_false_alarms"]
    }}  # fmt: skip
    rows |= summary["by_round"] | summary["by_kind"] | summary["by_language"] | summary["by_source"]
    for name, row in rows.items():
        lines.append(f"| {name} | {_cell(row['caught'])} | {_cell(row['false_alarms'])} |")
    lines.append("")
    lines.append(
        f"Of the true claims let through {_cell(summary['partial'])} are marked partial. A check "
        f"takes {summary['milliseconds_p50']:.0f} ms (p95 {summary['milliseconds_p95']:.0f} ms)."
    )
    return "\n".join(lines)


def _cell(rate: dict[str, float] | None) -> str:
    if rate is None:
        return "-"
    return f"{rate['mean']:.3f} ({rate['low']:.3f} to {rate['high']:.3f}, n {rate['n']:.0f})"


@click.command(help=__doc__)
@click.option("--split", type=click.Choice(["dev", "test"]), default="test", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--fit", "fitting", is_flag=True, help="Print the threshold that dev asks for.")
@click.option("--show", is_flag=True, help="List each wrong verdict on standard error.")
def main(split: Split, as_json: bool, fitting: bool, show: bool) -> None:
    """Print the rates of one half."""
    run_script(lambda: _run(load_settings(), split, as_json, fitting, show))


def _run(settings: Settings, split: Split, as_json: bool, fitting: bool, show: bool) -> None:
    records = read_claims(CLAIMS)
    corpus = read_corpus((settings.corpus_dir, PRACTICE)).transcripts
    embedder = build_embedder(settings)
    dev = [record for record in records if record.split == "dev"]
    if fitting:
        found = fit(dev, corpus, embedder) | {"addition_in_force": ADDITION}
        print_json(found) if as_json else say(json.dumps(found, indent=2))
        return
    judged_dev = list(judge(dev, corpus, embedder))
    threshold = best_threshold(
        [j.cosine for j in judged_dev], [j.record.kind == "true" for j in judged_dev]
    )
    rest = [record for record in records if record.split == split]
    judged = judged_dev if split == "dev" else list(judge(rest, corpus, embedder))
    for one in judged if show else ():
        if (one.record.kind == "true") == bool(one.reason):
            tell(
                f"{one.record.id} {one.record.kind}: {one.record.claim} -> {one.reason or 'passed'}"
            )
    summary = {"split": split, **summarise(judged, threshold)}
    print_json(summary) if as_json else say(render(summary))


if __name__ == "__main__":
    main()
