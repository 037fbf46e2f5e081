from __future__ import annotations

import pytest

from rag.questions.romanise import readings, romanised_names, squeeze

KNOWN = {"chankwokki", "chenguoji", "leekachiu", "santin", "hetao", "shouxiaoli"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("陈国基说了什么？", {("陈国基", "chankwokki"), ("陈国基", "chenguoji")}),
        ("陳國基說了什麼？", {("陳國基", "chankwokki"), ("陳國基", "chenguoji")}),
        ("李家超在新田", {("李家超", "leekachiu"), ("新田", "santin")}),
        ("寿小丽在河套", {("寿小丽", "shouxiaoli"), ("河套", "hetao")}),
        ("", set()),
        ("What about Hetao?", set()),
        ("的是了什么", set()),
    ],
)
def test_a_name_in_chinese_characters_is_read_as_mandarin_and_as_cantonese(
    text: str, found: set[tuple[str, str]]
) -> None:
    assert set(romanised_names(text, KNOWN)) == found


def test_a_character_without_a_reading_ends_a_name_and_raises_nothing() -> None:
    assert list(readings("\u3400國")) == list(readings("\u3400國"))
    assert list(romanised_names("龘靐齉" * 300, KNOWN)) == []


def test_a_name_is_squeezed_to_its_letters() -> None:
    assert squeeze("Chan Kwok-ki") == "chankwokki"
    assert squeeze("陈国基 123") == ""
