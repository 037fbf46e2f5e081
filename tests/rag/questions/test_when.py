from __future__ import annotations

from datetime import date

import pytest

from rag.questions.when import time_expressions, time_note

SAID_ON = date(2023, 9, 5)


@pytest.mark.parametrize(
    ("quote", "note"),
    [
        ("The blueprint was promulgated last year.", "“last year”: 2022"),
        ("over the next five to 10 years", "“next five to 10 years”: 2023 to 2028 or 2033"),
        ("In March, the two sides signed it.", "“In March”: March 2023"),
        ("It opened in November.", "“in November”: November 2022"),
        ("The park will open in March.", "“in March”: March 2024"),
        ("It was signed in December last year.", "“in December last year”: December 2022"),
        ("over the past decade", "“past decade”: 2013 to 2023"),
        ("It began three years ago.", "“three years ago”: 2020"),
        ("this year and next year", "“this year”: 2023; “next year”: 2024"),
        ("去年10月起", "“去年10月”: October 2022"),
        ("未来五到十年", "“未来五到十年”: 2023 to 2028 or 2033"),
        ("开始，三年前，我们于去年年底", "“三年前”: 2020; “去年”: 2022"),
        ("On March 5th it was signed.", "“On March 5th”: March 2023"),
    ],
)
def test_a_time_is_told_from_the_day_on_which_it_was_said(quote: str, note: str) -> None:
    assert time_note(quote, SAID_ON, "en") == note


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "It was signed in March 2021.",
        "On May 5, 2021 it was signed.",
        "May I add something?",
        "It was signed and will open in March.",
        "in March",
        "力争2030年前实现碳达峰",
        "2022年前三季度",
        "22年前三季度",
        "到2025年前后",
        "二十年前",
        "几十年前",
        "二〇三五年前",
        "数据表明年均增长百分之五",
        "当今年轻人",
        "It opened in March of 2019.",
        "On March 5th, 2019, it was signed.",
        "In March, 2019, it was signed.",
        "It was signed in March and April 2019.",
        "In 2019 it was signed, in March.",
        "It began thirty-five years ago.",
        "It began a hundred and five years ago.",
        "It began 2.5 years ago.",
        "之前年份",
        "last 99999999999999 years",
        "next " * 5000,
    ],
)
def test_what_tells_its_own_time_or_cannot_be_told_gets_no_note(quote: str) -> None:
    assert time_note(quote, SAID_ON, "en") == ""


def test_without_a_date_of_the_event_nothing_is_said() -> None:
    assert time_note("last year", None, "en") == ""


def test_the_note_is_in_the_language_of_the_reader() -> None:
    assert time_note("去年签署，明年3月生效", SAID_ON, "zh-Hans") == (
        "“去年”指2022年；“明年3月”指2024年3月"
    )
    assert time_note("in March it was signed", SAID_ON, "zh-Hant") == "「in March」指2023年3月"


def test_the_words_of_a_time_expression_stand_in_the_quote() -> None:
    quote = "We opened it last year and, in the next two years, we will build four more."
    assert all(time.words in quote for time in time_expressions(quote, SAID_ON))
