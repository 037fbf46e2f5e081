from __future__ import annotations

import datetime

import pytest

from rag.verification.digits import in_digits
from rag.verification.numbers import quantities, stated

DAY = datetime.date(2023, 9, 21)


def said(text: str) -> list[str]:
    return [str(quantity) for quantity in quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("three hundred hectares", ["300 hectares"]),
        ("7.7million people, $71million", ["7700000", "71000000 dollars"]),
        ("五至十年", ["5 years", "10 years"]),
        ("the next five to 10 years", ["5 years", "10 years"]),
        ("41.5万平方公里", ["415000 sq km"]),
        ("三亿五千万元, 3亿5000万元", ["350000000 yuan"] * 2),
        ("1.2 万亿元, 2亿零50万", ["1200000000000 yuan", "200500000"]),
        ("1万2600人，两万五，三百五", ["12600", "25000", "350"]),
        ("投资3亿2025年", ["300000000", "2025"]),
        ("十四五规划，五六十人", ["45 “十四五”", "56 “五六十”"]),
        ("二〇二三年三月5日", ["2023", "3 month", "5"]),
        ("twenty-five and a hundred and five", ["25", "105"]),
        ("百分之五点三，两成，五分之一，half", ["5.3 %", "20 %", "20 %", "50 %"]),
        ("第二，the first", ["2 ordinal", "1 ordinal"]),
        ("周二和Thursday", ["2 weekday", "4 weekday"]),
        ("1349年秋天, in the spring of 1349", ["1349", "3 season", "1 season", "1349"]),
        ("a year, every decade, 每周", ["1 years", "10 years", "1 weeks"]),
        ("next few weeks, 未来几年", ["a few weeks", "a few years"]),
        ("去年, the month before", ["“last year”", "“last month”"]),
        ("a 358-acre campus of 2,000 guests", ["358 acres", "2000"]),
        ("N95, CO2, G20; 统一, 一直, 百姓", []),
        ("99k, 12.6k, 24.9bn yuan, USD9.1bn", ["99000", "12600", "24900000000 yuan", "9100000000"]),
        ("5x, 12.5pp, 3M", ["5 “x”", "12.5 “pp”", "3 “m”"]),
        ("٩٩٩ and १२", ["999", "12"]),
        ("4.2¹ percent, 10⁶ litres; 12 km²", ["4.2", "1 %", "10", "6", "12 sq km"]),
        ("It may rise. In May it may not.", ["5 month"]),
        ("two-thirds, 三分之二", ["66.7 %", "66.7 %"]),
        ("£30m", ["30000000 pounds"]),
        ("years three and four, 第三、四年", ["3 ordinal", "4 ordinal"] * 2),
        ("Class III, 三类, two and five", ["3", "3", "2", "5"]),
        ("20 seconds, 20分钟, 两辆", ["20 seconds", "20 minutes", "2"]),
        ("phase two, 二期, second-hand", ["2 ordinal", "2 ordinal"]),
        ("", []),
    ],
)
def test_quantities_are_read_in_both_languages(text: str, expected: list[str]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text", ["9" * 6000, "trillion " * 500, "亿" * 500, "0分之五", "«9:x»", "٣"]
)
def test_no_number_is_too_large_or_too_odd_to_be_read(text: str) -> None:
    assert len(in_digits(text)) <= len(text) + 10


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("300", "three hundred", True),
        ("300", "301", False),
        ("50%", "half of it", True),
        ("302 hectares", "3.02 square kilometres", None),
        ("about 300 hectares", "3.02 square kilometres", None),
        ("400 hectares", "3.02 square kilometres", False),
        ("587,000 square miles", "587,000 square kilometres", False),
        ("40,000", "$40,000", True),
        ("€40,000", "$40,000", False),
        ("2022", "last year", None),
        ("2021", "last year", False),
        ("this year", "last year", False),
        ("August", "last month", None),
        ("2023", "in March", None),
        ("in March", "in May", False),
        ("去年12月", "since December", None),
        ("in October 2024", "last October", False),
        ("今年10月", "去年10月", False),
        ("May 7", "May 17", False),
        ("the 3rd", "3 of them", False),
        ("next few weeks", "in the coming months", False),
        ("weekly", "every day", False),
        ("one", "nothing", True),
    ],
)
def test_a_figure_is_stated_transformed_or_missing(
    claim: str, evidence: str, expected: bool | None
) -> None:
    results = [stated(q, quantities(evidence), DAY) for q in quantities(claim)]
    assert (False if False in results else None if None in results else True) is expected


def test_without_a_date_of_the_event_no_year_follows() -> None:
    (year,) = quantities("2022")
    assert stated(year, quantities("last year"), None) is False
