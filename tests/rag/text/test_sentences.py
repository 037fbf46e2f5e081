"""Sentence ranges: a table of cases, and what must hold for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.sentences import split_sentences

TABLE = [
    ("abbreviations", "Mr. Rao met Dr. Fei. They left.", ["Mr. Rao met Dr. Fei.", "They left."]),
    ("decimals", "It grew 3.5 percent. Good.", ["It grew 3.5 percent.", "Good."]),
    ("numbers", "See No. 5 on Sept. 5, 2023. Done.", ["See No. 5 on Sept. 5, 2023.", "Done."]),
    ("month at the end", "It opened in Sept. The pier is new.", None),
    (
        "inside",
        "The U.S. Navy came at 9 a.m. on Monday.",
        ["The U.S. Navy came at 9 a.m. on Monday."],
    ),
    ("country at the end", "They live in the U.S. The rest stay.", None),
    ("initials", "J. K. Luo spoke. We heard.", ["J. K. Luo spoke.", "We heard."]),
    ("for example", "Fruit, e.g. pears, is cheap. Yes!", ["Fruit, e.g. pears, is cheap.", "Yes!"]),
    ("address", "Read China.org.cn today. Thanks.", ["Read China.org.cn today.", "Thanks."]),
    ("space before the stop", "the world . Considering it", ["the world .", "Considering it"]),
    ("spoken lower case", "okay . so we begin ?", ["okay .", "so we begin ?"]),
    ("closing quotation", 'He said "go." Then he went.', ['He said "go."', "Then he went."]),
    ("stray quotation mark", 'the "two parks ." "', ['the "two parks ." "']),
    ("ellipsis inside", "Well ... perhaps. No.", ["Well ... perhaps.", "No."]),
    ("list number", "1. Policy comes first. 2. Piers.", None),
    ("Chinese", "面积有多大？谢谢！六月开通。", ["面积有多大？", "谢谢！", "六月开通。"]),
    ("semicolon", "一是面积；二是费用。三是人。", ["一是面积；二是费用。", "三是人。"]),
    ("Chinese quotation", "他说：“六月开通。”我们等。", ["他说：“六月开通。”", "我们等。"]),
    ("quoted word", "所谓“怎么办？”的问题。", ["所谓“怎么办？”的问题。"]),
    ("Traditional", "「六月開通。」大家等候。", ["「六月開通。」", "大家等候。"]),
    ("mixed", "GDP grew 5%. 增长了5.2%。Good.", ["GDP grew 5%.", "增长了5.2%。", "Good."]),
    (
        "paragraphs",
        "A heading\n\nOne line\nA second line",
        ["A heading", "One line", "A second line"],
    ),
    ("colon", "Three things matter:\nwater and soil", ["Three things matter:", "water and soil"]),
    ("lower case goes on", "It was built in\nthe spring.", ["It was built in\nthe spring."]),
    (
        "people in a list",
        "Mr. Tao Wenbo, vice minister of the tidal affairs of the harbour\nMs. Quan Lihua, mayor",
        [
            "Mr. Tao Wenbo, vice minister of the tidal affairs of the harbour",
            "Ms. Quan Lihua, mayor",
        ],
    ),
]
TWO = {
    "month at the end": ["It opened in Sept.", "The pier is new."],
    "country at the end": ["They live in the U.S.", "The rest stay."],
    "list number": ["1. Policy comes first.", "2. Piers."],
}


@pytest.mark.parametrize(("name", "text", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_sentences_end_where_a_reader_ends_them(
    name: str, text: str, expected: list[str] | None
) -> None:
    found = [text[start:end] for start, end in split_sentences(text, 0, len(text))]
    assert found == (expected or TWO[name])


def test_a_hard_wrapped_paragraph_is_not_cut_at_its_line_ends() -> None:
    text = (
        "The station stands on a hill of 412 meters and was built by\n"
        "Fei Anlan in the spring. Its oldest instrument is kept in a\n"
        "Shed of wood."
    )
    assert len(split_sentences(text, 0, len(text))) == 2


def test_only_the_part_asked_for_is_split() -> None:
    text = "One. Two. Three."
    assert [text[a:b] for a, b in split_sentences(text, 5, 9)] == ["Two."]
    assert split_sentences("", 0, 0) == ()
    assert split_sentences(" \n\u00a0\n ", 0, 5) == ()


@settings(deadline=None)
@given(st.text(alphabet='aB1 .。！?…"”)\n\u00a0，的U', max_size=80))
def test_every_non_space_character_lies_in_exactly_one_sentence(text: str) -> None:
    ranges = split_sentences(text, 0, len(text))
    covered = [index for start, end in ranges for index in range(start, end)]
    assert covered == sorted(set(covered))
    assert {i for i, char in enumerate(text) if not char.isspace()} <= set(covered)
    for start, end in ranges:
        assert text[start:end] == text[start:end].strip() != ""


@pytest.mark.parametrize("unit", [" ", "\n", '"', "a. ", "... ", "a.b"])
def test_half_a_million_of_the_same_characters_is_split_in_seconds(unit: str) -> None:
    text = unit * (500_000 // len(unit))
    began = time.process_time()
    split_sentences(text, 0, len(text))
    assert time.process_time() - began < 10
