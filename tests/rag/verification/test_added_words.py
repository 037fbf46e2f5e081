"""Padding as small models write it; how often it is caught ``eval.studies.claims`` measures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rag.embedding.embedder import Vector
from rag.verification.added_words import added_clauses, unfounded_clauses
from rag.verification.claims import Cited, Claim, Embed
from rag.verification.reported import Speaker
from rag.verification.rules import RULES
from rag.verification.rules import first_problem as first

EXCHANGES = (
    "Since personnel, research materials, and funding are important innovation resources, forging "
    "deep-rooted exchanges and collaborations is critically important."
)
FIELDS = (
    "Considering Hong Kong's strategic advantages, the blueprint also suggests focusing on "
    "developing artificial intelligence (AI) and data science."
)
PARK = "The government will build the Hong Kong-Shenzhen Innovation and Technology Park."
REGISTER = "我们还要求每家运营机构把失败的试验写进一个共享的登记册，免得后来的团队再走一遍弯路。"


def claim(text: str, evidence: str, embed: Embed | None = None) -> Claim:
    speaker = Speaker("Chan Kwok-ki", "Chief Secretary for Administration", "official")
    return Claim(text, [Cited((evidence,), (), speaker, None)], "said", embed)


def first_problem(one: Claim) -> str:
    """By the rules on what is said, not those on words that nothing stands for."""
    added = ("no sentence", "added clauses", "added words")
    return first(one, {name: rule for name, rule in RULES.items() if name not in added})[1]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (
            "Deep-rooted exchanges are critically important because they are a key component of "
            "the strategy to promote innovation and development.",
            EXCHANGES,
        ),
        (
            "The blueprint suggests developing data science, which is a key driver of Hong Kong's "
            "economy and development.",
            FIELDS,
        ),
        (
            "The blueprint suggests developing AI and data science, as these fields are essential "
            "to the future of the city.",
            FIELDS,
        ),
        ("每家运营机构要把失败的试验写进登记册，以便加强监管和提高透明度。", REGISTER),
        ("該藍圖建議發展人工智能和數據科學，這些領域是香港經濟的重要支柱。", FIELDS),
    ],
)
def test_a_clause_whose_words_the_evidence_does_not_hold_is_named(text: str, evidence: str) -> None:
    assert list(unfounded_clauses(claim(text, evidence)))


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (
            "Deep-rooted exchanges are critically important because personnel, research materials "
            "and funding are important resources for innovation.",
            EXCHANGES,
        ),
        (
            "Because of Hong Kong's strategic advantages, the blueprint suggests a focus on AI and "
            "data science.",
            FIELDS,
        ),
        ("每家运营机构要把失败的试验写进共享的登记册，以免后来的团队再走弯路。", REGISTER),
        ("由于人员、研究物料和资金是重要的创新资源，因此深层次的交流合作至关重要。", EXCHANGES),
        ("", FIELDS),
    ],
)
def test_a_reason_or_purpose_that_the_evidence_gives_is_no_addition(
    text: str, evidence: str
) -> None:
    assert not list(unfounded_clauses(claim(text, evidence)))


def test_many_clauses_are_judged_each_and_a_flood_of_them_is_no_error() -> None:
    flood = claim("The blueprint suggests data science" + ", which suggests AI" * 300, FIELDS)
    assert not list(unfounded_clauses(flood))


def leaning(towards: str) -> Callable[[str], Vector]:
    """An embedder of two axes: texts with these words, and all others."""
    return lambda text: np.array([towards in text, towards not in text], dtype=np.float32)


def test_between_languages_a_clause_is_an_addition_only_when_the_claim_is_no_farther_without() -> (
    None
):
    words = "該藍圖建議發展人工智能，這些領域是香港經濟的重要支柱。"
    assert "重要支柱" in "".join(added_clauses(claim(words, FIELDS, leaning("blueprint"))))
    assert "重要支柱" in "".join(added_clauses(claim(words, FIELDS)))
    near_only_with_it = claim(words, FIELDS + "重要支柱", leaning("重要支柱"))
    assert list(added_clauses(near_only_with_it)) == []


def test_an_invented_name_within_a_hyphenated_one_is_a_name() -> None:
    invented = "The government will build the Hong Kong-Shenzel Innovation and Technology Park."
    assert "Shenzel" in first_problem(claim(invented, PARK))
    assert first_problem(claim(invented.replace("Shenzel", "Shenzhen"), PARK)) == ""


@pytest.mark.parametrize("name", ["Weili", "Shenzel", "Shenzhou"])
def test_a_name_that_only_starts_alike_is_another(name: str) -> None:
    assert name in first_problem(claim(f"{name} met them.", "Weilin met them in Shenzhen."))


@pytest.mark.parametrize("mark", ['"', "“", "”", "「", "』"])
def test_a_lone_quotation_mark_is_rejected(mark: str) -> None:
    lone = claim(f"{mark}The blueprint suggests developing data science.", FIELDS)
    assert "quotation mark" in first_problem(lone)
