from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from rag.indexing.lexical import LexicalIndex
from rag.text.language import terms

TEXTS = [
    "The harbour opens in May.",
    "The park opens in June, and the park is large.",
    "香港有五所世界百强大学。",
    "?!",
]


@pytest.fixture
def words() -> LexicalIndex:
    return LexicalIndex.build(TEXTS)


def test_the_passage_with_the_words_scores_highest_and_one_without_them_zero(
    words: LexicalIndex,
) -> None:
    scores = words.scores(terms("Is the park large?"))
    assert scores.argmax() == 1
    assert scores[[0, 2, 3]].tolist() == [0, 0, 0]


@pytest.mark.parametrize("question", ["有多少所百强大学？", "有多少所百強大學？"])
def test_chinese_is_found_in_either_script(words: LexicalIndex, question: str) -> None:
    scores = words.scores(terms(question))
    assert scores.argmax() == 2
    assert scores[2] > 0


@pytest.mark.parametrize("question", ["", "zeppelin", "?!", "the of and", "😀"])
def test_a_question_without_a_known_term_scores_zero_everywhere(
    words: LexicalIndex, question: str
) -> None:
    np.testing.assert_array_equal(words.scores(terms(question)), np.zeros(4, dtype=np.float32))


def test_rarity_is_the_inverse_document_frequency(words: LexicalIndex) -> None:
    assert words.rarity("open") == pytest.approx(math.log(1 + 2.5 / 2.5))
    assert words.rarity("zeppelin") == pytest.approx(math.log(1 + 4.5 / 0.5))
    assert words.rarity("zeppelin") > words.rarity("park") > words.rarity("open")


def test_a_saved_index_gives_the_same_scores(words: LexicalIndex, tmp_path: Path) -> None:
    words.save(tmp_path / "bm25")
    loaded = LexicalIndex.load(tmp_path / "bm25")
    for question in ("When does the harbour open?", "世界百强", "nothing"):
        np.testing.assert_array_equal(loaded.scores(terms(question)), words.scores(terms(question)))
    assert loaded.rarity("park") == words.rarity("park")


@pytest.mark.parametrize("texts", [["?!", ""], ["park"]], ids=["no term at all", "one passage"])
def test_the_smallest_corpora_can_be_indexed(texts: list[str], tmp_path: Path) -> None:
    LexicalIndex.build(texts).save(tmp_path / "bm25")
    assert LexicalIndex.load(tmp_path / "bm25").scores(["park"]).shape == (len(texts),)


def test_a_damaged_index_raises_what_the_reader_catches(
    words: LexicalIndex, tmp_path: Path
) -> None:
    words.save(tmp_path / "bm25")
    (tmp_path / "bm25" / "frequencies.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="Expecting"):
        LexicalIndex.load(tmp_path / "bm25")
