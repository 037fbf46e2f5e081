from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.errors import SetError
from eval.studies.claims import (
    CLAIMS,
    PRACTICE,
    Judged,
    best_threshold,
    draft_of,
    judge,
    read_claims,
    render,
    summarise,
)  # fmt: skip
from rag.embedding.embedder import Embedder
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus

CORPUS = Path(__file__).parents[3] / "corpus"
RECORDS = read_claims(CLAIMS)


def test_the_set_has_as_many_claims_of_each_sort_as_it_should() -> None:
    true = sum(record.kind == "true" for record in RECORDS)
    assert true >= 360
    assert len(RECORDS) - true >= 360
    assert len({record.claim for record in RECORDS}) == len(RECORDS) == len({r.id for r in RECORDS})
    assert {r.language for r in RECORDS if r.kind == "true"} == {"en", "zh-Hans", "zh-Hant"}


def test_claims_of_one_quote_stay_in_one_half_of_their_round() -> None:
    halves = {(quote, r.round > 3, r.split) for r in RECORDS for quote in set(r.quotes)}
    assert max(Counter((quote, late) for quote, late, _ in halves).values()) == 1


def test_every_quote_stands_in_the_words_of_its_speaker() -> None:
    corpus = read_corpus((CORPUS,)).transcripts
    for record in RECORDS:
        draft, transcript = draft_of(record, corpus)
        assert [s.text for s in draft.sentences] == list(record.quotes)
        assert all(transcript.text[s.range.start : s.range.end] == s.text for s in draft.sentences)


def test_a_quote_that_nobody_says_is_an_error_that_names_the_claim() -> None:
    record = RECORDS[0].model_copy(update={"quotes": ("Nobody says this.",)})
    with pytest.raises(SetError, match=record.id):
        draft_of(record, read_corpus((CORPUS,)).transcripts)


def test_a_line_that_cannot_be_used_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    good = RECORDS[0].model_dump_json()
    path.write_text(f"{good}\n{json.dumps({'id': 'x'})}\n", encoding="utf-8")
    with pytest.raises(SetError, match="line 2"):
        read_claims(path)


def judged(kind: Any, reason: str, cosine: float, quote: str) -> Judged:
    record = RECORDS[0].model_copy(update={"kind": kind, "quotes": (quote,)})
    return Judged(record, reason, False, cosine, 1.0)


def test_rates_are_of_corrupted_claims_caught_and_of_true_ones_held_back() -> None:
    found = summarise(
        [
            judged("number", "wrong", 0.8, "a"), judged("number", "", 0.9, "b"),
            judged("true", "", 0.9, "a"), judged("true", "", 0.7, "b"),
            judged("true", "wrong", 0.9, "c"), judged("true", "", 0.9, "d"),
        ], 0.85
    )  # fmt: skip
    assert (found["caught"]["mean"], found["caught"]["n"]) == (0.5, 2)
    assert (found["false_alarms"]["mean"], found["false_alarms"]["n"]) == (0.25, 4)
    assert found["baseline_caught"]["mean"] == 0.5
    assert found["baseline_false_alarms"]["mean"] == 0.25
    assert found["false_alarms"]["low"] <= 0.25 <= found["false_alarms"]["high"]
    assert "| verifier | 0.500" in render(found)


def test_the_threshold_is_the_value_that_tells_best() -> None:
    assert best_threshold([0.1, 0.2, 0.8, 0.9], [False, False, True, True]) == 0.8


@pytest.mark.slow
@pytest.mark.model
def test_on_dev_most_corrupted_claims_are_caught_and_few_true_ones_held_back(
    real_embedder: Embedder, real_settings: Settings
) -> None:
    dev = [record for record in RECORDS if record.split == "dev"][::3]
    corpus = read_corpus((CORPUS, PRACTICE)).transcripts
    found = summarise(list(judge(dev, corpus, real_embedder)), 0.85)
    assert found["caught"]["mean"] >= 0.85
    assert found["false_alarms"]["mean"] <= 0.17
