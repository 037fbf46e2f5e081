from __future__ import annotations

import pytest

from rag.questions.spelling import Speller

COUNTS = {"technopole": 3, "hetao": 9, "shenzhen": 20, "government": 5, "rationalize": 1, "san": 2}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wich goverment plans", "which government plans"),
        ("acording to the Shenzen plan", "according to the Shenzhen plan"),
        ("the san tin tecnopole", "the san tin technopole"),
        ("What is Hetoa?", "What is Hetao?"),
        ("how muhc mony", "how much money"),
    ],
)
def test_a_misspelt_word_is_put_right(typed: str, meant: str) -> None:
    assert Speller(COUNTS).correct(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What did the semiconductor firms withdraw?",
        "Which industries does the plan for Hengqin highlight?",
        "HTCZ GBA I&T R&D",
        "See https://exmaple.org/pth and ./fiel.txt",
        "Chan Kwok-ki's answer",
        "香港有多少所大学？",
        "colour centre programme",
        "qzxv wjkq",
        "x" * 2000,
        "a bio lab, ESG rules and the new gas",
        "rebranded, unelected, retendered and uninsurable nonprofits",
        "chatbots, cybersecurity and nanomaterials",
        "What did Siemens, Tencent and Merkel say?",
        "speding",
    ],
)
def test_words_names_and_addresses_are_left_as_they_are(text: str) -> None:
    assert Speller(COUNTS).correct(text) == text


def test_the_corpus_s_own_word_comes_before_the_dictionary_s() -> None:
    assert Speller({"blueprint": 1}).correct("the bluprint") == "the blueprint"
    assert Speller({}).correct("a harbr") == "a harbor"
    assert Speller({"harbour": 1}).correct("a harbur") == "a harbour"
    assert Speller({"spending": 1}).correct("speding") == "spending"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("offices in honkong", "offices in Hong Kong"),
        ("offices in hongkong", "offices in Hong Kong"),
        ("offices in hong kon", "offices in Hong Kong"),
        ("offices in shen zhen", "offices in shenzhen"),
        ("hong kong and santin", "hong kong and San Tin"),
        ("the long kong of kings", "the long kong of kings"),
    ],
)
def test_words_run_together_or_apart_meet_the_corpus_s_own(typed: str, meant: str) -> None:
    counts = {"hong": 5, "kong": 5, "san": 2, "tin": 2, "shenzhen": 4, "offices": 1}
    assert Speller(counts, ["Hong Kong", "San Tin", "The Park"]).correct(typed) == meant


def test_a_word_is_known_by_its_british_and_its_american_spelling() -> None:
    speller = Speller(COUNTS)
    assert speller.variant("rationalise") == "rationalize"
    assert speller.variant("harbour") == ""
    assert speller.correct("rationalise") == "rationalise"


def test_an_empty_corpus_still_has_the_dictionary() -> None:
    assert Speller({}).correct("acording") == "according"
