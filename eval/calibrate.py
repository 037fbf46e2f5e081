"""Fitting the confidence: ``python -m eval.calibrate [likeness] [reader]``, by default both.

**Likeness**, what is known without a reader: a logistic regression (scikit-learn, C = 1, on
standardised inputs) of "answerable" over the inputs of :class:`rag.search.confidence.Features`,
one for each pair of languages. It learns from

- the dev half of the page-10 set and the practice set, each question once;
- XQuAD (English, Chinese over English, Chinese over Chinese), every eighth question four times:
  as it is; without the sentence that answers it and without its paragraph, which leaves near
  misses; and without its whole article, which leaves nothing on the topic.

**Reader**: a logistic regression of the same over two numbers, the reader's log odds and the
likeness, on the dev half of the page-10 set.

Writes ``rag/search/confidence.json`` and, in ``eval/calibration/``, what it reaches: by
cross-validation on what it was fitted on, and on the page-10 test half, which nothing was
fitted on. Takes about five minutes once the indexes are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from eval.adapters import read_named_set
from eval.gold import load_set
from eval.records import Case
from eval.reliability import (
    ANSWERABLE,
    Judged,
    auroc,
    kinds_table,
    refusal_f1,
    reliability_chart,
)
from eval.sources import corpus_settings
from eval.table import PAGE_10
from rag.embedders.embedding import Embedder, build_embedder
from rag.indexing.index import open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.reader.reader import Reader
from rag.reading.corpus import Corpus, read_corpus
from rag.search.confidence import (
    FILE,
    INPUTS,
    PAIRS,
    READER,
    READER_INPUTS,
    Features,
    Pair,
    confidence,
    likeness,
    reset_coefficients,
)
from rag.search.retrieval import Retriever
from rag.settings import Settings, load_settings
from rag.terminal import run_script, say, tell
from rag.types import CERTAINTIES, Filters, ScoredSentence

PRACTICE = PAGE_10.parent / "practice"
FOLDER = Path(__file__).parent / "calibration"
_XQUAD = ("xquad", "xquad-zh", "xquad-zh-zh")
_EVERY = 8
# An XQuAD question weighs less than one that was written for briefings, since its words are
# those of its paragraph; its three negatives together weigh half as much again as it does.
_WEIGHTS = {ANSWERABLE: 0.24, "": 0.12}

Floats = NDArray[np.float64]
Coefficients = dict[Pair, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One question over one state of a corpus; ``kind`` is ANSWERABLE or why it is not.

    Samples of one ``group`` are on the same side of the cross-validation.
    """

    source: str
    split: str
    group: str
    kind: str
    features: Features

    @property
    def weight(self) -> float:
        """What the sample counts in the fit."""
        is_xquad = self.source in _XQUAD
        return _WEIGHTS.get(self.kind, _WEIGHTS[""]) if is_xquad else 1.0


def written_samples(name: str, cases: Sequence[Case], retriever: Retriever) -> Iterator[Sample]:
    """A set's own questions. One about whatever was asked has no use for a confidence."""
    for case in tqdm(cases, desc=name, disable=None):
        record = case.record
        question = understand(record.question, record.messages)
        features = retriever.features(question, Filters(transcripts=case.transcripts))
        if features and not question.all_asked:
            kind = record.unanswerable_kind or ANSWERABLE
            yield Sample(name, record.split or "dev", record.id, kind, features)


def xquad_samples(name: str, cases: Sequence[Case], retriever: Retriever) -> Iterator[Sample]:
    """XQuAD's questions, each with and without what answers it."""
    transcripts = {span.transcript_id for c in cases for gold in c.evidence for span in gold.spans}
    for case in tqdm(cases[::_EVERY], desc=name, disable=None):
        question = understand(case.record.question)
        (span,) = case.evidence[0].spans
        article = span.transcript_id.rpartition("-")[0]

        def says_otherwise(sentence: ScoredSentence, gold: Case = case) -> bool:
            answer = gold.evidence[0].spans[0]
            elsewhere = sentence.passage.transcript_id != answer.transcript_id
            start, end = sentence.range
            return elsewhere or end <= answer.start or start >= answer.end

        others = tuple(sorted(transcripts - {span.transcript_id}))
        far = tuple(t for t in others if t.rpartition("-")[0] != article)
        for kind, features in (
            (ANSWERABLE, retriever.features(question, Filters())),
            ("no_sentence", retriever.features(question, Filters(), says_otherwise)),
            ("no_paragraph", retriever.features(question, Filters(transcripts=others))),
            ("no_article", retriever.features(question, Filters(transcripts=far))),
        ):
            if features:
                yield Sample(name, "dev", article, kind, features)


