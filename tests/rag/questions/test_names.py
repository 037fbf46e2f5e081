from __future__ import annotations

import pytest

from rag.questions.names import Speakers

SPEAKERS = Speakers(
    ["Chan Kwok-ki", "John Lee Ka-chiu", "Li Wei", "Li Weiming", "方蔚丽", "Marketing"],
    ["Hong Kong Daily"],
)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did Chan Kwok-ki say?", {"Chan Kwok-ki"}),
        ("What did Kwok-ki Chan say?", {"Chan Kwok-ki"}),
        ("Does Chan regret it?", {"Chan Kwok-ki"}),
        ("what did lee ka-chiu say", {"John Lee Ka-chiu"}),
        ("陳國基同李家超話咗乜？", {"Chan Kwok-ki", "John Lee Ka-chiu"}),
        ("陈国基说了什么？", {"Chan Kwok-ki"}),
        ("What did Fang Weili say?", {"方蔚丽"}),
        ("方蔚麗說了什麼？", {"方蔚丽"}),
        ("What did the Marketing think?", {"Marketing"}),
        ("What did the Hong Kong Daily ask?", {"Hong Kong Daily"}),
        ("What is the plan for Hong Kong?", set()),
        ("What did Li say?", set()),
        ("What did Li Weiming say?", {"Li Weiming"}),
        ("marketing of the park", set()),
        ("", set()),
        ("?" * 2000, set()),
    ],
)
def test_speakers_are_named_in_either_script_and_order(question: str, named: set[str]) -> None:
    assert SPEAKERS.named(question) == named


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("What did the Hong Kong Daily claim?", "What did the reporter claim?"),
        ("What is the hong kong daily reporter's worry?", "What is the reporter's worry?"),
        ("What is the plan for Hong Kong?", "What is the plan for Hong Kong?"),
        ("《Hong Kong Daily》记者说了什么？", "《记者》记者说了什么？"),
        ("", ""),
    ],
)
def test_an_outlet_is_read_as_its_reporter(question: str, read: str) -> None:
    assert SPEAKERS.as_reporters(question) == read


def test_without_outlets_a_question_is_left_as_it_is() -> None:
    assert Speakers(["Li Wei"]).as_reporters("What did the Daily ask?") == "What did the Daily ask?"


@pytest.mark.parametrize(
    ("question", "replaced"),
    [
        ("What did Chan Kwok-ki say?", "What did X say?"),
        ("Chan Kwok-ki's words, and John Lee Ka-chiu's", "X's words, and X's"),
        ("陳國基同李家超話咗乜？", "X同X話咗乜？"),
        ("Chan Kwok-ki说了什么？", "X说了什么？"),
        ("方蔚麗說了什麼？", "X說了什麼？"),
        ("marketing of the park", "marketing of the park"),
        ("", ""),
    ],
)
def test_a_name_is_replaced_where_it_stands(question: str, replaced: str) -> None:
    assert SPEAKERS.replaced(question, "X") == replaced


def test_one_speaker_alone_is_replaced() -> None:
    question = "What did Chan Kwok-ki say to 方蔚麗？"
    assert SPEAKERS.replaced(question, "X", "Chan Kwok-ki") == "What did X say to 方蔚麗？"
    assert SPEAKERS.replaced(question, "X", "方蔚丽") == "What did Chan Kwok-ki say to X？"
    assert SPEAKERS.replaced(question, "X", "Li Wei") == question


def test_a_name_of_another_script_or_of_figures_is_not_in_every_question() -> None:
    speakers = Speakers(["Иван Петров", "007"], ["24/7"])
    assert speakers.named("What did the minister say? 部长说了什么？") == frozenset()
    assert speakers.named("What did Иван Петров say?") == {"Иван Петров"}
    assert speakers.replaced("What did Иван Петров say?", "X") == "What did X say?"


def test_a_foreign_name_is_known_by_its_parts() -> None:
    speakers = Speakers(["马尔塔·伊格尔", "安娜·诺尔"])
    for question in ("马尔塔·伊格尔说了什么？", "馬爾塔說了什麼？", "伊格尔怎么看？"):
        assert speakers.named(question) == {"马尔塔·伊格尔"}
    assert speakers.replaced("马尔塔·伊格尔说了什么？", "X") == "X说了什么？"
    assert Speakers(["马尔塔·伊格尔", "马尔塔·诺尔"]).named("马尔塔说了什么？") == frozenset()


def test_a_name_in_both_scripts_is_one_persons() -> None:
    people = ["Chan Siu-ming", "陈兆明", "陳兆明", "Chan Siu-man"]
    both = Speakers(people, in_both_scripts=True)
    assert both.named("What did Chan Siu-ming say?") == {"Chan Siu-ming", "陈兆明", "陳兆明"}
    assert both.named("What did Chan say?") == frozenset()
    assert Speakers(people).named("What did Chan Siu-ming say?") == frozenset()
