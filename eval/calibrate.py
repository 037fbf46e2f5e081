"""Fitting the confidence: ``python -m eval.calibrate [SET.jsonl]``.

A logistic regression (scikit-learn, C = 1) of "answerable" over the features of
:class:`rag.confidence.Features`, one for questions in the language of the evidence and one
across languages; fitted on the dev split alone, judged on both.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from eval.gold import load_set
from eval.records import Case
from eval.table import PAGE_10
from rag.assistant import Assistant, open_assistant
from rag.confidence import Features, confidence
from rag.settings import load_settings
from rag.terminal import run_script, say

Judged = tuple[Case, Features]


def judge(assistant: Assistant, cases: Sequence[Case]) -> list[Judged]:
    """Each case with the features of its evidence."""
    found = ((c, assistant.features(c.record.question, c.record.messages)) for c in cases)
    return [(case, features) for case, features in found if features is not None]


def fit(judged: Sequence[Judged]) -> tuple[float, float, float]:
    """(intercept, weight of the cosine, weight of the coverage)."""
    rows = np.array([[f.cosine, f.coverage] for _, f in judged])
    # Fitted on standardised features, so that the penalty treats both alike; then scaled back.
    mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    model = LogisticRegression(C=1).fit((rows - mean) / deviation, _answerable(judged))
    weights = model.coef_[0] / deviation
    return float(model.intercept_[0] - weights @ mean), float(weights[0]), float(weights[1])


def report(judged: Sequence[Judged], threshold: float) -> str:
    """What the confidence in force reaches: AUROC, and F1 of refusing below the threshold."""
    truth = _answerable(judged)
    scores = np.array([confidence(features) for _, features in judged])
    f1 = f1_score(~truth, scores < threshold)
    return f"n {len(judged)}, AUROC {roc_auc_score(truth, scores):.3f}, refusal F1 {f1:.3f}"


def main(arguments: Sequence[str]) -> None:
    """Print the coefficients that dev asks for and what those in force reach."""
    settings = load_settings()
    assistant = open_assistant(settings)
    path = Path(arguments[0]) if arguments else PAGE_10
    cases = load_set(path, assistant.transcripts()).cases
    judged = judge(assistant, cases)
    for name, same in (("same language", True), ("across languages", False)):
        dev = [j for j in judged if j[1].same_language is same and j[0].record.split == "dev"]
        weights = ", ".join(f"{weight:.2f}" for weight in fit(dev))
        say(f"{name}: fitted on dev ({weights})")
    for split in ("dev", "test"):
        part = [j for j in judged if j[0].record.split == split]
        say(f"in force on {split}: {report(part, settings.min_confidence)}")


def _answerable(judged: Sequence[Judged]) -> NDArray[np.bool_]:
    return np.array([case.record.answerable for case, _ in judged], dtype=bool)


if __name__ == "__main__":
    run_script(lambda: main(sys.argv[1:]))