def fit(samples: Sequence[Sample], inputs: Sequence[str] = INPUTS) -> Coefficients:
    """The intercept and a weight for each of INPUTS, by pair; 0 for one not in ``inputs``."""
    chosen = np.array([name in inputs for name in INPUTS])
    coefficients: Coefficients = {}
    for pair in PAIRS:
        own = [s for s in samples if s.features.pair == pair and not _ruled_out(s)]
        rows = np.array([s.features.inputs for s in own])
        mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
        model = LogisticRegression(C=1.0).fit(
            (rows - mean) / deviation * chosen,
            [s.kind == ANSWERABLE for s in own],
            sample_weight=[s.weight for s in own],
        )
        weights = model.coef_[0] / deviation * chosen
        intercept = float(model.intercept_[0] - weights @ mean)
        coefficients[pair] = (intercept, *(float(weight) for weight in weights))
    return coefficients


def probabilities(samples: Sequence[Sample], coefficients: Coefficients) -> Floats:
    """The confidence that these coefficients give each sample, shape (len(samples),)."""
    logits = [
        coefficients[s.features.pair][0]
        + float(np.dot(coefficients[s.features.pair][1:], s.features.inputs))
        for s in samples
    ]
    asked = np.array([not _ruled_out(s) for s in samples])
    return np.asarray(asked / (1 + np.exp(-np.array(logits))), dtype=np.float64)


def fit_reader(samples: Sequence[Sample]) -> tuple[float, ...]:
    """The intercept, the weight of the reader's log odds and that of the likeness."""
    rows = np.array([[s.features.stated, likeness(s.features)] for s in samples])
    model = LogisticRegression(C=1.0).fit(rows, [s.kind == ANSWERABLE for s in samples])
    return (float(model.intercept_[0]), *(float(weight) for weight in model.coef_[0]))


def read_samples(settings: Settings) -> list[Sample]:
    """The questions of the page-10 and the practice set of which a passage was read."""
    reader = build_reader(settings)
    return [s for s in _written(settings, reader) if s.features.stated is not None]


def cross_validated(samples: Sequence[Sample], inputs: Sequence[str] = INPUTS) -> Floats:
    """The confidence in each sample by a fit that saw none of its group, in five folds."""
    result = np.zeros(len(samples))
    groups = [s.group for s in samples]
    for train, held_out in GroupKFold(5).split(groups, groups=groups):
        fitted = fit([samples[i] for i in train], inputs)
        result[held_out] = probabilities([samples[i] for i in held_out], fitted)
    return result


def collect(settings: Settings) -> list[Sample]:
    """The samples of all sets. Raises SetError for one whose data is not there."""
    samples = list(_written(settings, None))
    embedder = build_embedder(settings)
    for name in _XQUAD:
        chosen, corpus = read_named_set(name, settings)
        samples += xquad_samples(name, chosen.cases, _retriever(corpus, embedder, settings, None))
    return samples


def _written(settings: Settings, reader: Reader | None) -> Iterator[Sample]:
    embedder = build_embedder(settings)
    for name, path, corpus in (
        ("hetao-page10", PAGE_10, read_corpus([settings.corpus_dir])),
        ("practice", PRACTICE.with_suffix(".jsonl"), read_corpus([PRACTICE])),
    ):
        cases = load_set(path, corpus.transcripts).cases
        retriever = _retriever(corpus, embedder, settings, reader)
        yield from written_samples(name, cases, retriever)


def report(samples: Sequence[Sample], coefficients: Coefficients, threshold: float) -> str:
    """Markdown: what the fit reaches by kind of question, and what each input is worth."""
    dev = [s for s in samples if s.split == "dev"]
    test = [s for s in samples if s.split == "test"]
    held_out = _judged(test, probabilities(test, coefficients))
    parts = [
        "# What the confidence reaches",
        "Made by `python -m eval.calibrate`; `eval/reliability.py` says what the columns are. A "
        f"question is refused below {threshold}.",
        "## Fitted on, by cross-validation over articles",
        kinds_table(_judged(dev, cross_validated(dev)), threshold),
        f"## Held out: the page-10 test half, refusal F1 {refusal_f1(held_out, threshold):.3f}",
        kinds_table(held_out, threshold),
        "## Each input left out, by cross-validation",
        _ablation(dev, threshold),
    ]
    return "\n\n".join(parts) + "\n"


