from __future__ import annotations

import pytest

from rag.questions.abbreviations import abbreviations_of, defined_abbreviations, spelt_abbreviations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Hong Kong's innovation and technology (I&T) development",
            {"I&T": "innovation and technology"},
        ),
        ("the GBA (Greater Bay Area) cities", {"GBA": "Greater Bay Area"}),
        ("the Hong Kong Monetary Authority （HKMA）", {"HKMA": "Hong Kong Monetary Authority"}),
        ("the park (see page 2) and (HKMA)", {}),
        ("as said (ABC)", {}),
        ("", {}),
        ("(" * 3000 + "AB" + ")" * 3000, {}),
    ],
)
def test_an_abbreviation_defined_in_brackets_is_learnt(text: str, found: dict[str, str]) -> None:
    assert defined_abbreviations([text]) == found


def test_where_texts_differ_the_commonest_long_form_is_taken() -> None:
    texts = ["Port Area (PA)", "Park Authority (PA)", "Park Authority (PA)"]
    assert defined_abbreviations(texts) == {"PA": "Park Authority"}


def test_an_undefined_abbreviation_is_the_one_name_with_its_initials() -> None:
    names = ["Guangdong-Hong Kong-Macao Greater Bay Area", "Ministry of Science and Technology"]
    assert spelt_abbreviations(["GBA", "MOST", "HTCZ"], names) == {
        "GBA": "Greater Bay Area",
        "MOST": "Ministry of Science and Technology",
    }


def test_an_abbreviation_of_two_names_or_of_two_letters_is_not_guessed() -> None:
    assert spelt_abbreviations(["GBA"], ["Greater Bay Area", "Great Britain Airways"]) == {}
    assert spelt_abbreviations(["PA"], ["Park Authority"]) == {}


def test_the_long_form_in_a_question_finds_the_abbreviation() -> None:
    words = "What does the Greater Bay Area offer".split()
    assert abbreviations_of(words, {"gba": "GBA"}) == {"GBA": "Greater Bay Area"}
    assert abbreviations_of([], {"gba": "GBA"}) == {}
