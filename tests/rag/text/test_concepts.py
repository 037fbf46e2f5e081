from __future__ import annotations

import pytest

from rag.text.concepts import concepts, coverage, search_terms, weight_of
from rag.text.language import terms


def rarity(term: str) -> float:
    return {"harbour": 1.0, "open": 1.0, "zeppelin": 2.0, "airship": 3.0}.get(term, 4.0)


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("When does the harbour open?", "The harbour opens in May.", 1.0),
        ("When does the harbour open?", "The harbour is old.", 0.5),
        ("Will the harbour get a zeppelin?", "The harbour is old.", 1 / 3),
        ("Will the harbour get a zeppelin?", "", 0.0),
        ("Will it?", "The harbour is old.", 0.0),
        ("", "The harbour is old.", 0.0),
        ("harbour harbour zeppelin", "The harbour, the harbour.", 1 / 3),
    ],
)
def test_coverage_is_the_share_of_the_concepts_weighted_by_rarity(
    question: str, text: str, share: float
) -> None:
    wanted = concepts(question, of_chinese_text=False)
    assert coverage(wanted, set(terms(text)), rarity) == pytest.approx(share)


def test_a_concept_is_named_by_any_of_its_ways_and_each_way_by_all_its_terms() -> None:
    airship = (("zeppelin",), ("air", "ship"))
    assert coverage([airship], {"ship", "air"}, rarity) == 1
    assert coverage([airship], {"zeppelin"}, rarity) == 1
    assert coverage([airship], {"ship"}, rarity) == 0


def test_a_concept_weighs_what_its_commonest_way_weighs() -> None:
    assert weight_of((("zeppelin",), ("airship", "harbour")), rarity) == 2
    assert weight_of((("harbour", "airship"),), rarity) == 3


def test_a_chinese_question_is_translated_for_english_text_only() -> None:
    english = concepts("香港有多少所大学？", of_chinese_text=False)
    assert (("hong", "kong"),) in english
    assert any(("univers",) in way or ("universiti",) in way for way in english)
    chinese = concepts("香港有多少所大学？", of_chinese_text=True)
    assert (("香港",),) in chinese
    assert all(term.isalpha() and not term.isascii() for way in chinese for (term,) in way)


def test_what_a_chinese_question_writes_in_latin_letters_is_kept() -> None:
    assert (("htcz",),) in concepts("HTCZ 什么时候开放？", of_chinese_text=False)


def test_only_ways_that_the_corpus_knows_whole_are_searched_for() -> None:
    wanted = ((("zeppelin",), ("air", "ship")), (("harbour",),))
    known = {"air", "harbour", "zeppelin"}
    assert search_terms(wanted, known.__contains__) == ["zeppelin", "harbour"]
