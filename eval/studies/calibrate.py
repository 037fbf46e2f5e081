"""Fitting the confidence: ``python -m eval.studies.calibrate``.

A logistic regression (scikit-learn, C = 1, on standardised inputs) of "answerable" over the inputs
of :class:`rag.search.confidence.Features`, on the dev half of the page-10 set. From which cosine on
a sentence is near is, for each pair of languages, what all but one in twenty of the answerable
questions of that half and of the practice set reach.

Writes ``rag/search/confidence.json`` and, in ``eval/calibration/``, what it reaches by set, half
and kind; the page-10 test half and the practice questions were not fitted
on. Takes about ten minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from eval.gold import load_set
from eval.records import PAGE_10, SETS, Case
from eval.sources import corpus_settings
from eval.statistics import area_under_roc, compare, estimate
from eval.studies.reliability import (
    ANSWERABLE,
    Judged,
    auroc,
    kinds_table,
    ranked,
    refusal_f1,
    reliability_chart,
)
from rag.cli.terminal import run_script, say, tell
from rag.embedding.embedder import Embedder, build_embedder
from rag.indexing.index import open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.reader.reader import Reader
from rag.search import confidence
from rag.search.confidence import FILE, INPUTS, PAIRS, Features, Fitted, Pair, probability
from rag.search.retrieval import Retriever
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import Corpus, read_corpus
from rag.types import CERTAINTIES, Filters

PRACTICE = PAGE_10.parent / "practice"
FOLDER = SETS.with_name("calibration")
# So many of the answerable questions may be far.
_FAR = 0.05
_THRESHOLDS = (0.35, 0.4, 0.45, 0.5, 0.52, 0.54, 0.56, 0.6, 0.65)


@dataclass(frozen=True, slots=True)
class Sample:
    """One question over a corpus; ``kind`` is ANSWERABLE or why it is not."""

    source: str
    split: str
    kind: str
    features: Features

    @property
    def is_answerable(self) -> bool:
        """Whether it had to be answered."""
        return self.kind == ANSWERABLE


def collect(settings: Settings) -> list[Sample]:
    """The questions of the page-10 and the practice set, by set and half."""
    embedder, reader = build_embedder(settings), build_reader(settings)
    samples: list[Sample] = []
    for name, path, corpus in (
        (PAGE_10.stem, PAGE_10, read_corpus([settings.corpus_dir])),
        (PRACTICE.name, PRACTICE.with_suffix(".jsonl"), read_corpus([PRACTICE])),
    ):
        cases = load_set(path, corpus.transcripts).cases
        samples += _samples(name, cases, _retriever(corpus, embedder, settings, reader))
    return sorted(samples, key=lambda s: (s.source, s.split))


def _samples(name: str, cases: Sequence[Case], retriever: Retriever) -> Iterator[Sample]:
    """A set's questions. One about whatever was asked has no use for a confidence."""
    for case in tqdm(cases, desc=name, disable=None):
        record = case.record
        question = understand(record.question, record.messages)
        features = retriever.features(question, Filters(transcripts=case.transcripts))
        if features and not question.all_asked:
            kind = record.unanswerable_kind or ANSWERABLE
            yield Sample(name, record.split or "dev", kind, features)


def _retriever(corpus: Corpus, embedder: Embedder, settings: Settings, reader: Reader) -> Retriever:
    own = corpus_settings(corpus, settings)
    ingest(corpus, own, embedder)
    return Retriever(open_index(own, embedder.id), embedder, own.dense_weight, reader=reader)


def is_dev(sample: Sample) -> bool:
    """Whether it is of the half that is fitted on."""
    return sample.source == PAGE_10.stem and sample.split == "dev"


def fit(samples: Sequence[Sample], inputs: Sequence[str] = INPUTS) -> Fitted:
    """The model by the samples of dev, with no weight for what is not among ``inputs``."""
    own = [s for s in samples if is_dev(s)]
    near = nearness([s for s in samples if s.split == "dev"])
    chosen = np.array([name in inputs for name in INPUTS])
    rows = np.array([s.features.inputs(near) for s in own])
    mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    standard = (rows - mean) / deviation * chosen
    model = LogisticRegression(C=1.0).fit(standard, [s.is_answerable for s in own])
    weights = model.coef_[0] / deviation * chosen
    intercept = float(model.intercept_[0] - weights @ mean)
    return Fitted(round(intercept, 4), tuple(round(float(weight), 4) for weight in weights), near)


