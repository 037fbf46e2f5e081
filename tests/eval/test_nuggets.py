from __future__ import annotations

import time

import pytest

from eval.nuggets import contains_fact, tokens


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("home to five of the world's top 100 universities", "5"),
        ("home to 5 of them", "five"),
        ("共有５所大学", "五所"),
        ("共有五所大學", "5所大学"),
        ("twenty-five percent of it", "25%"),
        ("it rose by 25 per cent", "twenty-five percent"),
        ("增长了百分之二十五", "25%"),
        ("1,200,000 people", "1.2 million people"),
        ("120万人", "1.2 million"),
        ("1.5万亿元", "1.5 trillion"),
        ("two thousand and twenty-three", "2023"),
        ("二〇三五年", "2035年"),
        ("一百零五", "105"),
        ("三亿五千万元", "350 million"),
        ("约 1 万2600 人", "12,600"),
        ("两万五", "25,000"),
        ("1,200万元", "12 million"),
        ("Hong Kong’s universities", "hong kong"),
        ("THE  SAN\nTIN TECHNOPOLE", "San Tin Technopole"),
        ("The figure is 3.020.", "3.02"),
        ("A “one zone, two parks” plan", "one zone two parks"),
    ],
)
def test_a_fact_is_found_however_it_is_written(answer: str, fact: str) -> None:
    assert contains_fact(answer, [fact])


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("in 2035", "5"),
        ("35 halls", "5"),
        ("twenty-five halls", "5"),
        ("twenty-five halls", "20"),
        ("1.2 million", "1.2"),
        ("part of it", "art"),
        ("up by 5 percentage points", "5%"),
        ("十五条", "五条"),
        ("“十三五”规划", "十四五"),
        ("第十五次会议", "十四五"),
        ("五六十家企业", "60家"),
        ("Kong Hong", "Hong Kong"),
        ("", "five"),
    ],
)
def test_a_fact_is_not_found_inside_another(answer: str, fact: str) -> None:
    assert not contains_fact(answer, [fact])


def test_one_alternative_is_enough() -> None:
    assert contains_fact("eight halls", ["five", "eight"])


def test_chinese_idioms_with_numerals_do_not_break() -> None:
    assert tokens("一些") == ["1", "些"]
    assert contains_fact("“十四五”规划纲要", ["十四五"])


@pytest.mark.parametrize(
    "unit", ["1 trillion trillion ", "亿", "一", "twenty ", "hundred and ", "百分之", ",000", "9"]
)
def test_hostile_repetitions_take_little_time(unit: str) -> None:
    started = time.perf_counter()
    tokens(unit * 20_000)
    assert time.perf_counter() - started < 5
