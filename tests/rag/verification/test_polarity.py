from __future__ import annotations

import pytest

from rag.verification.digits import in_digits
from rag.verification.polarity import (
    denials,
    opposed,
    told_otherwise,
)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Costs rose.", "Costs fell."),
        ("成本上升", "Costs fell."),
        ("More than 5 came.", "Fewer than 5 came."),
        ("It came before the war.", "It came after the war."),
        ("Most were rebuilt.", "Only a small number were rebuilt."),
        ("They closed the market.", "They opened the market."),
        ("He is the youngest.", "He is the oldest."),
        ("Emissions have gone up.", "Emissions have come down."),
        ("They went north.", "They went south."),
        ("解雇了400人", "雇佣了400人"),
    ],
)
def test_opposites_are_found_either_way_and_across_languages(claim: str, evidence: str) -> None:
    assert opposed(in_digits(claim), in_digits(evidence))
    assert opposed(in_digits(evidence), in_digits(claim))


def test_what_is_ranked_without_a_negation_denies_nothing() -> None:
    assert denials("no matter where") == ()


def test_close_contact_is_not_the_opposite_of_an_open_park() -> None:
    assert opposed("they keep in close contact", "the park is open") is None


def test_both_sides_of_a_pair_in_the_evidence_decide_nothing() -> None:
    assert opposed("costs rose", "costs rose, then fell") is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("They do not plan it.", 1),
        ("Not only this but that.", 0),
        ("They don't and they won’t.", 2),
        ("没有计划，尚未完成", 2),
        ("不断推进，不仅如此，未来无论如何", 0),
        ("並未完成", 1),
    ],
)
def test_words_that_deny_are_counted(text: str, count: int) -> None:
    assert len(denials(text)) == count


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("The park has been completed.", "The park will be completed.", "done"),
        ("园区已经建成", "The government will make efforts to build the park.", "done"),
        ("The park will be completed.", "The park has been completed.", "planned"),
        ("将完成", "It has been completed.", "planned"),
        ("The park is large.", "The park will be large.", ""),
        ("董事会和委员会开会了", "They met and were heard.", ""),
    ],
)
def test_planned_and_done_are_told_apart(claim: str, evidence: str, expected: str) -> None:
    assert told_otherwise(in_digits(claim), in_digits(evidence)) == expected
