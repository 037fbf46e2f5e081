"""Rules over strings; ``eval.studies.claims`` measures them on claims as models write them."""

from __future__ import annotations

import datetime
from typing import Literal

import pytest

from rag.types import Role
from rag.verification.claims import Cited, Claim, is_restated, unsupported, without
from rag.verification.reported import Speaker
from rag.verification.rules import RULES
from rag.verification.rules import first_problem as first

PARK = "The park covers 3.02 square kilometers and hosts five of the top 100 universities."
SIGNED = "In March, the Hong Kong SAR government signed the arrangement with the MOST."


def claim(
    text: str,
    *evidence: str,
    before: tuple[str, ...] = (),
    speaker: str = "Chan Kwok-ki",
    role: Role = "official",
    kind: Literal["said", "asked"] = "said",
) -> Claim:
    who = Speaker(speaker, "Chief Secretary for Administration", role)
    return Claim(text, [Cited(evidence, before, who, datetime.date(2023, 9, 21))], kind)


def first_problem(one: Claim) -> str:
    """By the rules on what is said, not those on words that nothing stands for."""
    added = ("no sentence", "added clauses", "added words")
    return first(one, {name: rule for name, rule in RULES.items() if name not in added})[1]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("The park covers 3.02 square kilometres.", PARK),
        ("Chan Kwok-ki said that the park hosts 5 universities of the top 100.", PARK),
        ("According to the Chief Secretary, five universities are in the park.", PARK),
        ("陈国基表示，园区有五所百强大学。", PARK),
        ("He said the park hosts five of the top 100 universities.", PARK),
        ("In March 2023, Hong Kong signed it with the MOST.", SIGNED),
        ("今年三月，香港政府签署了安排。", SIGNED),
        ("It is called “one zone, two parks”.", 'It is called "one zone, two parks ," here.'),
        ("这就是“一国两制”。", "This is one country, two systems."),
        ("Mary Ng announced 5 loans.", "As Mary Ng announced, there are 5 loans."),
        ("该国没有加税的计划。", "We do not have a plan to raise taxes."),
    ],
)
def test_a_true_paraphrase_breaks_no_rule(text: str, evidence: str) -> None:
    assert first_problem(claim(text, evidence)) == ""


@pytest.mark.parametrize(
    ("text", "evidence", "reason"),
    [
        ("The park hosts six of the top 100 universities.", PARK, "figure or date 6"),
        ("园区有八所百强大学。", PARK, "figure or date 8"),
        ("The park hosts 99k universities of the top 100.", PARK, "figure or date 99000"),
        ("The park hosts 5bn of the top 100 universities.", PARK, "figure or date 5000000000"),
        ("The park covers 3.02 square kilometers 4x over.", PARK, "figure or date 4 “x”"),
        ("The park hosts ٩ of the top universities.", PARK, "figure or date 9"),
        ("Hong Kong paid USD9.1bn.", "Hong Kong paid USD9.9bn.", "figure or date 9100000000"),
        ("In May, Hong Kong signed the arrangement.", SIGNED, "figure or date 5 month"),
        ("Hong Kong signed it with the Ministry of Commerce.", SIGNED, "do not name"),
        ("广东省政府签署了安排。", SIGNED, "name 广东"),
        ("Guangzhou signed it in March.", SIGNED, "name Guangzhou"),
        ("John Lee said that the park hosts universities.", PARK, "not those of John Lee"),
        ("李家超表示，园区有五所大学。", PARK, "not those of 李家超"),
        ("A reporter said that the park hosts universities.", PARK, "not those of A reporter"),
        ("The park does not host universities.", PARK, "denies (not)"),
        ("园区没有大学。", PARK, "denies"),
        ("There is a plan to raise taxes.", "We have no plan to raise taxes.", "leaves out"),
        ("The figure fell.", "The figure rose.", "say “rose”"),
        ("The park will sign it in March.", SIGNED + " It was signed.", "as planned"),
        ("It is “the best park in Asia”.", PARK, "do not hold these words"),
        ("他说“园区将为每一个人创造就业机会和美好生活”。", PARK, "translation"),
    ],
)
def test_a_corrupted_claim_breaks_a_rule_that_says_how(
    text: str, evidence: str, reason: str
) -> None:
    assert reason in first_problem(claim(text, evidence))


