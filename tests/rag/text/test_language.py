from __future__ import annotations

import pytest

from rag.text.language import chinese_share, detect_language, is_chinese, terms, to_simplified


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("When will it open?", "en"),
        ("", "en"),
        ("12 345", "en"),
        ("香港有多少所世界百强大学？", "zh-Hans"),
        ("香港有多少所世界百強大學？", "zh-Hant"),
        ("GBA 大湾区的 I&T 政策是什么？", "zh-Hans"),
        ("What does 河套 mean in the name of the zone?", "en"),
    ],
)
def test_the_language_is_told_by_the_script(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_the_share_of_chinese_counts_letters_only() -> None:
    assert chinese_share("香港 ab 12!?") == 0.5
    assert chinese_share("12 !?") == 0


def test_simplifying_leaves_other_text_as_it_is() -> None:
    assert to_simplified("大學 R&D") == "大学 R&D"
    assert to_simplified("naïve café") == "naïve café"


def test_english_terms_are_stemmed_and_freed_of_the_frame_of_a_question() -> None:
    assert terms("What were the Firms' R&D budgets?") == ["firm", "r&d", "budget"]
    assert terms("universities") == terms("University")


def test_numbers_keep_their_decimals_and_thousands() -> None:
    assert terms("3.02 square km, 1,200 firms.") == ["3.02", "squar", "km", "1,200", "firm"]


def test_chinese_terms_are_bigrams_and_the_same_in_both_scripts() -> None:
    assert (
        terms("世界百強大學") == terms("世界百强大学") == ["世界", "界百", "百强", "强大", "大学"]
    )


def test_a_lone_character_is_a_term_and_question_words_are_none() -> None:
    assert terms("税") == ["税"]
    assert terms("什么是？") == []


def test_full_width_text_gives_the_terms_of_ordinary_text() -> None:
    assert terms("ＡＩ　２０３５") == terms("AI 2035") == ["ai", "2035"]


@pytest.mark.parametrize("text", ["", "!!!", "😀", "\x00\x1b[31m", "\ud800"])
def test_odd_text_is_never_an_error(text: str) -> None:
    assert all(term.isalnum() for term in terms(text))
    assert is_chinese(text) is False
