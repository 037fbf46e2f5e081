from __future__ import annotations

import pytest

from rag.search.asked_for import (
    Kind,
    asked_for,
    gives,
    is_specific,
)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much money will the government put into the Technopole?", "money"),
        ("How much did the bridge cost?", "money"),
        ("What is the total budget of the zone?", "money"),
        ("科技部给香港拨了多少科研经费？", "money"),
        ("北環線要幾多錢？", "money"),
        ("What percentage of the tenants are from overseas?", "percentage"),
        ("In which month was the plan issued?", "date"),
        ("港鐵北環線幾時會通車？", "date"),
        ("园区哪年建成？", "date"),
        ("How many companies have moved in?", "number"),
        ("香港园区的总面积是多少公顷？", "number"),
        ("Who signed it?", "person"),
        ("由邊個負責溝通？", "person"),
        ("Which cities may nominate directors?", "place"),
        ("创新资源来自哪里？", "place"),
        ("Why was it delayed?", "reason"),
        ("點解佢咁講？", "reason"),
        ("What does the blueprint suggest?", None),
        ("", None),
    ],
)
def test_the_kind_asked_for_is_told_by_the_words_of_the_question(
    question: str, kind: Kind | None
) -> None:
    assert asked_for(question) == kind


@pytest.mark.parametrize(
    ("kind", "text", "given"),
    [
        ("money", "It will cost 3.5 billion yuan.", True),
        ("money", "It has 300 laboratories.", False),
        ("money", "造价为35亿元。", True),
        ("percentage", "Rents fell by 12%.", True),
        ("percentage", "Rents fell by 12 yuan.", False),
        ("date", "The opening is in May.", True),
        ("date", "The opening was put off.", False),
        ("date", "工程将于2027年完成。", True),
        ("number", "It's home to five universities.", True),
        ("number", "It is home to universities.", False),
        ("person", "It was signed by John Lee.", True),
        ("person", "It was signed by the government.", False),
        ("reason", "We did so because costs fell.", True),
        ("reason", "Costs fell last month.", False),
        (None, "Anything.", True),
    ],
)
def test_a_sentence_gives_a_kind_when_it_has_one(kind: Kind | None, text: str, given: bool) -> None:
    assert gives(kind, text, "What is it?") is given


def test_what_stands_in_the_question_already_is_not_given() -> None:
    question = "How many of the top 100 universities are there?"
    assert not gives("number", "The top 100 universities were named.", question)
    assert gives("number", "Five of the top 100 universities are here.", question)
    assert gives("number", "There are 10.", question)
    assert not gives("person", "We thank John.", "Who is John?")


def test_the_words_of_a_question_frame_are_not_specific() -> None:
    assert not is_specific((("name",),))
    assert is_specific((("hospit",),))
    assert is_specific((("list",), ("catalogu",)))


def test_a_long_hostile_question_is_read_in_no_time() -> None:
    for text in ("how much " * 250, "is " * 700, "一" * 2000, "(" * 2000):
        kind = asked_for(text)
        gives(kind, text, text)