def nearness(samples: Sequence[Sample]) -> dict[Pair, float]:
    """The cosine of each pair of languages that all but _FAR of the answerable samples reach."""
    answerable = [s.features for s in samples if s.is_answerable]
    return {
        pair: round(float(np.quantile([f.cosine for f in answerable if f.pair == pair], _FAR)), 4)
        for pair in PAIRS
    }


def report(samples: Sequence[Sample], fitted: Fitted, threshold: float) -> str:
    """Markdown: what the confidence reaches, by set, half and kind."""
    parts = [
        "# What the confidence reaches",
        "Made by `python -m eval.studies.calibrate`; `eval/studies/reliability.py` says what the "
        f"columns are. A question is refused below {threshold}. Fitted on the page-10 dev half "
        "alone.",
    ]
    for title, own in _halves(samples):
        judged = judge(own, fitted)
        parts += [
            f"## {title}: refusal F1 {refusal_f1(judged, threshold):.3f}, AUROC "
            f"{auroc(judged):.3f} (n {len(judged)})",
            kinds_table(judged, threshold),
            "Answerable, by what the confidence is called: " + _by_certainty(judged, threshold),
            _by_threshold(judged),
        ]
    return "\n\n".join(parts) + "\n"


def _halves(samples: Sequence[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    for (source, split), group in groupby(samples, key=lambda s: (s.source, s.split)):
        yield f"{source}, {split}", list(group)


def judge(samples: Sequence[Sample], fitted: Fitted) -> list[Judged]:
    """Each sample with the confidence in it."""
    return [
        Judged(s.source, s.features.pair, s.kind, probability(s.features, fitted)) for s in samples
    ]


def without_each(samples: Sequence[Sample]) -> Iterator[str]:
    """For each half a table in Markdown: the AUROC, and the difference when an input is left out
    and the model fitted anew."""
    fitted = fit(samples)
    others = {name: fit(samples, [n for n in INPUTS if n != name]) for name in INPUTS}
    for title, own in _halves(samples):
        whole = ranked(judge(own, fitted))
        found = estimate(area_under_roc, whole)
        lines = [
            f"## Refusal: {title}",
            "",
            f"| without | AUROC (n {len(own)}) | difference |",
            "|---|---:|---:|",
            f"| (nothing) | {found} | = |",
        ]
        for name, other in others.items():
            changed = compare(area_under_roc, whole, ranked(judge(own, other)))
            lines.append(f"| {name} | {found.mean + changed.difference:.3f} | {changed} |")
        yield "\n".join(lines)


def _by_threshold(judged: Sequence[Judged]) -> str:
    """What would be refused by other thresholds."""
    lines = ["| refused below | answerable | others | F1 |", "|---:|---:|---:|---:|"]
    for threshold in _THRESHOLDS:
        shares = [
            np.mean([j.confidence < threshold for j in judged if j.answerable == answerable])
            for answerable in (True, False)
        ]
        f1 = refusal_f1(judged, threshold)
        lines.append(f"| {threshold:.2f} | {shares[0]:.2f} | {shares[1]:.2f} | {f1:.3f} |")
    return "\n".join(lines)


def _by_certainty(judged: Sequence[Judged], threshold: float) -> str:
    told, most = [], 1.01
    for word, least in CERTAINTIES.items():
        own = [j.answerable for j in judged if max(least, threshold) <= j.confidence < most]
        told.append(f"{word} {np.mean(own) if own else 0:.2f} (n {len(own)})")
        most = least
    return ", ".join(told) + "."


def main() -> None:
    """Fit the confidence, write its numbers, and report."""
    settings = load_settings()
    samples = collect(settings)
    fitted = fit(samples)
    stored = {
        "intercept": fitted.intercept,
        "weights": dict(zip(INPUTS, fitted.weights, strict=True)),
        "near": dict(fitted.near),
    }
    path = Path(confidence.__file__).with_name(FILE)
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    table = report(samples, fitted, settings.min_confidence)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "table.md").write_text(table, encoding="utf-8")
    held_out = judge([s for s in samples if not is_dev(s)], fitted)
    chart = reliability_chart(held_out, "page 10 (test) and practice")
    (FOLDER / "reliability.svg").write_text(chart + "\n", encoding="utf-8")
    say(table)
    tell(f"Table and curve: {FOLDER}")


if __name__ == "__main__":
    run_script(main)
