"""Claims that join what no cited sentence says together."""

from __future__ import annotations

import pytest

from rag.verification.claims import Cited, Claim
from rag.verification.joined_facts import joined_words
from rag.verification.reported import Speaker
from rag.verification.rules import RULES, first_problem

SIGNED = (
    "In March, the Hong Kong SAR government signed the Mainland and Hong Kong Arrangement on "
    "Accelerating the Development of Hong Kong into the International Innovation and Technology "
    "Centre with the MOST."
)
FIELDS = (
    "The blueprint also suggests focusing on developing life and health scientific technology, "
    "artificial intelligence (AI), and data science."
)
SHARE = "Of the investment a little less than 40 percent came from public budgets."
BUILDINGS = "The city has handed over eleven renovated buildings with large laboratories."


def claim(text: str, *evidence: str, before: tuple[str, ...] = ()) -> Claim:
    speaker = Speaker("Chan Kwok-ki", "Chief Secretary for Administration", "official")
    return Claim(text, [Cited((each,), before, speaker, None) for each in evidence], "said")


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (
            "A little less than 40 percent of the cost of the eleven renovated buildings came "
            "from public budgets.",
            (SHARE, BUILDINGS),
        ),
        ("蓝图建议新田科技城重点发展人工智能和数据科学。", (FIELDS, "新田科技城将加快建设。")),
    ],
)
def test_what_only_several_citations_say_together_is_said_by_none(
    text: str, evidence: tuple[str, ...]
) -> None:
    assert joined_words(claim(text, *evidence))
    _, reason = first_problem(claim(text, *evidence), RULES)
    assert "No cited sentence tells of this together" in reason


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (
            "The Hong Kong SAR government signed an arrangement with the MOST in March, and the "
            "blueprint suggests focusing on life and health technology and data science.",
            (SIGNED, FIELDS),
        ),
        ("3月，特区政府与科技部签署安排，蓝图还建议发展人工智能和数据科学。", (SIGNED, FIELDS)),
        ("A little less than 40 percent came from public budgets.", (SHARE, BUILDINGS)),
        ("", (SHARE, BUILDINGS)),
        ("The city has handed over the buildings" + ", and the city" * 300, (SHARE, BUILDINGS)),
    ],
)
def test_each_clause_may_rest_on_a_citation_of_its_own(
    text: str, evidence: tuple[str, ...]
) -> None:
    assert joined_words(claim(text, *evidence)) == []


def test_a_sentence_is_about_what_its_it_points_back_to() -> None:
    lines = "There are 17 pilot lines in operation."
    text = "Of the 17 pilot lines eight are for biomedicine."
    speaker = Speaker("Luo", "", "official")

    def over(second: str) -> Claim:
        cited = [
            Cited((lines,), (), speaker, None),
            Cited((second,), (lines,), speaker, None),
        ]
        return Claim(text, cited, "said")

    assert joined_words(over("They have eight rooms for biomedicine.")) == []
    assert joined_words(over("The hospital has eight rooms for biomedicine.")) != []


def test_one_cited_sentence_cannot_be_joined_with_another() -> None:
    assert joined_words(claim("The city has signed the Arrangement with Mars.", SIGNED)) == []