def report_of_reader(samples: Sequence[Sample], threshold: float) -> str:
    """Markdown: what the confidence reaches beside the reader, by set, half and kind."""
    parts = [
        "# What the confidence reaches beside the reader",
        "Made by `python -m eval.calibrate reader`; `eval/reliability.py` says what the columns "
        f"are. A question is refused below {threshold}. Fitted on the page-10 dev half alone.",
    ]
    for (source, split), group in groupby(samples, key=lambda s: (s.source, s.split)):
        of_set = list(group)
        judged = _judged(of_set, np.array([confidence(s.features) for s in of_set]))
        parts += [
            f"## {source}, {split}: refusal F1 {refusal_f1(judged, threshold):.3f}, AUROC "
            f"{auroc(judged):.3f} (n {len(judged)})",
            kinds_table(judged, threshold),
            "Answerable, by what the confidence is called: " + _by_certainty(judged, threshold),
        ]
    return "\n\n".join(parts) + "\n"


def _by_certainty(judged: Sequence[Judged], threshold: float) -> str:
    told, most = [], 1.01
    for word, least in CERTAINTIES.items():
        own = [j.answerable for j in judged if max(least, threshold) <= j.confidence < most]
        told.append(f"{word} {np.mean(own) if own else 0:.2f} (n {len(own)})")
        most = least
    return ", ".join(told) + "."


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(("likeness", "reader")))
def main(parts: tuple[str, ...]) -> None:
    """Fit the PARTS of the confidence, by default both, write the coefficients, and report."""
    settings = load_settings()
    if "likeness" in parts or not parts:
        fit_likeness(settings)
    if "reader" in parts or not parts:
        samples = sorted(read_samples(settings), key=lambda s: (s.source, s.split))
        dev = [s for s in samples if s.source == PAGE_10.stem and s.split == "dev"]
        found = (round(value, 4) for value in fit_reader(dev))
        _store({READER: dict(zip(READER_INPUTS, found, strict=True))})
        table = report_of_reader(samples, settings.min_confidence)
        (FOLDER / "reader.md").write_text(table, encoding="utf-8")
        say(table)


def _store(coefficients: Mapping[Any, Mapping[str, float]]) -> None:
    path = Path(__file__).parents[1] / "rag" / "search" / FILE
    stored = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**stored, **coefficients}, indent=1) + "\n", encoding="utf-8")
    reset_coefficients()


def fit_likeness(settings: Settings) -> None:
    """Fit and report what is known without a reader."""
    samples = collect(settings)
    dev = [s for s in samples if s.split == "dev"]
    coefficients = fit(dev)
    stored = {
        pair: dict(zip(("intercept", *INPUTS), (round(v, 4) for v in values), strict=True))
        for pair, values in coefficients.items()
    }
    _store(stored)
    FOLDER.mkdir(exist_ok=True)
    table = report(samples, coefficients, settings.min_confidence)
    (FOLDER / "table.md").write_text(table, encoding="utf-8")
    written = [s for s in dev if s.source not in _XQUAD]
    chart = reliability_chart(
        _judged(written, cross_validated(dev)[[s.source not in _XQUAD for s in dev]]),
        "page 10 (dev) and practice",
    )
    (FOLDER / "reliability.svg").write_text(chart + "\n", encoding="utf-8")
    tell(f"Table and curve: {FOLDER}")
    say(table)


def _ablation(dev: Sequence[Sample], threshold: float) -> str:
    lines = [
        "| input left out | page 10, AUROC | refusal F1 | practice, AUROC | refusal F1 "
        "| XQuAD, AUROC |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for left_out in ("", *INPUTS):
        found = _judged(dev, cross_validated(dev, [name for name in INPUTS if name != left_out]))
        page, practice = (
            [j for j in found if j.source == name] for name in ("hetao-page10", "practice")
        )
        xquad = [j for j in found if j.source in _XQUAD]
        lines.append(
            f"| {left_out or 'none'} | {auroc(page):.3f} | {refusal_f1(page, threshold):.3f} "
            f"| {auroc(practice):.3f} | {refusal_f1(practice, threshold):.3f} "
            f"| {auroc(xquad):.3f} |"
        )
    return "\n".join(lines)


def _ruled_out(sample: Sample) -> bool:
    return bool(sample.features.unknown)


def _judged(samples: Sequence[Sample], given: Floats) -> list[Judged]:
    return [
        Judged(s.source, s.features.pair, s.kind, float(value))
        for s, value in zip(samples, given, strict=True)
    ]


def _retriever(
    corpus: Corpus, embedder: Embedder, settings: Settings, reader: Reader | None
) -> Retriever:
    own = corpus_settings(corpus, settings)
    ingest(corpus, own, embedder)
    return Retriever(open_index(own, embedder.id), embedder, own.dense_weight, reader=reader)


if __name__ == "__main__":
    run_script(main)