def test_it_may_stand_for_what_the_sentences_before_name() -> None:
    before = ("Shenzhen has a plan.", "Hong Kong has a solid foundation.")
    words = "It is home to five universities."
    assert (
        first_problem(claim("Hong Kong is home to five universities.", words, before=before)) == ""
    )
    assert "Shenzhen" in first_problem(
        claim("Shenzhen is home to five universities.", words, before=before)
    )


def test_the_plan_of_one_park_is_not_that_of_the_other() -> None:
    words = (
        "The plan highlights biomedicine, AI, and the digital economy, which align with the points "
        "set out in the blueprint and industries the Hong Kong park will focus on."
    )
    before = ("The plan for the Shenzhen park is about intermediate tests.",)
    wrong = "The plan for the Hong Kong park highlights biomedicine, AI and the digital economy."
    assert "about Shenzhen" in first_problem(claim(wrong, words, before=before))
    right = "The plan for the Shenzhen park highlights biomedicine, AI and the digital economy."
    assert first_problem(claim(right, words, before=before)) == ""


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("The median age is 34.", ("They came from 34 places.", "The median age is 33.")),
        ("2,740 requests were refused.", ("Of them 2,740 were approved, 190 were refused.",)),
    ],
)
def test_what_stands_in_the_wrong_place_is_found(text: str, evidence: tuple[str, ...]) -> None:
    assert first_problem(claim(text, *evidence))


def test_a_chinese_speaker_may_be_named_in_latin_letters() -> None:
    words = "医院设床位500张。"
    assert first_problem(claim("Xu Wenbo said there are 500 beds.", words, speaker="许文博")) == ""
    assert first_problem(claim("Sun Huimin said there are 500 beds.", words, speaker="许文博"))


def test_figures_with_a_unit_that_change_places_are_found() -> None:
    words = "Of the people 56.2% were Catholics, 35.7% Jews."
    assert "35.7 %" in first_problem(claim("56.2% were Jews.", words))
    assert first_problem(claim("35.7% were Jews.", words)) == ""


def test_a_question_is_told_as_one() -> None:
    words = "When will the plan for the Hong Kong park be released?"

    def asked(text: str) -> str:
        by = "Reporter (not named)"
        return first_problem(claim(text, words, speaker=by, role="reporter", kind="asked"))

    assert asked("A reporter asked when the plan for the Hong Kong park will be released.") == ""
    assert asked("记者提问，香港园区的规划何时公布。") == ""
    assert "only asked" in asked("The plan for the Hong Kong park will be released.")
    assert "Chan" in asked("Chan Kwok-ki asked when the plan will be released.")


def test_a_converted_figure_and_a_worked_out_date_are_restated() -> None:
    assert is_restated(claim("The park covers about 302 hectares.", PARK))
    assert is_restated(claim("It was signed in March 2023.", SIGNED))
    assert not is_restated(claim("The park covers 3.02 square kilometers.", PARK))


def test_words_without_a_counterpart_are_named_synonyms_and_translations_are_not() -> None:
    words = "The government published the blueprint to enhance cooperation."
    assert unsupported(claim("It issued the blueprint to strengthen cooperation.", words)) == []
    assert unsupported(claim("政府发表了蓝图，加强合作。", words)) == []
    added = unsupported(claim("It issued the blueprint and built a casino.", words))
    assert [word.text for word in added] == ["built", "casino"]
    assert without("It built a casino.", ["casino"]) == "It built a ."


@pytest.mark.parametrize(
    "text", ["", "。", "said", "“”", "a" * 1200, "said " * 240, "不" * 1200, "«1:x»", "\u202e\x00"]
)
def test_an_empty_a_huge_or_a_hostile_claim_is_read_like_any_other(text: str) -> None:
    assert isinstance(first_problem(claim(text, PARK)), str)
    assert isinstance(first_problem(claim("The park is large.", text)), str)
