from __future__ import annotations

import pytest

from rag.text.figures import Kind, figure_asked_for, figures_given


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much money will the government put into the Technopole?", "money"),
        ("How much did the bridge cost?", "money"),
        ("What is the total budget of the zone?", "number"),
        ("科技部给香港拨了多少科研经费？", "money"),
        ("北環線要幾多錢？", "money"),
        ("What percentage of the tenants are from overseas?", "percentage"),
        ("In which month was the plan issued?", "date"),
        ("港鐵北環線幾時會通車？", "date"),
        ("园区哪年建成？", "date"),
        ("How many companies have moved in?", "number"),
        ("香港园区的总面积是多少公顷？", "number"),
        ("Who signed it?", None),
        ("What does the blueprint suggest?", None),
        ("", None),
    ],
)
def test_the_kind_asked_for_is_told_by_the_words_of_the_question(
    question: str, kind: Kind | None
) -> None:
    assert figure_asked_for(question) == kind


@pytest.mark.parametrize(
    ("kind", "text", "given"),
    [
        ("money", "It will cost 3.5 billion yuan.", ["3.5 billion yuan"]),
        ("money", "It has 300 laboratories.", []),
        ("money", "造价为35亿元。", ["35亿元"]),
        ("money", "It cost HK$3.5 billion.", ["HK$3.5 billion"]),
        ("percentage", "Rents fell by 12%.", ["12%"]),
        ("percentage", "Rents fell by 12 yuan.", []),
        ("date", "The opening is in May.", ["May"]),
        ("date", "The opening was put off.", []),
        ("date", "工程将于2027年完成。", ["2027年"]),
        ("number", "It's home to five universities.", ["five"]),
        ("number", "It is home to universities.", []),
        ("number", "We say “one zone, two parks”, and there are 12.", ["12"]),
    ],
)
def test_a_text_gives_the_figures_of_a_kind_that_it_has(
    kind: Kind, text: str, given: list[str]
) -> None:
    places = figures_given(kind, text, "What is it?")
    assert [text[start:end].strip(" .") for start, end in places] == given


def test_what_stands_in_the_question_already_is_not_given() -> None:
    question = "How many of the top 100 universities are there?"

    def given(text: str) -> list[str]:
        return [text[a:b] for a, b in figures_given("number", text, question)]

    assert given("The top 100 universities were named") == []
    assert given("Five of the top 100 universities are here") == ["Five"]
    assert given("There are 10") == ["10"]


def test_a_long_hostile_question_is_read_in_no_time() -> None:
    for text in ("how much " * 250, "is " * 700, "一" * 2000, "(" * 2000):
        kind = figure_asked_for(text)
        assert kind is None or list(figures_given(kind, text, text)) == []
