"""Ranking: which passages are proposed, and what their scores mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rag.indexing.index import Index, open_index
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.search.ranking import Ranker, Wanted, centre, standardise
from rag.settings import Settings
from rag.transcripts.corpus import Corpus
from rag.types import Filters, Hit, Transcript


def opened(settings: Settings, embedder: Any, *transcripts: Transcript) -> Index:
    ingest(Corpus(transcripts, {"a.txt": "1"}, (), ()), settings, embedder)
    return open_index(settings, embedder.id)


def rank(
    index: Index, embedder: Any, text: str, count: int, weight: float = 0.5, **filters: Any
) -> tuple[Hit, ...]:
    question = understand(text)
    vector = embedder.embed_question(question.standalone)
    ranker = Ranker(index, weight)
    return ranker.rank(question, vector, Wanted(text), count, Filters(**filters))


def test_among_many_the_passages_that_a_filter_leaves_are_found_however_far_they_are(
    make: Any, settings: Settings, word_embedder: Any
) -> None:
    near = [
        ("Chen Tao", "official", f"The harbour is item {n} of the harbour.") for n in range(300)
    ]
    far = ("Wu Lan", "official", "The university of the budget.")
    index = opened(settings, word_embedder, make(*near, far))
    found = rank(index, word_embedder, "What about the harbour?", 5, speakers=("Wu Lan",))
    assert [hit.passage.text for hit in found] == [far[2]]
    assert len(rank(index, word_embedder, "What about the harbour?", 200)) == 200
    index.close()


def test_a_passage_that_only_shares_a_rare_word_is_among_those_found(
    make: Any, settings: Settings, word_embedder: Any
) -> None:
    near = [
        ("Chen Tao", "official", f"The harbour is item {n} of the harbour.") for n in range(150)
    ]
    rare = ("Wu Lan", "official", "A zeppelin has come to the university.")
    index = opened(settings, word_embedder, make(*near, rare))
    found = rank(index, word_embedder, "Will a zeppelin come to the harbour?", 3, 0.1)
    assert found[0].passage.text == rare[2]
    index.close()


def test_many_passages_of_one_language_do_not_keep_the_other_language_out(
    make: Any, settings: Settings, word_embedder: Any
) -> None:
    chinese = [("陈涛", "official", f"第{n}项是关于这座港口的大学和港口。") for n in range(150)]
    english = ("Wu Lan", "official", "The opening of the harbour is in May.")
    index = opened(settings, word_embedder, make(*chinese, english))
    found = rank(index, word_embedder, "港口是何时开放的?", 200)
    assert english[2] in [hit.passage.text for hit in found]
    index.close()


def test_the_cosines_that_chroma_gives_are_those_of_the_mapped_vectors(
    briefing: Transcript, settings: Settings, word_embedder: Any
) -> None:
    index = opened(settings, word_embedder, briefing)
    vector = word_embedder.embed_question("How will the park help the harbour's university?")
    found = index.vectors.nearest(vector, len(index.passages))
    rows = np.array([index.passages.row(id_) for id_ in found])
    np.testing.assert_allclose(
        list(found.values()), index.matrices.cosines(rows, vector), atol=2e-3
    )
    index.close()


def test_standardised_scores_have_no_unit_and_equal_ones_say_nothing() -> None:
    scores = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(standardise(scores), standardise(100 + 7 * scores))
    assert not standardise(np.ones(4)).any()


@pytest.mark.parametrize("second", [[True, True, False, False], [False] * 4])
def test_a_group_that_is_nearer_as_a_whole_gains_nothing_by_that(second: list[bool]) -> None:
    scores = np.array([0.9, 0.8, 0.5, 0.4])
    mask = np.array(second)
    found = centre(scores, (mask, ~mask))
    assert (np.diff(found[~mask]) < 0).all()
    if mask.any():
        np.testing.assert_allclose(found[:2], found[2:])
