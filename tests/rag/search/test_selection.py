"""What a sentence's score gains from the sentence before it and from what is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rag.reading.passages import cut_passages
from rag.search.selection import _carry, _given
from rag.types import Hit


def test_a_sentence_is_raised_towards_the_one_before_it_in_its_passage_and_never_lowered(
    make: Any, word_embedder: Any
) -> None:
    one, other = (
        Hit(passage, 1.0)
        for words in ("The harbour pass is new. The fee is 460 dollars.", "The park is old.")
        for passage in cut_passages(
            make(("Wu Lan", "official", words), id_=words[:9].replace(" ", "")),
            max_tokens=60, count_tokens=word_embedder.count_tokens,
        )
    )  # fmt: skip
    scores = _carry(np.array([4.0, 0.0, 1.0]), [(one, 0), (one, 1), (other, 0)])
    assert scores.tolist() == [4.0, 2.0, 1.0]
    assert _carry(np.array([0.0, 4.0]), [(one, 0), (one, 1)]).tolist() == [0.0, 4.0]
    assert _carry(np.array([3.0]), [(one, 0)]).tolist() == [3.0]


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("How much does the pass cost?", [1.0, 0.0, 0.0]),
        ("When was it opened?", [0.0, 1.0, 0.0]),
        ("通行证要多少钱？", [1.0, 0.0, 0.0]),
        ("Who opened it?", [0.0, 0.0, 0.0]),
        ("", [0.0, 0.0, 0.0]),
    ],
)
def test_a_quantity_or_a_date_counts_where_one_is_asked_for(
    question: str, given: list[float]
) -> None:
    texts = ["The fee is $460.", "It was opened in May.", "Chen Tao opened it."]
    assert _given(question, texts).tolist() == given
